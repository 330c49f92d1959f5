"""The database: its schema, its migrations, its manners."""

import sqlite3
import threading
from pathlib import Path

import anyio
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from vivavoce.errors import MachineError
from vivavoce.store import schema
from vivavoce.store.database import Database, open_database
from vivavoce.store.people_rows import PeopleRows, SessionRow
from vivavoce.store.tables import metadata

pytestmark = pytest.mark.anyio


async def test_the_migrations_make_the_tables(tmp_path: Path) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with open_database(tmp_path / "a.db") as database, database.read() as connection:
        assert await connection.run_sync(differences) == []
    assert schema.revision_of(tmp_path / "a.db") == schema.revisions()[-1]


async def test_revisions_follow_each_other() -> None:
    assert schema.revisions() == sorted(schema.revisions())
    assert schema.revisions()[0] == "0001"


async def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    with sqlite3.connect(file) as connection:
        connection.execute("create table alembic_version (version_num text)")
        connection.execute("insert into alembic_version values ('9999')")
    connection.close()
    before = file.read_bytes()
    with pytest.raises(MachineError) as refused:
        async with open_database(file):
            pass
    assert refused.value.code == "database_newer"
    assert file.read_bytes() == before


async def test_it_writes_ahead_and_holds_to_its_references(tmp_path: Path) -> None:
    async with open_database(tmp_path / "a.db") as database:
        async with database.read() as connection:
            pragmas = [
                (await connection.execute(text(f"pragma {name}"))).scalar_one()
                for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
            ]
        assert pragmas == ["wal", 1, 2, 5_000]
        row = SessionRow("host", "0000000000", 1)
        with pytest.raises(IntegrityError):
            await PeopleRows(database).add_session(b"t" * 32, row, 0)


async def begin_and_fail(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(text("insert into owner_keys (key, created_ms) values (x'00', 1)"))
        raise RuntimeError


async def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    async with open_database(tmp_path / "a.db") as database:
        with pytest.raises(RuntimeError):
            await begin_and_fail(database)
        async with database.read() as connection:
            rows = (await connection.execute(text("select count(*) from owner_keys"))).scalar_one()
        assert rows == 0


async def test_a_one_time_key_is_used_by_one_of_many_at_once(tmp_path: Path) -> None:
    async with open_database(tmp_path / "a.db") as database:
        people = PeopleRows(database)
        await people.add_owner_key(b"k" * 32, 0)
        won: list[bool] = []

        async def use() -> None:
            won.append(await people.use_owner_key(b"k" * 32, 1))

        async with anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(use)
    assert sorted(won) == [False] * 19 + [True]


async def test_sessions_that_are_over_are_forgotten(tmp_path: Path) -> None:
    async with open_database(tmp_path / "a.db") as database:
        people = PeopleRows(database)
        await people.add_session(b"a" * 32, SessionRow("owner", None, 10), 0)
        await people.add_session(b"b" * 32, SessionRow("owner", None, 30), 10)
        async with database.read() as connection:
            rows = (await connection.execute(text("select count(*) from sessions"))).scalar_one()
    assert rows == 1


async def test_no_thread_outlives_it(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    async with open_database(tmp_path / "a.db") as database, database.read():
        ours = set(threading.enumerate()) - before
    assert ours
    for thread in ours:
        thread.join(30)  # told to end, it still has to
        assert not thread.is_alive()
