"""Which schema a database has, whether we know it, and the way up to ours.

Alembic takes a third of a second to import, so what the supervisor asks at every start is asked
with the standard library, and Alembic is imported only when there is something to migrate.
"""

import sqlite3
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from vivavoce.errors import MachineError
from vivavoce.store.header import LENGTH, Formats, formats

_MIGRATIONS: Final = Path(__file__).parent / "migrations"


def revisions() -> list[str]:
    """Return all revisions that this version knows, oldest first: the numbers of the files."""
    return sorted(file.name[:4] for file in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


def revision_of(database: Path) -> str | None:
    """Return the schema's revision; ``None`` for a database that is absent or still empty.

    Raises ``MachineError`` where the file cannot be read as a database.
    """
    if not database.exists():
        return None
    try:
        connection = sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
        try:
            row = connection.execute("select version_num from alembic_version").fetchone()
        finally:
            connection.close()
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return None
        raise _unreadable(database, error) from None
    except sqlite3.DatabaseError as error:
        raise _unreadable(database, error) from None
    return str(row[0]) if row else None


def formats_of(database: Path) -> Formats:
    """Judge the formats that the file names; those of a file that cannot be read are not judged."""
    try:
        with database.open("rb") as file:
            return formats(file.read(LENGTH), sqlite3.sqlite_version_info)
    except OSError:
        return Formats.KNOWN


def refuse_newer(database: Path) -> None:
    """Raise ``MachineError`` if the database was made by a version that we do not know."""
    if formats_of(database) is Formats.NEWER:
        raise MachineError(
            "database_newer",
            f"{database} was written by a newer SQLite than this one ({sqlite3.sqlite_version}), "
            "which cannot read it: use that one, or start with another --data folder.",
        )
    revision = revision_of(database)
    if revision is not None and revision not in revisions():
        raise MachineError(
            "database_newer",
            f"{database} was made by a newer version of Viva Voce (schema {revision}): "
            "install that version, or start with another --data folder.",
        )


def upgrade(connection: Connection) -> None:
    """Bring the database behind ``connection`` to our schema."""
    from alembic import command  # noqa: PLC0415  slow, and needed only here
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    # ConfigParser reads % as the start of an interpolation.
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _unreadable(database: Path, error: sqlite3.Error) -> MachineError:
    return MachineError(
        "database_unreadable",
        f"{database} cannot be read as a database ({error}): put back a copy, or move it away.",
    )
