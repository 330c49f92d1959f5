"""The filler: after three seconds without anybody, softly, and gone when somebody is back."""

import numpy as np

from vivavoce.media import SILENCE
from vivavoce.mix.filler import Filler, breath
from vivavoce.testing import level_db, tone
from vivavoce.units import FRAME_SAMPLES, Samples


def test_it_waits_three_seconds_and_goes_when_somebody_comes() -> None:
    filler = Filler(3.0)
    frames = [filler.fill(SILENCE, onstage=False) for _ in range(600)]
    assert all(frame is SILENCE for frame in frames[:150])
    assert filler.on
    assert -45 < level_db(np.concatenate(frames[300:])) < -33
    voice = tone(440, Samples(FRAME_SAMPLES), db=-20)
    after = [filler.fill(voice, onstage=True) for _ in range(20)]
    assert not filler.on
    assert after[-1] is voice, "what is said is not touched"


def test_its_end_joins_its_beginning() -> None:
    sound = breath().astype(np.int32)
    assert len(sound) % FRAME_SAMPLES == 0
    twice = np.concatenate((sound, sound))
    assert np.max(np.abs(np.diff(twice))) <= np.max(np.abs(np.diff(sound)))


def test_a_sound_of_ones_own_is_played_again_and_again() -> None:
    own = tone(300, Samples(10 * FRAME_SAMPLES), db=-30)
    filler = Filler(0.0, own)
    out = [filler.fill(SILENCE, onstage=False) for _ in range(60)]
    assert np.array_equal(out[40], own[:FRAME_SAMPLES])
    assert np.array_equal(out[50], out[40])
