"""Seats as they are written down: who, in which standing, opened by what."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from vivavoce.store.database import Database
from vivavoce.store.tables import invitations, seats, sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatRow:
    """A seat. ``role``, ``standing`` and ``mute`` are the stage's words for them."""

    seat: str
    show: str
    name: str
    role: str
    standing: str = "air"
    mute: str = "open"
    held_by: str | None = None
    origin: str = "token"
    """What opens it: ``key`` (the show's own), ``token``, ``invitation``, ``hand``."""
    invitation: str | None = None


COLUMNS = tuple(seats.c[name] for name in SeatRow.__slots__)


class SeatRows:
    """The table ``seats``. A removed seat stays, as ``out``, and is opened by nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, row: SeatRow, *, token: bytes, created_ms: int, most: int) -> bool:
        """Keep one more seat of a show; ``False`` if it has ``most`` already."""
        async with self._database.write() as connection:
            return await add_seat(connection, row, token, created_ms, most)

    async def of_show(self, show: str) -> list[SeatRow]:
        """Return all seats of a show, those that were removed too."""
        async with self._database.read() as connection:
            found = await connection.execute(select(*COLUMNS).where(seats.c.show == show))
            return [seat_row(row) for row in found]

    async def roles(self, show: str) -> dict[str, str]:
        """Return the role of each seat of a show."""
        return {row.seat: row.role for row in await self.of_show(show)}

    async def of_token(self, token: bytes) -> SeatRow | None:
        """Return the seat whose token has this digest, unless it was removed."""
        return await self._one(seats.c.token == token)

    async def of_key(self, show: str) -> SeatRow | None:
        """Return the seat that a show's own key opens."""
        return await self._one(seats.c.show == show, seats.c.origin == "key")

    async def of_session(self, token: bytes, show: str, now_ms: int) -> SeatRow | None:
        """Return the seat in ``show`` of a guest's session that is not over."""
        mine = select(sessions.c.seat).where(
            sessions.c.token == token,
            sessions.c.role == "guest",
            sessions.c.show == show,
            sessions.c.expires_ms > now_ms,
        )
        return await self._one(seats.c.seat.in_(mine))

    async def save(self, rows: Iterable[SeatRow]) -> None:
        """Keep role, standing and mute of seats that are there already, all or none."""
        async with self._database.write() as connection:
            for row in rows:
                await connection.execute(
                    update(seats)
                    .where(seats.c.seat == row.seat, seats.c.standing != "out")
                    .values(
                        role=row.role, standing=row.standing, mute=row.mute, held_by=row.held_by
                    )
                )

    async def remove(self, seat: str, now_ms: int) -> None:
        """Let a seat die, with its sessions and the invitation that made it."""
        async with self._database.write() as connection:
            made_by = select(seats.c.invitation).where(seats.c.seat == seat)
            await connection.execute(
                update(invitations)
                .where(invitations.c.invitation.in_(made_by), invitations.c.revoked_ms.is_(None))
                .values(revoked_ms=now_ms)
            )
            await put_out(connection, seats.c.seat == seat)

    async def _one(self, *where: ColumnElement[bool]) -> SeatRow | None:
        alive = (*where, seats.c.standing != "out")
        async with self._database.read() as connection:
            row = (await connection.execute(select(*COLUMNS).where(*alive))).first()
        return None if row is None else seat_row(row)


async def add_seat(
    connection: AsyncConnection, row: SeatRow, token: bytes, created_ms: int, most: int
) -> bool:
    """Keep a seat in a transaction of somebody else's; ``False`` if there are ``most`` already."""
    taken = select(func.count()).where(seats.c.show == row.show, seats.c.standing != "out")
    if (await connection.execute(taken)).scalar_one() >= most:
        return False
    await connection.execute(insert(seats).values(**seat_values(row, token, created_ms)))
    return True


async def put_out(connection: AsyncConnection, which: ColumnElement[bool]) -> None:
    """Let seats die, and their sessions end, in a transaction of somebody else's."""
    gone = select(seats.c.seat).where(which)
    await connection.execute(delete(sessions).where(sessions.c.seat.in_(gone)))
    await connection.execute(update(seats).where(which).values(standing="out"))


def seat_values(row: SeatRow, token: bytes, created_ms: int) -> dict[str, Any]:
    """Return all columns of a seat."""
    return asdict(row) | {"token": token, "created_ms": created_ms}


def seat_row(row: Any) -> SeatRow:
    """Return a seat of the ``COLUMNS`` that were selected."""
    return SeatRow(**dict(zip(SeatRow.__slots__, row, strict=True)))
