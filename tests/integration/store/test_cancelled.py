"""Pages leave while they are answered; what they asked the database for is cancelled."""

from pathlib import Path

import anyio
import anyio.lowlevel
import pytest
from sqlalchemy import event, text

from vivavoce.store.database import Database, open_database

pytestmark = pytest.mark.anyio

# Long enough that it is cancelled half-way.
SLOW = text(
    "with recursive c(x) as (select 1 union all select x + 1 from c where x < 20000)"
    " select count(*) from c"
)


async def ask(database: Database, *, write: bool) -> None:
    async with database.write() if write else database.read() as connection:
        await connection.execute(SLOW)


async def test_a_query_that_nobody_waits_for_any_more_costs_no_connection(tmp_path: Path) -> None:
    async with open_database(tmp_path / "a.db") as database:
        made: list[object] = []
        engine = database._engine.sync_engine
        event.listen(engine, "connect", lambda connection, _record: made.append(connection))
        for moment in range(60):
            async with anyio.create_task_group() as page:
                for write in (False, False, True, True):
                    page.start_soon(lambda write: ask(database, write=write), write)
                for _ in range(moment):
                    await anyio.lowlevel.checkpoint()
                page.cancel_scope.cancel()
        async with anyio.create_task_group() as side_by_side:
            for _ in range(3):
                side_by_side.start_soon(lambda: ask(database, write=False))
        assert len(made) <= 2
