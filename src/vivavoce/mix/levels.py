"""How loud it is: RMS and peak of the last 200 ms, in dBFS. Pure.

0 dBFS is the RMS of a full-scale square wave; a full-scale sine is at -3.0.
"""

import math
from collections import deque
from typing import Final

import numpy as np

from vivavoce.media import SILENCE, Frame
from vivavoce.mix.limiter import Sum
from vivavoce.units import FRAME_SAMPLES

WINDOW_FRAMES: Final = 10  # 200 ms: long enough to hold a syllable, short enough to follow one
SILENT_DB: Final = -96.0  # below one step of 16 bits (-90.3); said instead of minus infinity

_FULL_SCALE: Final = 32_768.0


class LevelMeter:
    """Measures one sound, frame by frame."""

    def __init__(self) -> None:
        self._energy: deque[float] = deque(maxlen=WINDOW_FRAMES)
        self._peaks: deque[int] = deque(maxlen=WINDOW_FRAMES)
        self._still = 0
        self.silent = False
        """The window is full of silence: more of it would change nothing."""

    def feed(self, energy: float, peak: int) -> None:
        """Take the next 20 ms, by what ``measured`` says of it."""
        self._energy.append(energy)
        self._peaks.append(peak)
        self._still = 0 if energy else self._still + 1
        self.silent = self._still >= WINDOW_FRAMES

    @property
    def rms_db(self) -> float:
        """RMS of the window; frames not yet heard do not count."""
        count = len(self._energy) * FRAME_SAMPLES
        return _db(math.sqrt(sum(self._energy) / count)) if count else SILENT_DB

    @property
    def peak_db(self) -> float:
        """The highest sample of the window."""
        return _db(max(self._peaks, default=0))

    def clear(self) -> None:
        """Begin again, with nothing heard."""
        self._energy.clear()
        self._peaks.clear()
        self._still, self.silent = 0, False


def measured(frame: Frame | Sum) -> tuple[float, int]:
    """Return one frame's sum of squares and its highest sample; ``SILENCE`` costs nothing."""
    if frame is SILENCE:
        return 0.0, 0
    sound = frame.astype(np.float32, copy=False)
    peak = max(np.maximum.reduce(sound), -np.minimum.reduce(sound))
    return float(np.dot(sound, sound)), int(peak)


def frame_db(energy: float) -> float:
    """Return the RMS in dBFS of one frame, by its sum of squares."""
    return _db(math.sqrt(energy / FRAME_SAMPLES)) if energy else SILENT_DB


def _db(amplitude: float) -> float:
    if amplitude <= 0:
        return SILENT_DB
    return max(SILENT_DB, 20 * math.log10(amplitude / _FULL_SCALE))
