"""The floor's time: ticks only while somebody is here, and a programme that never slips."""

from itertools import pairwise
from typing import Self

import anyio
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.stage.fakes import FakePeer

from vivavoce.media import SILENCE, Frame
from vivavoce.mix.console import Bus, Console
from vivavoce.mix.schedule import TICK_S
from vivavoce.stage.floor import FILLER_AFTER_S, Floor
from vivavoce.stage.ticker import tick_on
from vivavoce.testing import FakeClock
from vivavoce.units import FRAME_SAMPLES


class Tape:
    def encode(self, frame: Frame) -> bytes:
        return frame.tobytes()

    def copy(self) -> Self:
        return self


class Counting(FakePeer):
    """Says the number of each frame it is asked for, above the gate."""

    asked = 0

    def frame(self, now: float) -> Frame:
        self.asked += 1
        return np.full(FRAME_SAMPLES, 1_000 + self.asked, dtype=np.int16)


def peer() -> Counting:
    return Counting("", lambda *_: None)


def floor_with(clock: FakeClock, *peers: Counting, bus: Bus = Bus.AIR) -> Floor:
    floor = Floor(Console(Tape, levelling=False), clock, lambda: None)
    for number, one in enumerate(peers):
        floor.join(str(number), one, bus)
    return floor


def numbers(frames: list[Frame]) -> list[int]:
    return [int(frame[-1]) - 1_000 for frame in frames]


@settings(deadline=None)
@given(st.lists(st.floats(0.0, 0.3), min_size=5, max_size=60), st.floats(0, 0.02))
def test_however_late_anybody_is_the_programme_is_every_frame_once_in_order(
    delays: list[float], phase: float
) -> None:
    """Whoever is on air pulls on ticks of its own, as late as the machine lets it."""
    clock = FakeClock()
    floor = floor_with(clock, peer())
    start, pulled, heard = clock.now() + phase, 0, []
    for delay in delays:
        clock.advance(delay)
        due = int((clock.now() - start) / TICK_S) + 1 - pulled
        if clock.now() < start or due <= 0:
            continue
        heard += floor.pull(due)
        pulled += due
    told = [number for number in numbers(heard) if number > -1_000]
    assert told == list(range(told[0], told[0] + len(told))) if told else True
    assert len(heard) == pulled


def test_what_nobody_took_is_not_sent_later() -> None:
    clock = FakeClock()
    floor = floor_with(clock, one := peer())
    for _ in range(100):
        clock.advance(TICK_S)
        floor.catch_up(clock.now())
    newest = one.asked
    assert numbers(floor.pull(1))[0] >= newest - 1


@pytest.mark.anyio
async def test_an_empty_floor_costs_no_ticks() -> None:
    clock = FakeClock()
    floor = floor_with(clock, one := peer())
    slept = 0

    async def sleep(seconds: float) -> None:
        nonlocal slept
        slept += 1
        clock.advance(seconds)
        if slept == 50:
            floor.leave("0", one)
        await anyio.lowlevel.checkpoint()

    with anyio.fail_after(30):
        await tick_on(floor, clock, sleep=sleep)
    assert slept <= 52
    assert floor.empty
    assert not floor.catch_up(clock.now() + 10)


def test_after_a_sleep_of_the_machine_what_was_missed_is_not_made_up_for() -> None:
    clock = FakeClock()
    floor = floor_with(clock, one := peer())
    clock.advance(3_600)
    floor.catch_up(clock.now())
    assert one.asked <= 1


def test_returns_are_on_one_line_of_time_whatever_encodes_them() -> None:
    clock = FakeClock()
    floor = floor_with(clock, one := peer(), two := peer())
    for n in range(100):
        floor.mute("0", muted=40 <= n < 60)
        clock.advance(TICK_S)
        floor.catch_up(clock.now())
    times = [packet.time for packet in two.sent]
    assert all(b > a and (b - a) % FRAME_SAMPLES == 0 for a, b in pairwise(times))
    assert [packet.time for packet in one.sent] == sorted({p.time for p in one.sent})


def test_nobody_on_air_is_filled_after_three_seconds_and_the_green_room_is_nobody() -> None:
    clock = FakeClock()
    floor = floor_with(clock, peer(), bus=Bus.GREEN)
    frames = []
    for _ in range(round(FILLER_AFTER_S / TICK_S) + 60):
        clock.advance(TICK_S)
        frames += floor.pull(1)
    before = round(FILLER_AFTER_S / TICK_S)
    assert all(frame is SILENCE for frame in frames[:before])
    assert floor.filling
    assert max(int(np.abs(frame).max()) for frame in frames[before:]) < 1_000


def test_another_connection_of_the_same_person_goes_on_in_their_place() -> None:
    clock = FakeClock()
    floor = floor_with(clock, old := peer())
    strip = floor.console.strips["0"]
    new = peer()
    floor.join("0", new, Bus.AIR)
    floor.leave("0", old)
    clock.advance(TICK_S)
    floor.catch_up(clock.now())
    assert floor.console.strips["0"] is strip
    assert (old.asked, new.asked) == (0, 1)
