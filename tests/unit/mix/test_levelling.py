"""Level-matching: everybody comes out alike; pauses and noise move nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vivavoce.mix.levelling import RANGE_DB, TARGET_LUFS, Leveller, ramped
from vivavoce.mix.loudness import Loudness, Sound, energy, lufs
from vivavoce.testing import tone
from vivavoce.units import FRAME_SAMPLES, Samples

NOISE = np.random.default_rng(3)


def sine(db: float, ticks: int = 1, hz: float = 1000) -> list[Sound]:
    pcm = tone(hz, Samples(ticks * FRAME_SAMPLES), db=db).astype(np.float32)
    return list(pcm.reshape(-1, FRAME_SAMPLES))


def noise(db: float) -> Sound:
    return (NOISE.standard_normal(FRAME_SAMPLES) * 32_768 * 10 ** (db / 20)).astype(np.float32)


def test_a_997_hz_sine_at_full_scale_is_3_lufs_below() -> None:
    # ITU-R BS.1770-4 annex 1; -3.01 dBFS is what tone() calls full scale.
    assert lufs(energy(sine(-3.02)[0])) == pytest.approx(-3.01, abs=0.1)


def test_pauses_do_not_count() -> None:
    loudness = Loudness()
    for turn in range(20):
        for frame in sine(-20 if turn % 2 else -60, 150):
            loudness.feed(energy(frame))
    assert loudness.integrated == pytest.approx(-20.0, abs=1)


@settings(max_examples=20, deadline=None)
@given(st.floats(-27, -6))
def test_any_voice_within_range_comes_out_at_the_target(level: float) -> None:
    leveller, out = Leveller(), []
    for frame in sine(level, 500):
        out.append(leveller.process(frame))
    assert lufs(float(np.mean([energy(frame) for frame in out[-100:]]))) == pytest.approx(
        TARGET_LUFS, abs=1
    )


def test_the_gain_ends_at_its_range() -> None:
    leveller = Leveller()
    for frame in sine(-45, 1000):
        leveller.process(frame)
    assert leveller.gain_db <= RANGE_DB + 0.5


def test_nothing_pumps_in_a_pause() -> None:
    leveller = Leveller()
    for frame in sine(-26, 500):
        leveller.process(frame)
    before = leveller.gain_db
    gains = []
    for _ in range(1_500):  # half a minute of room noise
        leveller.process(noise(-58))
        gains.append(leveller.gain_db)
    # The block that holds the last of the speech may move it once more.
    assert max(gains) - min(gains) <= 0.5
    assert gains[-1] == pytest.approx(before, abs=0.5)


def test_after_its_beginning_the_gain_moves_by_1_db_a_second_at_most() -> None:
    leveller, gains = Leveller(), []
    for frame in sine(-26, 500) + sine(-14, 500):
        leveller.process(frame)
        gains.append(leveller.gain_db)
    steps = np.abs(np.diff(gains[500:]))
    assert steps.max() <= 0.1 + 1e-9


@given(st.floats(0, 3), st.floats(0, 3))
def test_a_ramp_begins_and_ends_where_it_is_told(before: float, after: float) -> None:
    out = ramped(np.ones(FRAME_SAMPLES, dtype=np.float32), before, after)
    assert out[0] == pytest.approx(before, abs=1e-4)
    assert out[-1] == pytest.approx(after, abs=1e-4)
