"""A soft limiter: whatever the sum, the programme stays inside 16 bits, bent and never cut. Pure.

Two stages. A gain follows the peaks of the frames, down at once and up slowly, so that two loud
voices together are turned down as one. What the gain, moving across a frame, has not caught yet
is bent by a curve that is straight below ``KNEE`` and never reaches full scale.
"""

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from vivavoce.media import Frame
from vivavoce.units import FRAME_SAMPLES

Sum = npt.NDArray[np.float32]
"""A sum of frames, in steps of int16, shape ``(960,)``; may lie far outside of int16."""

Gains = npt.NDArray[np.float32]
"""One factor for each sample of a frame, shape ``(960,)``."""

FULL: Final = 32_767.0

# -1.5 dBFS peak: most voices at -16 LUFS are not touched; what codecs add at peaks has room.
KNEE: Final = 0.841 * FULL

# Up by 0.4 dB a frame, 20 dB a second: a single peak does not turn the next syllable down.
_RECOVERY: Final = 10 ** (0.4 / 20)

# The way down takes 2 ms: a step in gain would click.
_ATTACK: Final = 96
_MOVE = np.minimum(np.arange(1, FRAME_SAMPLES + 1, dtype=np.float32) / _ATTACK, 1.0)


class Limiter:
    """Turns sums into frames; holds the gain between frames.

    Peaks are turned down to ``ceiling``; what of it lies above ``KNEE`` is left to the curve.
    """

    def __init__(self, ceiling: float = KNEE) -> None:
        self._ceiling = ceiling
        self.gain = 1.0
        """The factor at the end of the last frame, in (0, 1]."""

    def process(self, total: Sum) -> Frame:
        """Return ``total`` as a frame; what is below ``KNEE`` at rest is returned unchanged."""
        return limited(total, self.gains(total))

    def gains(self, total: Sum, most: float = math.inf) -> Gains | None:
        """Return the factors for this frame, ``None`` for a frame that is to stay as it is.

        A mix that leaves one voice out is given the same factors as the whole, so that both sound
        alike and are equal where that voice is silent. ``most``: no sample is known to be higher.
        """
        if self.gain == 1.0 and most <= self._ceiling:
            return None
        peak = highest(total)
        if self.gain == 1.0 and peak <= self._ceiling:
            return None
        wanted = min(1.0, self.gain * _RECOVERY, self._ceiling / peak if peak else 1.0)
        gains = np.float32(self.gain) + np.float32(wanted - self.gain) * _MOVE
        self.gain = wanted
        return gains


def highest(sound: Sum) -> float:
    """Return the highest sample, whatever its sign."""
    # The methods max() and min() go through Python to get here.
    return max(float(np.maximum.reduce(sound)), -float(np.minimum.reduce(sound)))


def limited(total: Sum, gains: Gains | None, most: float = math.inf) -> Frame:
    """Return ``total`` with the factors applied, bent into 16 bits.

    ``most``: no sample of ``total`` is known to be higher.
    """
    if gains is not None:
        total = total * gains
    if most > KNEE and highest(total) > KNEE:
        total = bend(total)
    return np.rint(total).astype(np.int16)


def bend(sound: Sum) -> Sum:
    """Return ``sound`` with all beyond ``KNEE`` bent under ``FULL``: monotone, odd, smooth."""
    room = np.float32(FULL - KNEE)
    over = np.maximum(np.abs(sound) - np.float32(KNEE), 0.0)
    inside = np.minimum(np.abs(sound), np.float32(KNEE))
    bent: Sum = np.copysign(inside + room * np.tanh(over / room), sound).astype(np.float32)
    return bent
