"""Series, row by row; the one called ``all`` is the installation's own."""

from dataclasses import asdict, dataclass

from sqlalchemy import delete, insert, select, update

from vivavoce.store.database import Database
from vivavoce.store.tables import series


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesRow:
    """A series as it is kept."""

    series: str
    title: str
    description: str
    author: str
    language: str
    category: str
    explicit: bool
    image: str | None = None
    """Name of the cover that was sent; None while it is a drawn one."""
    created_ms: int


class SeriesRows:
    """The table ``series``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[SeriesRow]:
        """Return every series, oldest first."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(series).order_by(series.c.created_ms))
            return [SeriesRow(**{str(k): v for k, v in row._mapping.items()}) for row in rows]

    async def put(self, row: SeriesRow) -> None:
        """Keep a series, new or changed."""
        values = asdict(row)
        async with self._database.write() as connection:
            done = await connection.execute(
                update(series).where(series.c.series == row.series).values(**values)
            )
            if done.rowcount == 0:
                await connection.execute(insert(series).values(**values))

    async def remove(self, name: str) -> None:
        """Forget a series that no show is in."""
        async with self._database.write() as connection:
            await connection.execute(delete(series).where(series.c.series == name))
