"""A damaged database keeps no server from starting: it is set aside, and its last copy used.

Blocking. What the copy lacks is the shows' cards in the data folder, which ``control.shows``
reads: the database holds nothing of what was said.
"""

import logging
import os
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from vivavoce.card import SHOW_ID
from vivavoce.record import files
from vivavoce.store import schema
from vivavoce.store.header import Formats
from vivavoce.store.tables import metadata

log = logging.getLogger(__name__)

_JOURNALS: Final = ("-wal", "-shm", "-journal")
_DAMAGE: Final = frozenset((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB))

# What SQLite gives back for what a column is declared as.
_KINDS: Final[dict[type, type | tuple[type, ...]]] = {
    int: int,
    str: str,
    bytes: bytes,
    bool: int,
    float: (int, float),
}


class _DamagedError(Exception):
    """The file is a database, and not what we wrote."""


def rescue(file: Path, copy: Path, *, wait_s: float = 5.0) -> bool:
    """Set the database ``file`` aside if it is damaged and put ``copy`` in its place.

    Where the copy is damaged too or is not there, the place stays empty. Returns whether there was
    damage. A database that cannot be read for another reason (it is locked for longer than
    ``wait_s``) is left alone, and so is a newer one.
    """
    if not os.path.lexists(file) or _sound(file, wait_s):
        return False
    aside = files.set_aside(file, "damaged")
    for journal in _JOURNALS:
        with suppress(FileNotFoundError):
            path = file.with_name(f"{file.name}{journal}")
            path.rename(aside.with_name(f"{aside.name}{journal}"))
    said: dict[str, object] = {"aside": aside.name}
    if from_copy(file, copy):
        said["copy_of_s"] = round(copy.stat().st_mtime)
        log.error(
            "the database was damaged: it was set aside, and its last copy is used", extra=said
        )
    else:
        log.error(
            "the database was damaged and there is no copy: it was set aside; shows come back from"
            " their cards, hosts need new links",
            extra=said,
        )
    return True


def from_copy(file: Path, copy: Path) -> bool:
    """Put ``copy`` where there is no database; return whether there is one now."""
    if not files.plain(copy) or not _sound(copy):
        return False
    draft = file.with_name(f".{file.name}.tmp")
    shutil.copyfile(copy, draft)
    draft.chmod(0o600)
    draft.replace(file)
    return True


def _sound(file: Path, wait_s: float = 5.0) -> bool:
    """Say whether the database can be used; what cannot be told counts as sound."""
    if not files.plain(file):
        return False
    if file.stat().st_size == 0:
        return True
    if (named := schema.formats_of(file)) is not Formats.KNOWN:
        return named is Formats.NEWER
    try:
        with closing(sqlite3.connect(file, timeout=wait_s)) as connection:
            _look(connection)
    except (_DamagedError, UnicodeDecodeError):
        return False
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        # Without a code it is the Python module that could not take what it read.
        return code is not None and code & 0xFF not in _DAMAGE
    return True


def _look(connection: sqlite3.Connection) -> None:
    if connection.execute("pragma integrity_check(1)").fetchone() != ("ok",):
        raise _DamagedError
    if connection.execute("pragma foreign_key_check").fetchone() is not None:
        raise _DamagedError
    tables = {name for (name,) in connection.execute("select name from sqlite_master")}
    if "alembic_version" not in tables:
        if tables:
            raise _DamagedError  # a new one of ours is empty
        return
    row = connection.execute("select version_num from alembic_version").fetchone()
    if row is None or not str(row[0]).isdecimal():
        raise _DamagedError
    if row[0] == schema.revisions()[-1]:
        for table in metadata.tables.values():
            _look_at(connection, table.name, {c.name: c.type.python_type for c in table.columns})


def _look_at(connection: sqlite3.Connection, table: str, columns: dict[str, type]) -> None:
    """Raise ``_DamagedError`` for a row that is not of the types that we write."""
    names = ", ".join(f'"{name}"' for name in columns)
    try:
        rows = connection.execute(f"select {names} from {table}")  # noqa: S608  names of our own
    except sqlite3.OperationalError:  # no such table, no such column
        raise _DamagedError from None
    types = [_KINDS[kind] for kind in columns.values()]
    for row in rows:
        if any(
            value is not None and not isinstance(value, kind)
            for value, kind in zip(row, types, strict=True)
        ):
            raise _DamagedError
        show = dict(zip(columns, row, strict=True)).get("show")
        if show is not None and not SHOW_ID.fullmatch(show):
            raise _DamagedError


def keep_copy(file: Path, copy: Path) -> None:
    """Make ``copy`` a consistent copy of the database as it is now; raises ``OSError``.

    By SQLite's backup interface: the database is read from meanwhile, and written to.
    """
    files.make_folder(copy.parent)
    draft = copy.with_name(f".{copy.name}.tmp")
    draft.unlink(missing_ok=True)
    try:
        draft.touch(mode=0o600)
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(draft)) as goal:
            source.backup(goal)
            goal.execute("pragma journal_mode = delete")  # one file, with no journal beside it
        if not _sound(draft):
            raise OSError("the database is damaged")
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.replace(copy)
    except sqlite3.Error as error:
        raise OSError(str(error)) from None
    finally:
        draft.unlink(missing_ok=True)
