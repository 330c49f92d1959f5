"""Shows end for good: by hand, when their time is over, or at once if they were not recorded."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.studio import FakeStages, put_database

from vivavoce.bus.messages import Card, Down, Gone
from vivavoce.card import State
from vivavoce.clock import unix_ms
from vivavoce.control.board import PublicBoard
from vivavoce.control.keeping import LINGER_MS, Keeping
from vivavoce.control.shows import Shows
from vivavoce.errors import UsageError
from vivavoce.record import removal
from vivavoce.record.places import Places
from vivavoce.store.database import Database, open_database
from vivavoce.store.show_rows import ShowRows
from vivavoce.testing.clock import FakeClock

pytestmark = pytest.mark.anyio

DAY_S = 86_400


class House:
    """Shows on a real disk and in a real database."""

    def __init__(self, database: Database, data: Path, keep_days: int = 0) -> None:
        self.data, self.clock = data, FakeClock()
        self.said: list[Down] = []
        self.cleared: list[str] = []
        board = PublicBoard(data, self.said.append)
        self.shows = Shows(ShowRows(database), FakeStages(), board, self.clock)
        self.keeping = Keeping(data, self.shows, self.clock, keep_days=keep_days, clear=self._clear)

    async def _clear(self, show: str) -> None:
        self.cleared.append(show)

    async def ended(self, *, recorded: bool = True) -> str:
        """Return a show that has ended, with files everywhere."""
        row, _ = await self.shows.create("A talk", "", "en", None)
        show = row.card.show
        await self.shows.change(show, {"recorded": recorded})
        await self.shows.start(show)
        await self.shows.end(show)
        for folder, size in (("live", 100), ("record", 20), ("exports", 3)):
            place = self.data / folder / show / "below"
            place.mkdir(parents=True)
            (place / "file").write_bytes(b"x" * size)
        return show

    def left(self, show: str) -> set[str]:
        """Return the names of all files that there are of a show."""
        found = self.data.rglob("*")
        return {path.name for path in found if path.is_file() and show in path.parts}


async def test_what_is_deleted_is_said_and_gone(tmp_path: Path) -> None:
    put_database(tmp_path / "a.db")
    async with open_database(tmp_path / "a.db") as database:
        house = House(database, tmp_path)
        show, other = await house.ended(), await house.ended()
        gone = await house.keeping.remove(show)
        assert (gone.tracks, gone.exports) == (20, 3)
        assert gone.programme >= 100
        assert house.said[-1] == Gone(show)
        assert house.cleared == [show]
        assert house.left(show) == {"gone.json"}
        assert "file" in house.left(other)
        with pytest.raises(UsageError) as refusal:
            await house.keeping.remove(show)
        assert (refusal.value.code, refusal.value.status) == ("show_deleted", 410)
        again = House(database, tmp_path)
        await again.shows.open()
        with pytest.raises(UsageError) as refusal:
            again.shows.row(show)
        assert refusal.value.status == 410
        assert [row.card.show for row in again.shows.all()] == [other]


class Killed(BaseException):
    """kill -9, where it is raised."""


def dies(*_: object, **__: object) -> None:
    raise Killed


@pytest.mark.parametrize("step", ["Path.rename", "mark", "rows", "destroy"])
async def test_a_deletion_that_is_killed_is_finished_at_the_next_start(
    tmp_path: Path, step: str
) -> None:
    put_database(tmp_path / "a.db")
    async with open_database(tmp_path / "a.db") as database:
        house = House(database, tmp_path)
        show = await house.ended()
        with pytest.MonkeyPatch.context() as patch:
            kill(patch, step)
            with pytest.raises(Killed):
                await house.keeping.remove(show)
        again = House(database, tmp_path)
        await again.shows.open()
        assert again.shows.all() == []
        assert again.left(show) == {"gone.json"}
        assert removal.taken_away(Places(tmp_path)) == []


def kill(patch: pytest.MonkeyPatch, step: str) -> None:
    if step == "Path.rename":
        done: list[Path] = []
        rename: Callable[[Path, Path], Path] = Path.rename

        def second(self: Path, target: Path) -> Path:
            if done:
                raise Killed
            done.append(self)
            return rename(self, target)

        patch.setattr(Path, "rename", second)
    elif step == "mark":
        patch.setattr("vivavoce.record.removal.files.write_atomic", dies)
    elif step == "rows":
        patch.setattr(ShowRows, "remove", dies)
    else:
        patch.setattr("vivavoce.record.removal.shutil.rmtree", dies)


async def test_a_disk_that_refuses_keeps_the_show(tmp_path: Path) -> None:
    put_database(tmp_path / "a.db")
    async with open_database(tmp_path / "a.db") as database:
        house = House(database, tmp_path)
        show = await house.ended()
        await house.keeping.sweep()
        (tmp_path / "trash").write_text("no folder")
        (tmp_path / "trash").chmod(0)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Path, "rename", refuses)
            await house.keeping.sweep()
            with pytest.raises(Exception, match="disk"):
                await house.keeping.remove(show)
        assert house.shows.row(show).card.state is State.ENDED


def refuses(*_: object) -> None:
    raise OSError(5, "no")


async def test_shows_are_kept_as_long_as_they_or_the_settings_say(tmp_path: Path) -> None:
    put_database(tmp_path / "a.db")
    async with open_database(tmp_path / "a.db") as database:
        house = House(database, tmp_path, keep_days=30)
        default, week, forever = [await house.ended() for _ in range(3)]
        await house.shows.change(week, {"keep_days": 7})
        await house.shows.change(forever, {"keep_days": 0})
        planned, _ = await house.shows.create("Later", "", "en", None)
        ended_ms = house.shows.row(week).card.ended_ms
        assert ended_ms is not None
        until = [house.keeping.until_ms(house.shows.row(one)) for one in (week, default, forever)]
        assert until == [ended_ms + 7 * DAY_S * 1000, ended_ms + 30 * DAY_S * 1000, None]
        left = {default, week, forever, planned.card.show}
        for days, gone in ((6.9, None), (7.1, week), (29.9, None), (30.1, default), (4_000, None)):
            house.clock.advance(days * DAY_S - (unix_ms(house.clock.wall()) - ended_ms) / 1000)
            await house.keeping.sweep()
            left -= {gone}
            assert {row.card.show for row in house.shows.all()} == left


async def test_of_a_show_that_was_not_recorded_a_minute_later_only_the_card_is_there(
    tmp_path: Path,
) -> None:
    put_database(tmp_path / "a.db")
    async with open_database(tmp_path / "a.db") as database:
        house = House(database, tmp_path)
        silent, kept = await house.ended(recorded=False), await house.ended()
        await house.keeping.sweep()
        assert "file" in house.left(silent)
        house.clock.advance(LINGER_MS / 1000)
        told = len(house.said)
        for _ in range(2):
            await house.keeping.sweep()
        assert house.left(silent) == {"card.json"}
        assert "file" in house.left(kept)
        # Edges let go of what they hold when they hear of it again.
        assert [one.card.show for one in house.said[told:] if isinstance(one, Card)] == [silent]
