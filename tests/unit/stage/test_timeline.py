"""No number is given twice, and sound stands where the clock says."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.mix.schedule import SUSPENDED_S
from vivavoce.stage.timeline import PART_S, begin, media_time, slept
from vivavoce.units import PartNumber, Samples, samples

elapsed = st.floats(-1e5, 1e7)


@given(elapsed, st.floats(0, 1e6), st.integers(0, 10**8))
def test_a_show_never_goes_on_with_a_part_that_was_given_away(
    elapsed_s: float, now: float, next_part: int
) -> None:
    beginning = begin(elapsed_s, now, PartNumber(next_part))
    assert beginning.first >= next_part
    assert beginning.start >= now - 1e-6, "nothing of it is over already"
    assert beginning.start <= now + PART_S + 1e-6, "and it is not dead air for long"


@given(st.floats(0, 1e7), st.floats(0, 1e6))
def test_a_resumed_part_begins_at_its_own_time(elapsed_s: float, now: float) -> None:
    beginning = begin(elapsed_s, now, PartNumber(0))
    due = elapsed_s + (beginning.start - now)
    assert due == pytest.approx(beginning.first * PART_S, abs=1e-5)


@given(st.floats(-10, SUSPENDED_S), st.floats(10, 1e6))
def test_a_new_show_begins_with_part_0_at_its_epoch(elapsed_s: float, now: float) -> None:
    beginning = begin(elapsed_s, now, None)
    assert beginning.first == 0
    assert beginning.start == now - max(0.0, elapsed_s)


def test_media_time_is_samples_since_the_epoch() -> None:
    epoch = datetime(2024, 8, 13, tzinfo=UTC)
    assert media_time(epoch, epoch + timedelta(milliseconds=320)) == 15_360
    assert media_time(epoch, epoch - timedelta(seconds=1)) == -48_000


def test_sound_two_seconds_behind_the_wall_clock_slept() -> None:
    assert not slept(12.0, samples(10.0))
    assert slept(12.1, samples(10.0))
    assert not slept(-5.0, Samples(0))
