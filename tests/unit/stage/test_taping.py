"""Trouble with the tracks stays with the tracks: told, bounded, and never the show's."""

import anyio
import anyio.lowlevel
import pytest
from tests.unit.stage.fakes import FakeNotes

from vivavoce.errors import MachineError
from vivavoce.media import SILENCE
from vivavoce.record.onair import Voice
from vivavoce.stage.taping import QUEUE, Taping
from vivavoce.units import FRAME_SAMPLES, Samples

pytestmark = pytest.mark.anyio
FULL = MachineError("disk_full", "full")


class Rig:
    def __init__(self) -> None:
        self.notes = FakeNotes()
        self.opened = 0
        self.taping = Taping("0123456789", self._open, str.upper)

    def _open(self, _: str) -> FakeNotes:
        self.opened += 1
        return self.notes

    def put(self, first: int, count: int) -> None:
        voice = Voice("ada", open=True, speaking=True, played=())
        frames = [SILENCE] * count
        self.taping.put(Samples(first * FRAME_SAMPLES), frames, [(voice,)] * count)

    def code(self) -> str | None:
        notice = self.taping.notice()
        return None if notice is None else notice.code


async def test_what_was_on_air_is_written_in_order_with_names_and_ended() -> None:
    rig = Rig()
    rig.put(0, 300)
    rig.put(300, 7)
    await rig.taping.finish(Samples(960_000), ((5, 9),))
    assert rig.notes.times == list(range(307))
    assert {tuple(batch.names.items()) for batch in rig.notes.batches} == {(("ada", "ADA"),)}
    assert {batch.breaks for batch in rig.notes.batches} == {((5, 9),)}
    assert (rig.notes.finished, rig.opened, rig.code()) == ([960_000], 1, None)


async def test_it_writes_once_a_second_and_tries_again_without_anything_new() -> None:
    rig = Rig()
    slept = 0

    async def sleep(_: float) -> None:
        nonlocal slept
        slept += 1
        match slept:
            case 1:
                rig.put(0, 50)
                rig.notes.refuse = FULL
            case 2:
                assert rig.code() == "disk_full"
                rig.notes.refuse = None
            case 3:
                assert rig.code() is None
            case _:
                await anyio.sleep_forever()
        await anyio.lowlevel.checkpoint()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: rig.taping.run(lambda: (), sleep=sleep))
        with anyio.fail_after(20):
            while slept < 4:
                await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()
    assert [len(batch.ticks) for batch in rig.notes.batches] == [50, 0]
    assert rig.notes.times == list(range(50))


async def test_when_the_queue_is_full_the_newest_are_lost_counted_and_told() -> None:
    rig = Rig()
    rig.put(0, QUEUE + 30)
    assert rig.taping.lost == 30
    await rig.taping.drain(())
    assert rig.notes.times == list(range(QUEUE))
    assert [batch.lost for batch in rig.notes.batches if batch.lost] == [30]


async def test_a_bug_in_the_tracks_does_not_reach_the_show_and_they_are_opened_anew() -> None:
    rig = Rig()
    rig.notes.refuse = ValueError("a bug")
    rig.put(0, 3)
    await rig.taping.drain(())
    assert rig.code() == "tracks_failed"
    rig.notes.refuse = None
    rig.put(3, 3)
    await rig.taping.drain(())
    assert (rig.opened, rig.code(), rig.notes.times) == (2, None, list(range(6)))


async def test_of_a_show_that_is_not_recorded_nothing_is_noted() -> None:
    taping = Taping("0123456789", None, str.upper)
    taping.put(Samples(0), [SILENCE], [()])
    await taping.finish(Samples(960), ())
    assert (taping.lost, taping.notice()) == (0, None)
