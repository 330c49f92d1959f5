"""Guests: people with a seat and no account, known by a cookie of one show."""

from typing import Final

from starlette.requests import HTTPConnection

from vivavoce.clock import Clock, unix_ms
from vivavoce.people import keys
from vivavoce.store.seat_rows import SeatRow, SeatRows

_COOKIE: Final = "vv_guest_"

# A browser keeps some 180 cookies of one place; more than these are not looked at for one request.
_SHOWS: Final = 30


def guest_cookie(show: str) -> str:
    """Return the name of the cookie of a guest in ``show``: one may be a guest in several."""
    return _COOKIE + show


def is_guest(connection: HTTPConnection) -> bool:
    """Say whether a guest's cookie came along, good or not."""
    return any(name.startswith(_COOKIE) for name in connection.cookies)


class Guests:
    """Finds the seat that a browser has."""

    def __init__(self, rows: SeatRows, clock: Clock) -> None:
        self._rows = rows
        self._clock = clock

    async def seat(self, connection: HTTPConnection, show: str) -> SeatRow | None:
        """Return the seat in ``show`` whose session this browser has."""
        session = connection.cookies.get(guest_cookie(show), "")
        if not session or len(session) > keys.LONGEST_KEY:
            return None
        now_ms = unix_ms(self._clock.wall())
        return await self._rows.of_session(keys.digest(session), show, now_ms)

    async def any_seat(self, connection: HTTPConnection) -> SeatRow | None:
        """Return a seat that this browser has, in whichever show."""
        shows = [
            name.removeprefix(_COOKIE) for name in connection.cookies if name.startswith(_COOKIE)
        ]
        for show in shows[:_SHOWS]:
            seat = await self.seat(connection, show)
            if seat is not None:
                return seat
        return None
