"""The oracles themselves: they find what is there and nothing else."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.media import Pcm
from vivavoce.testing import correlate, dominant_hz, gaps, level_db, loud, tone, tone_level_db
from vivavoce.units import Samples

SECOND = Samples(48_000)


def noise(length: int, seed: int, db: float = -20.0) -> Pcm:
    sigma = 32_768 * 10 ** (db / 20)
    return (
        np.random.default_rng(seed).normal(0, sigma, length).clip(-32_768, 32_767).astype(np.int16)
    )


@given(hz=st.floats(100, 8000), db=st.floats(-40, -4))
def test_a_tone_has_the_level_and_the_pitch_that_were_asked_for(hz: float, db: float) -> None:
    sound = tone(hz, SECOND, db=db)
    assert level_db(sound) == pytest.approx(db, abs=0.1)
    assert tone_level_db(sound, hz) == pytest.approx(db, abs=0.1)
    assert dominant_hz(sound) == pytest.approx(hz, abs=0.2)


def test_another_tone_does_not_count() -> None:
    both = tone(440, SECOND, db=-20) + tone(1000, SECOND, db=-30)
    assert tone_level_db(both, 440) == pytest.approx(-20, abs=0.1)
    assert tone_level_db(both, 1000) == pytest.approx(-30, abs=0.1)
    assert tone_level_db(both, 700) < -80


def test_pieces_of_a_tone_join_without_a_click() -> None:
    pieces = [tone(440, Samples(960), start=960 * n) for n in range(50)]
    assert np.array_equal(np.concatenate(pieces), tone(440, SECOND))


@given(start=st.integers(5000, 40_000), length=st.integers(480, 4000))
def test_a_hole_is_found_where_it_is(start: int, length: int) -> None:
    sound = np.concatenate([np.zeros(3000, np.int16), tone(440, SECOND)])
    sound[start : start + length] = 0
    (hole,) = gaps(sound)
    # The tone around it may itself be near zero for a part of one period.
    assert hole.start == pytest.approx(start, abs=60)
    assert hole.end == pytest.approx(start + length, abs=60)


@given(hz=st.floats(100, 8000), db=st.floats(-40, -4))
def test_an_unbroken_tone_has_no_gap(hz: float, db: float) -> None:
    assert gaps(np.concatenate([np.zeros(9000, np.int16), tone(hz, SECOND, db=db)])) == []


def test_silence_is_neither_loud_nor_a_gap() -> None:
    silent = np.zeros(SECOND, np.int16)
    assert loud(silent) is None
    assert gaps(silent) == []
    assert level_db(silent) == tone_level_db(silent, 440) == -120
    assert dominant_hz(silent) == 0


@given(offset=st.integers(-6000, 20_000), gain=st.sampled_from([0.1, 0.5, 1.0]))
def test_a_recording_is_found_at_its_offset_at_any_level(offset: int, gain: float) -> None:
    reference = noise(12_000, seed=1)
    recording = noise(32_000, seed=2, db=-70)
    cut = reference[max(0, -offset) :][: 32_000 - max(0, offset)]
    recording[max(0, offset) :][: len(cut)] += (cut * gain).astype(np.int16)
    match = correlate(reference, recording)
    assert match.offset == offset
    assert match.similarity > 0.9


def test_strangers_are_not_alike() -> None:
    assert correlate(noise(12_000, seed=1), noise(30_000, seed=2)).similarity < 0.2
