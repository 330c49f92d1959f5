"""Owner keys and sessions, row by row. All keys and tokens here are SHA-256 digests."""

from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update

from vivavoce.store.database import Database
from vivavoce.store.tables import owner_keys, sessions, shows


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A browser that showed a key; ``show`` is set for a host and ``None`` for the owner."""

    role: str
    show: str | None
    expires_ms: int


class PeopleRows:
    """The tables ``owner_keys`` and ``sessions``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_owner_key(self, key: bytes, now_ms: int) -> bool:
        """Keep a one-time key; ``False`` if it is there already, used or not."""
        async with self._database.write() as connection:
            known = await connection.execute(select(owner_keys).where(owner_keys.c.key == key))
            if known.first() is not None:
                return False
            await connection.execute(insert(owner_keys).values(key=key, created_ms=now_ms))
            return True

    async def drop_owner_keys(self, *, but: bytes) -> None:
        """Forget all one-time keys except one."""
        async with self._database.write() as connection:
            await connection.execute(delete(owner_keys).where(owner_keys.c.key != but))

    async def use_owner_key(self, key: bytes, now_ms: int) -> bool:
        """Use a one-time key up; ``False`` if there is no such unused key."""
        unused = (owner_keys.c.key == key, owner_keys.c.used_ms.is_(None))
        async with self._database.write() as connection:
            used = await connection.execute(
                update(owner_keys).where(*unused).values(used_ms=now_ms)
            )
            return used.rowcount == 1

    async def show_of_host_key(self, key: bytes) -> str | None:
        """Return the show whose host has this key."""
        async with self._database.read() as connection:
            found = await connection.execute(select(shows.c.show).where(shows.c.host_key == key))
            row = found.first()
        return None if row is None else str(row[0])

    async def add_session(self, token: bytes, row: SessionRow, now_ms: int) -> None:
        """Keep a session, and forget those that are over."""
        async with self._database.write() as connection:
            await connection.execute(delete(sessions).where(sessions.c.expires_ms <= now_ms))
            await connection.execute(
                insert(sessions).values(
                    token=token,
                    role=row.role,
                    show=row.show,
                    created_ms=now_ms,
                    expires_ms=row.expires_ms,
                )
            )

    async def session(self, token: bytes, now_ms: int) -> SessionRow | None:
        """Return a session that is not over."""
        columns = (sessions.c.role, sessions.c.show, sessions.c.expires_ms)
        async with self._database.read() as connection:
            found = await connection.execute(
                select(*columns).where(sessions.c.token == token, sessions.c.expires_ms > now_ms)
            )
            row = found.first()
        return None if row is None else SessionRow(*row)

    async def drop_session(self, token: bytes) -> None:
        """End a session."""
        async with self._database.write() as connection:
            await connection.execute(delete(sessions).where(sessions.c.token == token))
