"""Invitations over HTTP: make, list, extend, take back; and coming in by one."""

from typing import Final

from fastapi import APIRouter, Request, Response

from vivavoce.control import models
from vivavoce.control.desk import Desk
from vivavoce.control.guests import guest_cookie
from vivavoce.control.invitations import GUEST_LIFE
from vivavoce.control.network import network_of
from vivavoce.control.qr import qr_svg
from vivavoce.control.session_routes import guest_session
from vivavoce.errors import UsageError
from vivavoce.stage.invitations import Invitation

_BUSY: Final = "Too many tries. Wait a minute, then open the link again."


def invitation_routes(desk: Desk) -> APIRouter:
    """Return the routes of those who manage a stage."""
    routes = APIRouter(prefix="/api/shows/{show}/invitations")
    invitations = desk.invitations

    @routes.post("", summary="Invite somebody, or many", status_code=201)
    async def invite(show: str, body: models.NewInvitation) -> models.InvitationLink:
        desk.shows.row(show)
        made, key = await invitations.make(show, **dict(body))
        link = desk.links.invitation(show, key)
        return models.InvitationLink(**_told(made).model_dump(), url=link, qr_svg=qr_svg(link))

    @routes.get("", summary="All invitations, newest first")
    async def list_invitations(show: str) -> list[models.Invitation]:
        return [_told(one) for one in await invitations.of_show(show)]

    @routes.patch("/{invitation}", summary="Extend or shorten an invitation")
    async def extend(
        show: str, invitation: str, body: models.ChangedInvitation
    ) -> models.Invitation:
        return _told(await invitations.change(show, invitation, body.changes()))

    @routes.delete(
        "/{invitation}",
        summary="Take back an invitation, and the seats that it made",
        status_code=204,
    )
    async def revoke(show: str, invitation: str) -> None:
        await invitations.revoke(show, invitation)

    return routes


def guest_routes(desk: Desk) -> APIRouter:
    """Return the route by which guests come in."""
    routes = APIRouter(prefix="/api/invitations")
    secure = desk.links.studio_url.startswith("https:")

    @routes.post("", summary="Come in by an invitation")
    async def come_in(
        body: models.InvitationKey, request: Request, response: Response
    ) -> models.Session:
        if not desk.attempts.allow(network_of(request), desk.clock.now()):
            raise UsageError("too_many_tries", _BUSY, status=429)
        row = await desk.invitations.of_key(body.key)
        cookie = "" if row is None else guest_cookie(row.show)
        session = request.cookies.get(cookie)
        seat, token = await desk.invitations.enter(body.key, row, body.name, session)
        response.set_cookie(
            cookie,
            token,
            max_age=int(GUEST_LIFE.total_seconds()),
            httponly=True,
            secure=secure,
            samesite="strict",
        )
        response.status_code = 200 if token == session else 201
        return guest_session(seat)

    return routes


def _told(made: Invitation) -> models.Invitation:
    return models.Invitation(
        invitation=made.id,
        show=made.show,
        role="cohost" if made.role == "cohost" else "speaker",
        standing="air" if made.standing == "air" else "green",
        name=made.name,
        uses_left=made.uses_left,
        expires_ms=made.expires_ms,
        revoked_ms=made.revoked_ms,
        created_ms=made.created_ms,
    )
