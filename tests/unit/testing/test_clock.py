"""Time obeys."""

from datetime import UTC, datetime, timedelta

import pytest

from vivavoce.clock import Clock
from vivavoce.testing import FakeClock


def test_both_clocks_move_together_and_only_when_told() -> None:
    clock: Clock = (fake := FakeClock())
    now, wall = clock.now(), clock.wall()
    assert (clock.now(), clock.wall()) == (now, wall)
    fake.advance(1.5)
    assert clock.now() - now == 1.5
    assert clock.wall() - wall == timedelta(seconds=1.5)


def test_an_operator_may_set_the_time_of_day_alone() -> None:
    fake = FakeClock()
    now = fake.now()
    fake.set_wall(datetime(2020, 1, 1, tzinfo=UTC))
    assert fake.now() == now
    assert fake.wall().year == 2020


def test_time_does_not_go_backwards() -> None:
    with pytest.raises(ValueError, match="backwards"):
        FakeClock().advance(-1)
