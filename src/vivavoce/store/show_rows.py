"""Shows, each with the seat that its own key opens, row by row."""

from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from vivavoce.card import ShowCard
from vivavoce.errors import UsageError
from vivavoce.store.database import Database
from vivavoce.store.seat_rows import SeatRow, seat_values
from vivavoce.store.tables import seats, sessions, shows

_CARD_COLUMNS = [shows.c[name] for name in shows.c.keys() if name in ShowCard.__struct_fields__]  # noqa: SIM118  a column collection iterates over columns, not names

# Of the one reference that a show has.
_NO_SERIES = UsageError("series_unknown", "There is no such series. List the series.", status=404)

_OTHERS = (shows.c.created_ms, shows.c.keep_days)


@dataclass(frozen=True, slots=True)
class ShowRow:
    """A show as it is kept: what its card says, when it was made (Unix ms), how long it is kept."""

    card: ShowCard
    created_ms: int
    keep_days: int | None = None
    """Days after its end until it is deleted; 0 is never, ``None`` is as the settings have it."""


class ShowRows:
    """The table ``shows``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[ShowRow]:
        """Return every show, in no particular order."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(*_CARD_COLUMNS, *_OTHERS))
            return [_show(dict(row._mapping)) for row in rows]

    async def add(self, row: ShowRow, *, host_key: bytes, host: SeatRow, token: bytes) -> None:
        """Keep a new show and its host's seat, with the digests of the host's key and token.

        Raises ``UsageError`` (``series_unknown``).
        """
        values = _values(row.card) | {
            "created_ms": row.created_ms,
            "keep_days": row.keep_days,
            "host_key": host_key,
        }
        try:
            async with self._database.write() as connection:
                await connection.execute(insert(shows).values(values))
                seat = seat_values(host, token, row.created_ms)
                await connection.execute(insert(seats).values(**seat))
        except IntegrityError:
            raise _NO_SERIES from None

    async def save(self, row: ShowRow, *, version: int) -> None:
        """Keep a show that is there already; its card's versions go on above ``version``.

        Raises ``UsageError`` (``series_unknown``).
        """
        card = row.card
        values = _values(card) | {"version": version, "keep_days": row.keep_days}
        change = update(shows).where(shows.c.show == card.show).values(values)
        try:
            async with self._database.write() as connection:
                await connection.execute(change)
        except IntegrityError:
            raise _NO_SERIES from None

    async def remove(self, show: str) -> None:
        """Forget a show, its seats and its sessions."""
        async with self._database.write() as connection:
            await connection.execute(delete(shows).where(shows.c.show == show))

    async def replace_keys(self, show: str, *, host_key: bytes, token: bytes) -> None:
        """Put new digests in the place of the host's key and token; its sessions end."""
        async with self._database.write() as connection:
            await connection.execute(
                update(shows).where(shows.c.show == show).values(host_key=host_key)
            )
            await connection.execute(
                update(seats)
                .where(seats.c.show == show, seats.c.origin == "key")
                .values(token=token)
            )
            await connection.execute(
                delete(sessions).where(sessions.c.show == show, sessions.c.role == "host")
            )


def _show(values: dict[str, Any]) -> ShowRow:
    created_ms, keep_days = values.pop("created_ms"), values.pop("keep_days")
    # Some column names come as SQLAlchemy's own kind of str, which msgspec does not take for a key.
    named = {str(name): value for name, value in values.items()}
    return ShowRow(msgspec.convert(named, ShowCard), created_ms, keep_days)


def _values(card: ShowCard) -> dict[str, Any]:
    return {column.name: getattr(card, column.name) for column in _CARD_COLUMNS}
