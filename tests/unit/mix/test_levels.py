import math

import numpy as np
import pytest

from vivavoce.media import SILENCE
from vivavoce.mix.levels import SILENT_DB, WINDOW_FRAMES, LevelMeter, frame_db, measured
from vivavoce.testing import tone
from vivavoce.units import FRAME_SAMPLES, Samples


@pytest.mark.parametrize("db", [-6.0, -20.0, -50.0])
def test_a_tone_reads_its_own_level(db: float) -> None:
    meter = LevelMeter()
    sound = tone(1000, Samples(WINDOW_FRAMES * FRAME_SAMPLES), db=db)
    for frame in sound.reshape(-1, FRAME_SAMPLES):
        meter.feed(*measured(frame))
        assert frame_db(measured(frame)[0]) == pytest.approx(db, abs=0.05)
    assert meter.rms_db == pytest.approx(db, abs=0.05)
    assert meter.peak_db == pytest.approx(db + 20 * math.log10(math.sqrt(2)), abs=0.2)


def test_the_reading_is_of_the_last_200_ms_alone() -> None:
    meter = LevelMeter()
    meter.feed(*measured(np.full(FRAME_SAMPLES, 20_000, dtype=np.int16)))
    for _ in range(WINDOW_FRAMES):
        meter.feed(*measured(SILENCE))
    assert meter.rms_db == meter.peak_db == SILENT_DB


def test_nothing_heard_is_silence_and_full_scale_is_0_db() -> None:
    meter = LevelMeter()
    assert meter.rms_db == meter.peak_db == SILENT_DB
    meter.feed(*measured(np.full(FRAME_SAMPLES, -32_768, dtype=np.int16)))
    assert meter.rms_db == meter.peak_db == 0.0
    meter.clear()
    assert meter.rms_db == SILENT_DB


def test_a_meter_is_silent_once_more_silence_would_change_nothing() -> None:
    meter = LevelMeter()
    for sound in (np.full(FRAME_SAMPLES, 20_000, dtype=np.int16), SILENCE, SILENCE):
        meter.feed(*measured(sound))
        assert not meter.silent
    while not meter.silent:
        meter.feed(0.0, 0)
    assert meter.rms_db == meter.peak_db == SILENT_DB
    meter.feed(*measured(np.full(FRAME_SAMPLES, 1, dtype=np.int16)))
    assert not meter.silent
