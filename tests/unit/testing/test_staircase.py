"""The staircase tells what happened to it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.staircase import STEP_S, climb, staircase, unbroken

from vivavoce.units import SAMPLE_RATE

SOUND = staircase(steps=6)


@given(start=st.integers(0, 48_000), silence=st.integers(0, 48_000))
def test_whole_it_is_unbroken(start: int, silence: int) -> None:
    steps = climb(np.concatenate([np.zeros(silence, np.int16), SOUND[start:]]))
    assert [step.number for step in steps] == list(range(6))
    assert unbroken(steps)


@given(at=st.integers(110_000, 300_000), cut=st.integers(30_000, 96_000))
def test_what_is_missing_or_doubled_shows(at: int, cut: int) -> None:
    assert not unbroken(climb(np.concatenate([SOUND[:at], SOUND[at + cut :]])))
    assert not unbroken(climb(np.concatenate([SOUND[: at + cut], SOUND[at:]])))


def test_a_step_is_where_it_is() -> None:
    third = climb(SOUND)[3]
    assert abs(third.start_s - 3 * STEP_S) <= 0.05
    assert len(SOUND) == 6 * STEP_S * SAMPLE_RATE
