"""The two recorded voices are what the demo says they are."""

import numpy as np
import pytest

from vivavoce.demo.voices import VOICES, Voice, load
from vivavoce.testing import level_db, loud
from vivavoce.testing.decode import decode
from vivavoce.units import FRAME_SAMPLES, SAMPLE_RATE


@pytest.fixture(params=VOICES, ids=lambda voice: str(voice.name))
def voice(request: pytest.FixtureRequest) -> Voice:
    assert isinstance(request.param, Voice)
    return request.param


def test_both_are_as_long_as_each_other_and_about_35_seconds() -> None:
    first, second = (len(load(voice)) for voice in VOICES)
    assert first == second
    assert first * FRAME_SAMPLES / SAMPLE_RATE == pytest.approx(35, abs=5)


def test_each_can_be_heard_and_is_not_too_loud(voice: Voice) -> None:
    pcm = decode(voice.path)
    assert -35 < level_db(pcm) < -20
    assert np.abs(pcm.astype(np.int32)).max() < 32_000
    heard = loud(pcm)
    assert heard is not None
    assert heard.start < 5 * SAMPLE_RATE


def test_they_take_turns_and_once_interrupt_and_once_are_silent() -> None:
    second = SAMPLE_RATE // 4
    tracks = [decode(voice.path) for voice in VOICES]
    speaking = [
        [level_db(t[i : i + second]) > -45 for i in range(0, len(t), second)] for t in tracks
    ]
    both = [a and b for a, b in zip(*speaking, strict=True)]
    nobody = [not (a or b) for a, b in zip(*speaking, strict=True)]
    assert 1 <= sum(both) <= 6
    assert any(all(nobody[i : i + 4]) for i in range(4, len(nobody) - 8))
