"""A show on air in virtual time: no part is missing, none is made twice, whatever fails."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

import anyio
import anyio.lowlevel
import numpy as np
import pytest
from tests.unit.stage.fakes import SHOW, FakeFeed, FakePackager, FakeRecording

from vivavoce.bus.messages import Count, Head, Sound
from vivavoce.errors import MachineError
from vivavoce.media import SEGMENTED, Codec, Frame
from vivavoce.mix.schedule import TICK_S
from vivavoce.stage.onair import OnAir, Sinks, Works
from vivavoce.stage.recorder import Recorder
from vivavoce.testing import FakeClock
from vivavoce.units import FRAME_SAMPLES, PartNumber

VOICE: Frame = np.full(FRAME_SAMPLES, 1000, dtype=np.int16)


class Studio:
    """One show, whose time moves when it sleeps."""

    def __init__(self, *, fresh: bool = True, away_s: float = 0.0, on_disk: int = 0) -> None:
        self.clock = FakeClock()
        self.epoch: datetime = self.clock.wall() - timedelta(seconds=away_s)
        self.feed = FakeFeed()
        self.recording = FakeRecording(next_part=PartNumber(on_disk))
        self.packagers: list[FakePackager] = []
        self.fail_at: int | None = None
        self.opening_s = 0.0
        recorder = Recorder(SHOW, self.epoch, self._open, self.clock)
        self.onair = OnAir(
            SHOW,
            self.epoch,
            fresh=fresh,
            pull=lambda count: [VOICE] * count,
            sinks=Sinks(self.feed, recorder),
            works=Works(self.clock, self._make, self._sleep),
        )
        self.at_sleep: Callable[[], None] = lambda: None
        self.stopped = False

    def _open(self, *_: object) -> FakeRecording:
        self.clock.advance(self.opening_s)
        return self.recording

    def _make(self, first: PartNumber) -> FakePackager:
        packager = FakePackager(first)
        packager.fail_at, self.fail_at = self.fail_at, None
        self.packagers.append(packager)
        return packager

    async def _sleep(self, seconds: float) -> None:
        # In steps, since a show can be stopped while it sleeps.
        while not self.stopped and seconds > 0:
            self.clock.advance(min(seconds, TICK_S))
            seconds -= TICK_S
            self.at_sleep()
        # Encoders work in real threads: virtual time must not run away from them.
        await anyio.lowlevel.checkpoint()
        while self.onair.backlog >= 4:
            await anyio.lowlevel.checkpoint()

    async def run_for(self, seconds: float) -> None:
        """Be on air; stop at the first sleep that is so much later."""
        until = self.clock.now() + seconds
        before, self.stopped = self.at_sleep, False

        def check() -> None:
            before()
            if self.clock.now() >= until:
                self.stopped = True
                self.onair.stop()

        self.at_sleep = check
        await self.onair.run()


async def test_parts_come_without_a_gap_to_the_edges_and_to_the_disk() -> None:
    studio = Studio()
    await studio.run_for(10.0)
    numbers = studio.feed.numbers()
    assert numbers == list(range(len(numbers)))
    assert len(numbers) == 32  # 10 s is 31.25 parts; the last is filled up
    assert [p.number for p in studio.recording.parts if p.codec is Codec.OPUS] == numbers
    assert studio.onair.lost == studio.onair.overruns == 0
    heads = [m for m in studio.feed.sent if isinstance(m, Head)]
    assert {head.codec for head in heads} == set(SEGMENTED)


async def test_every_sample_of_the_voice_is_in_the_parts() -> None:
    studio = Studio()
    await studio.run_for(3.2)
    loud = [m.body[0] for m in studio.feed.sent if isinstance(m, Sound) and m.codec is Codec.OPUS]
    assert loud[:-1] == [16] * (len(loud) - 1)


@pytest.mark.parametrize("away_s", [0.0, 0.5, 3.0, 3600.123])
async def test_a_resumed_show_goes_on_with_the_first_part_that_is_ahead(away_s: float) -> None:
    studio = Studio(fresh=False, away_s=away_s)
    await studio.run_for(1.0)
    assert studio.feed.numbers()[0] == int(away_s / 0.32) + 1


@pytest.mark.parametrize("opening_s", [0.5, 1.9, 7.0])
async def test_a_resumed_show_is_in_time_however_long_its_files_take_to_open(
    opening_s: float,
) -> None:
    studio = Studio(fresh=False, away_s=3.0)
    studio.opening_s = opening_s
    await studio.run_for(opening_s + 3.0)
    numbers = studio.feed.numbers()
    assert numbers[0] == int((3.0 + opening_s) / 0.32) + 1
    elapsed = (studio.clock.wall() - studio.epoch).total_seconds()
    assert numbers[-1] == int(elapsed / 0.32)  # the one that is begun is filled up at the end


async def test_a_resumed_show_never_gives_a_number_again_that_is_on_disk() -> None:
    studio = Studio(fresh=False, away_s=1.0, on_disk=1000)
    await studio.run_for(1.0)
    assert studio.feed.numbers()[0] == 1000


async def test_after_a_broken_encoder_it_goes_on_with_new_numbers_and_in_time() -> None:
    studio = Studio()
    studio.fail_at = 5
    with pytest.raises(ExceptionGroup):
        await studio.run_for(10.0)
    await studio.run_for(3.0)
    numbers = studio.feed.numbers()
    assert numbers == sorted(set(numbers))
    assert 5 not in numbers
    elapsed = (studio.clock.wall() - studio.epoch).total_seconds()
    assert numbers[-1] == pytest.approx(elapsed / 0.32, abs=2)


async def test_a_machine_that_slept_goes_on_further_ahead_by_whole_parts() -> None:
    studio = Studio()

    until = studio.clock.now() + 604
    studio.at_sleep = lambda: (
        sleep_at_two(studio) if studio.clock.now() < until else studio.onair.stop()
    )
    await studio.onair.run()
    check_jump(studio, 604)


async def test_a_wall_clock_set_forward_is_followed() -> None:
    studio, ten_minutes = Studio(), timedelta(minutes=10)
    until = studio.clock.now() + 4

    def set_forward() -> None:
        if studio.clock.now() >= until:
            studio.onair.stop()
        elif studio.clock.now() > until - 2 and studio.clock.wall() < studio.epoch + ten_minutes:
            studio.clock.set_wall(studio.clock.wall() + ten_minutes)

    studio.at_sleep = set_forward
    await studio.onair.run()
    check_jump(studio, 604)


async def test_a_wall_clock_put_back_changes_nothing() -> None:
    studio = Studio()
    studio.at_sleep = lambda: studio.clock.set_wall(studio.epoch - timedelta(hours=1))
    await studio.run_for(4.0)
    numbers = studio.feed.numbers()
    assert numbers == list(range(len(numbers)))
    assert len(numbers) == 13


async def test_mp3_is_made_while_somebody_listens_to_it() -> None:
    studio = Studio()
    studio.feed.players = Count(push=1, mp3=1)
    await studio.run_for(1.0)
    assert studio.packagers[0].wanted[-1]
    studio = Studio()
    await studio.run_for(1.0)
    assert not any(studio.packagers[0].wanted)


async def test_a_refusing_disk_does_not_stop_the_edges() -> None:
    studio = Studio()
    studio.recording.refuse = MachineError("disk_full", "full")
    await studio.run_for(5.0)
    assert len(studio.feed.numbers()) == 16
    assert studio.onair.notice is not None


def sleep_at_two(studio: Studio) -> None:
    """Sleep for ten minutes once two seconds have been on air."""
    elapsed = studio.clock.wall() - studio.epoch
    if timedelta(seconds=2) < elapsed < timedelta(seconds=3):
        studio.clock.advance(600)


def check_jump(studio: Studio, seconds: float) -> None:
    numbers = studio.feed.numbers()
    assert numbers == sorted(set(numbers))
    jumps = [b - a for a, b in pairwise(numbers) if b != a + 1]
    assert len(jumps) == 1
    assert jumps[0] == pytest.approx(600 / 0.32, abs=2)
    assert numbers[-1] == pytest.approx(seconds / 0.32, abs=2)
    assert len(studio.packagers) == 2


pytestmark = pytest.mark.anyio
