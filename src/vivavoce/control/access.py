"""Who may do what: one table, and the door that reads it.

A route that is not in the table is open to nobody, so a forgotten line is a refusal, not a hole.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from starlette.requests import HTTPConnection, Request

from vivavoce.control.guests import Guests, is_guest
from vivavoce.control.origin import Home
from vivavoce.errors import UsageError
from vivavoce.people.people import NOBODY, Caller, People, Role
from vivavoce.stage.powers import manages
from vivavoce.stage.seats import Role as SeatRole

COOKIE: Final = "vv_session"
_SCHEMES: Final = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Who(Enum):
    """Who may use a route."""

    ANYBODY = auto()
    LISTENERS = auto()
    """Anybody, also from the listeners' page; no cookie is looked at."""
    OWNER = auto()
    HOST = auto()
    """The owner, and host and co-hosts of the show in the address."""


ACCESS: Final[Mapping[tuple[str, str], Who]] = {
    ("POST", "/api/session"): Who.ANYBODY,
    ("GET", "/api/session"): Who.ANYBODY,
    ("DELETE", "/api/session"): Who.ANYBODY,
    ("POST", "/api/link"): Who.OWNER,
    ("GET", "/api/shows"): Who.OWNER,
    ("POST", "/api/shows"): Who.OWNER,
    ("GET", "/api/shows/{show}"): Who.HOST,
    ("PATCH", "/api/shows/{show}"): Who.HOST,
    ("DELETE", "/api/shows/{show}"): Who.OWNER,
    ("GET", "/api/storage"): Who.OWNER,
    ("GET", "/api/shows/{show}/takedowns"): Who.HOST,
    ("POST", "/api/shows/{show}/takedowns"): Who.HOST,
    ("GET", "/api/shows/{show}/storage"): Who.HOST,
    ("POST", "/api/shows/{show}/start"): Who.HOST,
    ("POST", "/api/shows/{show}/end"): Who.HOST,
    ("POST", "/api/shows/{show}/seats"): Who.HOST,
    ("POST", "/api/shows/{show}/invitations"): Who.HOST,
    ("GET", "/api/shows/{show}/invitations"): Who.HOST,
    ("PATCH", "/api/shows/{show}/invitations/{invitation}"): Who.HOST,
    ("DELETE", "/api/shows/{show}/invitations/{invitation}"): Who.HOST,
    ("POST", "/api/shows/{show}/keys"): Who.OWNER,
    ("GET", "/api/shows/{show}/chapters"): Who.HOST,
    ("PUT", "/api/shows/{show}/chapters"): Who.HOST,
    ("POST", "/api/shows/{show}/chapters"): Who.HOST,
    ("GET", "/api/shows/{show}/withdrawn"): Who.HOST,
    ("POST", "/api/shows/{show}/withdrawn"): Who.HOST,
    ("DELETE", "/api/shows/{show}/withdrawn/{clip}"): Who.HOST,
    ("GET", "/api/shows/{show}/exports"): Who.HOST,
    ("POST", "/api/shows/{show}/exports"): Who.HOST,
    ("GET", "/api/shows/{show}/exports/{job}"): Who.HOST,
    ("POST", "/api/shows/{show}/exports/{job}"): Who.HOST,
    ("DELETE", "/api/shows/{show}/exports/{job}"): Who.HOST,
    ("GET", "/api/shows/{show}/exports/{job}/{file}"): Who.HOST,
    ("GET", "/api/series"): Who.OWNER,
    ("POST", "/api/series"): Who.OWNER,
    ("PUT", "/api/series/{series_id}"): Who.OWNER,
    ("DELETE", "/api/series/{series_id}"): Who.OWNER,
    ("GET", "/api/series/{series_id}/cover"): Who.OWNER,
    ("PUT", "/api/series/{series_id}/cover"): Who.OWNER,
    ("DELETE", "/api/series/{series_id}/cover"): Who.OWNER,
    ("POST", "/api/invitations"): Who.ANYBODY,
    ("POST", "/api/shows/{show}/hands"): Who.LISTENERS,
    ("DELETE", "/api/shows/{show}/hands/{hand}"): Who.LISTENERS,
    ("GET", "/api/docs"): Who.ANYBODY,
    ("GET", "/api/openapi.json"): Who.ANYBODY,
}


def may(caller: Caller, who: Who | None, show: str | None) -> bool:
    """Return whether ``caller`` may use a route that is for ``who`` and about ``show``."""
    if who in (Who.ANYBODY, Who.LISTENERS):
        return True
    if who is None or caller.role is Role.NONE:
        return False
    if caller.role is Role.OWNER:
        return True
    leads = caller.role is Role.HOST or caller.leads
    return who is Who.HOST and leads and show is not None and caller.show == show


@dataclass(frozen=True, slots=True)
class Door:
    """Finds out who asks, and lets the route be used or refuses."""

    people: People
    home: Home
    guests: Guests

    async def __call__(self, request: Request) -> None:
        """Let ``request`` through and put the caller into its state, or raise ``UsageError``."""
        path = getattr(request.scope.get("route"), "path", "")
        who = ACCESS.get((request.method, path))
        if who is Who.LISTENERS:
            request.state.caller = NOBODY
            return
        show = request.path_params.get("show")
        caller = await self.who(request, changes=request.method not in _SAFE)
        if not may(caller, who, show) and show is not None and bearer(request) is None:
            caller = await self._as_guest(request, show) or caller
        request.state.caller = caller
        if may(caller, who, show):
            return
        if caller.role is Role.NONE:
            raise UsageError(
                "sign_in", "Open the link that the owner or the host was given.", status=401
            )
        raise UsageError("not_allowed", "This link does not allow that.", status=403)

    async def _as_guest(self, request: Request, show: str) -> Caller | None:
        seat = await self.guests.seat(request, show)
        if seat is None:
            return None
        return Caller(Role.GUEST, show, leads=manages(SeatRole(seat.role)))

    async def who(self, connection: HTTPConnection, *, changes: bool) -> Caller:
        """Return who asks: by bearer token, else by cookie.

        A cookie counts for what changes something only from our own page: the browser adds it to
        the requests of every page.
        """
        token = bearer(connection)
        if token is not None:
            return await self.people.caller(token)
        if changes:
            self.home.check(
                connection.headers.get("origin"),
                scheme=_SCHEMES[connection.scope["scheme"]],
                host=connection.headers.get("host", ""),
                required=COOKIE in connection.cookies or is_guest(connection),
            )
        return await self.people.caller(connection.cookies.get(COOKIE))


def bearer(connection: HTTPConnection) -> str | None:
    """Return the token of ``Authorization: Bearer``, ``None`` without such a header."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
