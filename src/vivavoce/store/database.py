"""The database: SQLite in write-ahead mode, one writer, an engine that is always disposed of."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import anyio
from sqlalchemy import URL, event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from vivavoce.store import schema

# FULL: an answered request is on the disk even if the power goes; the studio writes seldom.
_PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA busy_timeout = 5000",
    "PRAGMA foreign_keys = ON",
)

# Whoever asks whether we are ready waits a few seconds at most.
_ANSWER_S: Final = 2.0

# A read can run beside the one writer. aiosqlite gives each a thread, which only dispose() ends.
_CONNECTIONS: Final = 2


class Database:
    """Connections to one database. Reads run side by side, writes one after the other.

    Whoever waits for a connection can be cancelled; who has one finishes what it asks, a matter of
    milliseconds. A query that is cancelled half-way costs its connection: the driver ends the
    thread, and where the machine is slow (a page that leaves while its request is answered is
    enough) the pool never gets the place back. Two such, and nobody gets an answer any more.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._writer = anyio.Lock()
        self._free = anyio.Semaphore(_CONNECTIONS)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Lend a connection for queries."""
        async with self._free:
            with anyio.CancelScope(shield=True):
                async with self._engine.connect() as connection:
                    yield connection

    async def answers(self) -> bool:
        """Return whether the database can be read now."""
        try:
            with anyio.fail_after(_ANSWER_S):
                async with self.read() as connection:
                    await connection.execute(text("select 1 from shows limit 1"))
        except (SQLAlchemyError, TimeoutError):
            return False
        return True

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Lend a connection in a transaction: committed at the end, undone by an exception."""
        async with self._writer, self._free:
            with anyio.CancelScope(shield=True):
                async with self._engine.begin() as connection:
                    yield connection


@asynccontextmanager
async def open_database(file: Path) -> AsyncIterator[Database]:
    """Open ``file``, bring its schema up to date, and dispose of the engine at the end.

    Raises ``MachineError`` (``database_newer``, ``database_unreadable``).
    """
    _make_private(file)
    url = URL.create("sqlite+aiosqlite", database=str(file))
    engine = create_async_engine(url, pool_size=_CONNECTIONS, max_overflow=0)
    event.listen(engine.sync_engine, "connect", _prepare)
    try:
        if schema.revision_of(file) != schema.revisions()[-1]:
            async with engine.begin() as connection:
                await connection.run_sync(schema.upgrade)
        yield Database(engine)
    finally:
        with anyio.CancelScope(shield=True):
            await engine.dispose()


def _make_private(file: Path) -> None:
    """Refuse a database that we do not know; give a new one, and its journals, to us alone."""
    schema.refuse_newer(file)
    file.touch(mode=0o600)


def _prepare(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()
