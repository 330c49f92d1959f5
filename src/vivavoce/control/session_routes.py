"""Signing in with a key, who am I, signing out; and a fresh link for the owner."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request, Response

from vivavoce.control import models
from vivavoce.control.access import COOKIE
from vivavoce.control.desk import Desk
from vivavoce.control.network import network_of
from vivavoce.errors import UsageError
from vivavoce.people.people import NOBODY, SESSION_LIFE, Caller, Role
from vivavoce.store.seat_rows import SeatRow

_ROLES: Final[Mapping[Role, Literal["owner", "host", "none"]]] = {
    Role.OWNER: "owner",
    Role.HOST: "host",
    Role.NONE: "none",
}

_BUSY: Final = "Too many tries. Wait a minute, then open the link again."


def session_routes(desk: Desk) -> APIRouter:
    """Return the routes under ``/api/session``, and ``/api/link``."""
    routes = APIRouter()
    secure = desk.links.studio_url.startswith("https:")

    @routes.post("/api/session", summary="Sign in with a key")
    async def sign_in(body: models.Key, request: Request, response: Response) -> models.Session:
        if not desk.attempts.allow(network_of(request), desk.clock.now()):
            raise UsageError("too_many_tries", _BUSY, status=429)
        caller, token = await desk.people.sign_in(body.key)
        response.set_cookie(
            COOKIE,
            token,
            max_age=int(SESSION_LIFE.total_seconds()),
            httponly=True,
            secure=secure,
            samesite="strict",
        )
        return _session(caller)

    @routes.get("/api/session", summary="Who am I")
    async def who_am_i(
        request: Request,
        who: Annotated[Literal["guest"] | None, Query(alias="as")] = None,
        show: Annotated[str | None, Query(max_length=10)] = None,
    ) -> models.Session:
        if who is None:
            return _session(request.state.caller)
        seat = await (desk.guests.seat(request, show) if show else desk.guests.any_seat(request))
        return models.Session(role="none", show=None) if seat is None else guest_session(seat)

    @routes.delete("/api/session", summary="Sign out", status_code=204)
    async def sign_out(request: Request, response: Response) -> None:
        token = request.cookies.get(COOKIE)
        if token is not None and request.state.caller != NOBODY:
            await desk.people.sign_out(token)
        response.delete_cookie(COOKIE, httponly=True, secure=secure, samesite="strict")

    @routes.post("/api/link", summary="A fresh one-time link for the owner", status_code=201)
    async def fresh_link() -> models.OwnerLink:
        return models.OwnerLink(owner_url=desk.links.owner(await desk.people.new_owner_key()))

    return routes


def _session(caller: Caller) -> models.Session:
    if caller.role is Role.GUEST:
        return models.Session(role="none", show=None)  # asked for with ?as=guest
    return models.Session(role=_ROLES[caller.role], show=caller.show)


def guest_session(seat: SeatRow) -> models.Session:
    """Return who a guest is."""
    told = models.SessionSeat(id=seat.seat, name=seat.name, role=seat.role, standing=seat.standing)
    return models.Session(role="guest", show=seat.show, seat=told)
