"""Who may sit where: what the stage socket, WHIP and WHEP ask before they let anybody in."""

from starlette.requests import HTTPConnection

from vivavoce.control.access import Door, Who, bearer, may
from vivavoce.control.crossorigin import Outside
from vivavoce.control.seating import seat_of
from vivavoce.errors import UsageError
from vivavoce.people import keys
from vivavoce.stage.seats import Seat
from vivavoce.store.seat_rows import SeatRow, SeatRows


class SeatDesk:
    """Finds the seat of a connection."""

    def __init__(self, rows: SeatRows, door: Door, outside: Outside) -> None:
        self._rows = rows
        self._door = door
        self._outside = outside

    async def allowed(self, connection: HTTPConnection, show: str) -> Seat | None:
        """Return the seat that the connection has in ``show``, ``None`` if it has none.

        A bearer token is a seat's, and so is ``?token=`` of a WebSocket, which can send no header;
        a cookie, from our own page, is the owner's or the host's, who both sit in the show's own
        seat, or a guest's (asked for first with ``?as=guest``).
        """
        token = bearer(connection) or self._token_of_socket(connection)
        if token is not None and len(token) <= keys.LONGEST_KEY:
            row = await self._rows.of_token(keys.digest(token))
            if row is not None:
                return seat_of(row) if row.show == show else None
        try:
            row = await self._of_cookie(connection, show)
        except UsageError:
            return None
        return None if row is None else seat_of(row)

    def _token_of_socket(self, connection: HTTPConnection) -> str | None:
        if connection.scope["type"] != "websocket" or not self._outside.welcome(connection):
            return None
        return connection.query_params.get("token")

    async def _of_cookie(self, connection: HTTPConnection, show: str) -> SeatRow | None:
        caller = await self._door.who(connection, changes=True)
        guest = await self._door.guests.seat(connection, show)
        if guest is not None and connection.query_params.get("as") == "guest":
            return guest
        return await self._rows.of_key(show) if may(caller, Who.HOST, show) else guest
