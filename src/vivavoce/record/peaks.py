"""The waveform: one byte a part, 0 for -60 dBFS and less, 255 for full scale. Pure."""

import math
from typing import Final

from vivavoce.media import SILENCE, Frame
from vivavoce.units import PART_SAMPLES, PartNumber, Samples, part_at

_FLOOR_DB: Final = -60.0

# Who sets a clock wrong by years does not get a file of gigabytes: a month and a half.
_MOST: Final = PartNumber(48_000 * 86_400 * 45 // PART_SAMPLES)


class Peaks:
    """Takes the programme's frames; ``made`` has the parts that are whole, with their bytes."""

    def __init__(self) -> None:
        self.made: list[tuple[PartNumber, int]] = []
        self._part = PartNumber(-1)
        self._peak = 0

    def take(self, time: Samples, frame: Frame) -> None:
        """Take the frame at ``time``."""
        part = part_at(time)
        if part != self._part:
            self.close()
            self._part = part
        if frame is not SILENCE:
            self._peak = max(self._peak, int(frame.max()), -int(frame.min()))

    def close(self) -> None:
        """End the part begun."""
        if 0 <= self._part < _MOST:
            self.made.append((self._part, byte_of(self._peak)))
        self._part, self._peak = PartNumber(-1), 0


def byte_of(peak: int) -> int:
    """Return the byte for a peak of 0 to 32,768."""
    if peak <= 0:
        return 0
    db = 20 * math.log10(peak / 32_768)
    return round(255 * min(1.0, max(0.0, 1 - db / _FLOOR_DB)))
