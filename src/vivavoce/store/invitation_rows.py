"""Invitations and the guests that they let in, row by row. All keys and tokens are digests."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from vivavoce.store.database import Database
from vivavoce.store.seat_rows import SeatRow, add_seat, put_out
from vivavoce.store.tables import invitations, seats, sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRow:
    """An invitation; its fields are those of ``stage.invitations.Invitation``."""

    invitation: str
    show: str
    role: str
    standing: str
    name: str | None
    uses_left: int | None
    expires_ms: int | None
    revoked_ms: int | None
    created_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Who comes in: their seat, and the digests of its token and of the browser's session."""

    seat: SeatRow
    token: bytes
    session: bytes
    expires_ms: int


_COLUMNS = tuple(invitations.c[name] for name in InvitationRow.__slots__)


class InvitationRows:
    """The table ``invitations``, and what comes of them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, row: InvitationRow, *, key: bytes, most: int) -> bool:
        """Keep an invitation; ``False`` if its show has ``most`` already."""
        async with self._database.write() as connection:
            made = select(func.count()).where(invitations.c.show == row.show)
            if (await connection.execute(made)).scalar_one() >= most:
                return False
            await connection.execute(insert(invitations).values(**asdict(row), key=key))
            return True

    async def of_show(self, show: str) -> list[InvitationRow]:
        """Return all invitations of a show, newest first."""
        async with self._database.read() as connection:
            found = await connection.execute(
                select(*_COLUMNS)
                .where(invitations.c.show == show)
                .order_by(invitations.c.created_ms.desc(), invitations.c.invitation)
            )
            return [_row(row) for row in found]

    async def of_key(self, key: bytes) -> InvitationRow | None:
        """Return the invitation whose key has this digest."""
        async with self._database.read() as connection:
            found = await connection.execute(select(*_COLUMNS).where(invitations.c.key == key))
            row = found.first()
        return None if row is None else _row(row)

    async def change(
        self, show: str, invitation: str, changes: dict[str, int | None]
    ) -> InvitationRow | None:
        """Change ``uses_left`` or ``expires_ms``; ``None`` if the show has no such invitation."""
        where = (invitations.c.show == show, invitations.c.invitation == invitation)
        async with self._database.write() as connection:
            if changes:
                await connection.execute(update(invitations).where(*where).values(**changes))
            row = (await connection.execute(select(*_COLUMNS).where(*where))).first()
        return None if row is None else _row(row)

    async def revoke(self, show: str, invitation: str, now_ms: int) -> list[str] | None:
        """Take an invitation back: its seats die. Return them; ``None`` if there is none such."""
        where = (invitations.c.show == show, invitations.c.invitation == invitation)
        mine = seats.c.invitation == invitation
        async with self._database.write() as connection:
            if (await connection.execute(select(*_COLUMNS).where(*where))).first() is None:
                return None
            dying = select(seats.c.seat).where(mine, seats.c.standing != "out")
            gone = [str(row[0]) for row in await connection.execute(dying)]
            await connection.execute(
                update(invitations)
                .where(*where, invitations.c.revoked_ms.is_(None))
                .values(revoked_ms=now_ms)
            )
            await put_out(connection, mine)
        return gone

    async def enter(
        self,
        key: bytes,
        guest: Guest,
        now_ms: int,
        check: Callable[[InvitationRow], object],
        most: int,
    ) -> bool:
        """Use an invitation once: a seat and a session, all or nothing.

        ``check`` raises if it lets nobody in (any more). ``False`` if the show has ``most`` seats.
        """
        async with self._database.write() as connection:
            found = await connection.execute(select(*_COLUMNS).where(invitations.c.key == key))
            row = _row(found.one())
            check(row)
            if not await add_seat(connection, guest.seat, guest.token, now_ms, most):
                return False
            await connection.execute(
                update(invitations)
                .where(invitations.c.invitation == row.invitation)
                .values(uses_left=invitations.c.uses_left - 1)
            )
            await connection.execute(delete(sessions).where(sessions.c.expires_ms <= now_ms))
            await connection.execute(
                insert(sessions).values(
                    token=guest.session,
                    role="guest",
                    show=guest.seat.show,
                    seat=guest.seat.seat,
                    created_ms=now_ms,
                    expires_ms=guest.expires_ms,
                )
            )
            return True


def _row(row: Any) -> InvitationRow:
    return InvitationRow(**dict(zip(InvitationRow.__slots__, row, strict=True)))
