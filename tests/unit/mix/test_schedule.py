"""Ticks do not drift: after any history of delays, as many were made as were due."""

import asyncio
import time
from collections.abc import Callable

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.mix.clockwork import clockwork, pause
from vivavoce.mix.schedule import SUSPENDED_S, TICK_S, Schedule
from vivavoce.testing import FakeClock


@given(st.lists(st.floats(0, SUSPENDED_S), max_size=100), st.floats(0, 1e6))
def test_ticks_made_are_ticks_due_whatever_the_delays(delays: list[float], start: float) -> None:
    schedule, now = Schedule(start), start
    for delay in delays:
        now += delay
        if schedule.suspended(now):
            break
        schedule.due(now)
        assert schedule.next_at() == pytest.approx(now, abs=TICK_S * 1.001)
        assert schedule.next_at() > now - 1e-6
    assert schedule.made * TICK_S <= now - start + TICK_S * 1.001


def test_before_its_time_nothing_is_due() -> None:
    schedule = Schedule(10.0)
    assert schedule.due(9.999) == 0
    assert schedule.made == 0


def test_late_ticks_are_made_up_for_and_counted() -> None:
    schedule = Schedule(0.0)
    assert schedule.due(0.0) == 1
    assert schedule.due(0.105) == 5
    assert schedule.overruns == 4


@given(st.lists(st.tuples(st.integers(1, 8), st.floats(0, 0.5)), max_size=50), st.floats(0, 9))
def test_ticks_made_together_are_as_many_and_none_before_the_last_is_due(
    waits: list[tuple[int, float]], stopped: float
) -> None:
    schedule, now = Schedule(0.0), 0.0
    for together, late in waits:
        schedule.together = together
        before, overruns = schedule.made, schedule.overruns
        assert schedule.due(schedule.next_at() - TICK_S / 2) == 0
        now = schedule.next_at() + late
        assert schedule.due(now) == schedule.made - before >= together
        assert schedule.made * TICK_S == pytest.approx(now, abs=TICK_S * 1.001)
        assert schedule.overruns - overruns == schedule.made - before - together
    now += stopped
    before, overruns = schedule.made, schedule.overruns
    assert schedule.rest(now) == schedule.made - before
    assert schedule.made * TICK_S == pytest.approx(now, abs=TICK_S * 1.001)
    assert schedule.overruns == overruns


def test_long_sleep_is_a_suspension_and_not_a_hundred_thousand_ticks() -> None:
    schedule = Schedule(0.0)
    schedule.due(1.0)
    assert not schedule.suspended(3.0)
    assert schedule.suspended(3.2)


@pytest.mark.anyio
async def test_an_hour_of_uneven_sleep_makes_180_000_ticks() -> None:
    clock, made = FakeClock(), 0
    uneven = iter([0.0, 0.013, 0.0, 0.047, 0.001] * 100_000)

    def tick(count: int) -> bool:
        nonlocal made
        made += count
        return made < 180_000

    async def sleep(seconds: float) -> None:
        clock.advance(seconds + next(uneven))

    began = clock.now()
    await clockwork(Schedule(began), clock, tick, sleep=sleep)
    assert clock.now() - began == pytest.approx(180_000 * TICK_S, abs=0.1)
    assert 180_000 <= made < 180_010


@pytest.mark.anyio
async def test_the_clockwork_ends_when_the_machine_slept() -> None:
    clock, ticks = FakeClock(), []

    def tick(count: int) -> bool:
        ticks.append(count)
        return True

    async def sleep(seconds: float) -> None:
        clock.advance(3600.0 if len(ticks) == 3 else seconds)

    await clockwork(Schedule(clock.now()), clock, tick, sleep=sleep)
    assert ticks == [1, 1, 1]


@pytest.mark.parametrize("factory", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_pause_is_never_too_short(factory: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def waits() -> None:
        for n in range(20):  # at each place between two whole milliseconds
            began = time.monotonic()
            await pause(0.0017 + n * 0.0001)
            assert time.monotonic() - began >= 0.0017 + n * 0.0001 - 0.0006

    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(waits())
