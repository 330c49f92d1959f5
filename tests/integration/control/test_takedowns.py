"""A host takes a range down: it is silence, said so, and the rest is as it was heard."""

from pathlib import Path

import pytest
from tests.integration.control.test_seals import DiskBoard, studio
from tests.studio import put_database
from tests.unit.record import ended

from vivavoce.card import ShowCard
from vivavoce.control.shows import Shows
from vivavoce.control.takedowns import Takedowns
from vivavoce.errors import UsageError
from vivavoce.record import takedown
from vivavoce.record.places import Places
from vivavoce.record.sources import Folder
from vivavoce.record.verify import verify
from vivavoce.store.database import Database, open_database
from vivavoce.testing.clock import FakeClock

pytestmark = pytest.mark.anyio


class House:
    """A studio whose shows can be taken down from."""

    def __init__(self, database: Database, data: Path) -> None:
        self.data = data
        self.shows: Shows
        self.board: DiskBoard
        self.shows, self.stages, self.board = studio(database, data)
        self.cleared: list[str] = []
        self.takedowns = Takedowns(data, self.shows, FakeClock(), self._clear)

    async def _clear(self, show: str) -> None:
        self.cleared.append(show)

    async def recorded(self, *, end: bool = True) -> str:
        row, _ = await self.shows.create("A talk", "", "en", None)
        show = row.card.show
        await self.shows.start(show)
        self.stages.files.append(ended.parts(0, 40))
        if end:
            await self.shows.end(show)
        return show

    def found(self, card: ShowCard) -> tuple[bool, list[str]]:
        report = verify(Folder(self.data / "live" / card.show), card)
        return report.whole, [finding.kind for finding in report.findings]


class Killed(BaseException):
    """kill -9, where it is raised."""


async def test_a_range_becomes_silence_and_everybody_is_told(tmp_path: Path) -> None:
    put_database(tmp_path / "a.db")
    async with open_database(tmp_path / "a.db") as database:
        house = House(database, tmp_path)
        show = await house.recorded()
        before = house.board.cards[-1]
        await house.takedowns.take_down(show, (2_000, 3_000), playing=True)
        card = house.board.cards[-1]
        assert (card.edition, before.edition) == (1, 0)
        assert card.seal != before.seal
        assert house.cleared == [show, show], "before and after: an export may begin meanwhile"
        assert house.found(card) == (True, ["taken_down"])
        told, _ = await house.takedowns.of(show)
        assert [(one.from_ms, one.to_ms) for one in told] == [(1_920, 3_200)]
        names = {path.name for path in (tmp_path / "live" / show / "aac").iterdir()}
        assert "00000001.t1.m4s" in names
        assert "00000001.m4s" not in names
        again = House(database, tmp_path)
        await again.shows.open()
        assert (again.board.cards[-1].edition, again.board.cards[-1].seal) == (1, card.seal)


async def test_what_cannot_be_taken_down_is_said_and_nothing_happens(tmp_path: Path) -> None:
    put_database(tmp_path / "a.db")
    async with open_database(tmp_path / "a.db") as database:
        house = House(database, tmp_path)
        show = await house.recorded(end=False)
        for ends, wanted, code in (
            (False, (0, 1_000), "not_ended"),
            (True, (5_000, 5_000), "range_empty"),
            (False, (9_000, 5_000), "range_empty"),
            (False, (60_000, 61_000), "range_empty"),
        ):
            if ends:
                await house.shows.end(show)
            for playing in (False, True):
                with pytest.raises(UsageError) as refusal:
                    await house.takedowns.take_down(show, wanted, playing=playing)
                assert refusal.value.code == code
        assert house.found(house.board.cards[-1]) == (True, [])


@pytest.mark.parametrize("step", ["before", "after"])
async def test_a_take_down_that_is_killed_is_finished_at_the_next_start(
    tmp_path: Path, step: str
) -> None:
    put_database(tmp_path / "a.db")
    async with open_database(tmp_path / "a.db") as database:
        house = House(database, tmp_path)
        show = await house.recorded()
        carry_out, calls = takedown.carry_out, 0

        def killed(places: Places, card: ShowCard) -> object:
            nonlocal calls
            calls += 1
            if calls == 1:
                return None
            if step == "after":
                carry_out(places, card)
            raise Killed

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(takedown, "carry_out", killed)
            with pytest.raises(Killed):
                await house.takedowns.take_down(show, (2_000, 3_000), playing=False)
        again = House(database, tmp_path)
        await again.shows.open()
        await again.takedowns.open()
        card = again.board.cards[-1]
        assert card.edition == 1
        assert again.found(card) == (True, ["taken_down"])
