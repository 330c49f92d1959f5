"""The limiter bends and never cuts; what is quiet passes untouched."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.media import Frame
from vivavoce.mix.limiter import FULL, KNEE, Limiter, Sum, bend
from vivavoce.testing import dominant_hz, tone, tone_level_db
from vivavoce.units import FRAME_SAMPLES, Samples

LONG = Samples(100 * FRAME_SAMPLES)


def through(sound: Sum) -> Frame:
    limiter = Limiter()
    return np.concatenate([limiter.process(f) for f in sound.reshape(-1, FRAME_SAMPLES)])


@given(st.lists(st.floats(-1e7, 1e7, width=32), min_size=2, max_size=50))
def test_the_curve_is_odd_rises_and_stays_inside_full_scale(values: list[float]) -> None:
    sound = np.sort(np.array(values, dtype=np.float32))
    bent = bend(sound)
    assert np.all(np.abs(bent) <= FULL)
    assert np.all(np.diff(bent) >= 0)
    assert np.array_equal(bend(-sound), -bent)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=30))
def test_no_sum_however_loud_wraps_or_changes_its_sign(peaks: list[float]) -> None:
    limiter = Limiter()
    shape = np.sin(np.linspace(0, 40, FRAME_SAMPLES)).astype(np.float32)
    for peak in peaks:
        total = (shape * peak).astype(np.float32)
        frame = limiter.process(total)
        assert np.all(np.sign(frame) * np.sign(total) >= 0)
        assert 0 < limiter.gain <= 1


def test_below_the_knee_at_rest_it_changes_nothing() -> None:
    sound = tone(500, LONG, db=-7)
    assert np.max(np.abs(sound)) < KNEE
    assert np.array_equal(through(sound.astype(np.float32)), sound)


def test_three_loud_voices_come_out_as_themselves_and_turned_down_together() -> None:
    voices = [tone(hz, LONG, db=-6) for hz in (300, 700, 1900)]
    out = through(np.sum(voices, axis=0, dtype=np.float32))[FRAME_SAMPLES:]
    levels = [tone_level_db(out, hz) for hz in (300, 700, 1900)]
    assert max(levels) - min(levels) < 0.5
    # Bent peaks would be other tones; the gain makes them rare.
    assert tone_level_db(out, 300 * 3) < levels[0] - 30
    assert min(abs(dominant_hz(out) - hz) for hz in (300, 700, 1900)) < 1


def test_after_a_shout_the_level_returns_within_five_seconds() -> None:
    limiter = Limiter()
    limiter.process(np.full(FRAME_SAMPLES, 1.2e5, dtype=np.float32))
    quiet = tone(500, Samples(FRAME_SAMPLES), db=-20).astype(np.float32)
    for _ in range(250):
        limiter.process(quiet)
    assert limiter.gain == 1.0
    assert np.array_equal(limiter.process(quiet), quiet.astype(np.int16))
