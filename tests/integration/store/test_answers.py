import sqlite3
from pathlib import Path

import pytest

from vivavoce.store.database import open_database

pytestmark = pytest.mark.anyio


def spoil(file: Path) -> None:
    """Take the table away under the server's feet."""
    connection = sqlite3.connect(file)
    connection.execute("alter table shows rename to gone")
    connection.close()


async def test_a_database_says_whether_it_answers(tmp_path: Path) -> None:
    async with open_database(tmp_path / "a.db") as database:
        assert await database.answers()
        spoil(tmp_path / "a.db")
        assert not await database.answers()
