"""Slow level-matching: whoever speaks, quiet or loud, comes out at the same loudness. Pure.

The gain follows the loudness of what was said in the last quarter of a minute of speech. In
pauses it stands still, so that noise is not pumped up; it moves too slowly to be heard moving.
Each voice has a limiter of its own, and what that takes away is added to the gain: a voice of
sharp peaks is to be as loud as a smooth one.
"""

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from vivavoce.mix.limiter import FULL, KNEE, Limiter, bend, highest
from vivavoce.mix.loudness import STEP_FRAMES, Loudness, Sound, energies, energy
from vivavoce.units import FRAME_SAMPLES

TARGET_LUFS: Final = -16.0
"""Of each voice and of the programme: usual for spoken word on line (AES TD1008)."""

RANGE_DB: Final = 12.0
"""Beyond it the microphone is wrong, and more gain would bring up the room."""

# Speech below this is nobody's: a room's noise must not set a level.
_FLOOR_LUFS: Final = -50.0

# A block is judged ten times a second. The first seconds find the level, at 6 dB a second; from
# then on 1 dB a second, which is slower than the loudness of phrases varies.
_FIRST_BLOCKS: Final = 50
_FIRST_STEP_DB: Final = 0.6
_STEP_DB: Final = 0.1
_ENOUGH_BLOCKS: Final = 3
_NEAR_DB: Final = 0.2

# A sharp peak is bent by up to 4 dB, which is not heard in a voice; beyond it the voice is turned
# down as a whole.
_CEILING: Final = 1.3 * FULL

_LOSS_WEIGHT: Final = 1 / 250  # 5 s of speech
_MOST_LOSS_DB: Final = 6.0  # a voice that loses more would only be bent more

_RAMP: Final = np.linspace(0.0, 1.0, FRAME_SAMPLES, dtype=np.float32)


@dataclass(slots=True)
class Leveller:
    """One voice's gain."""

    range_db: float = RANGE_DB
    gain_db: float = 0.0
    loudness: Loudness = field(default_factory=lambda: Loudness(floor=_FLOOR_LUFS))
    limiter: Limiter = field(default_factory=lambda: Limiter(_CEILING))
    most: float = 0.0
    """No sample of the newest frame, levelled and limited, is higher."""
    _factor: float = 1.0
    _put_in: float = 0.0
    _came_out: float = 0.0
    _heard: list[tuple[Sound, float, Sound | None]] = field(default_factory=list)
    """Frames not yet judged: as they came, what they were turned up by in power, and limited."""

    def process(self, frame: Sound, peak: float | None = None) -> Sound:
        """Take the voice's next frame as it came; return it levelled and limited.

        ``peak`` is its highest sample, for whoever knows it already.
        """
        if len(self._heard) == STEP_FRAMES:
            self._judge()
        before = self._factor
        self._factor = float(10 ** (self.gain_db / 20))
        sound = ramped(frame, before, self._factor)
        most = (highest(frame) if peak is None else peak) * max(before, self._factor)
        gains = self.limiter.gains(sound, most)
        if gains is not None:
            sound = sound * gains
        loud = most > KNEE and (gains is not None or highest(sound) > KNEE)
        bent = bend(sound) if loud else sound
        self.most = min(most, FULL if loud else KNEE)
        changed = gains is not None or loud
        self._heard.append((frame, before * self._factor, bent if changed else None))
        return bent

    def _judge(self) -> None:
        """Reckon with the last frames, in one go: the gain moves no more often than that."""
        heard, self._heard = self._heard, []
        came = energies([frame for frame, _, _ in heard])
        for energy_in, (_, power, limited) in zip(came, heard, strict=True):
            if self.loudness.feed(energy_in):
                self._move()
            if self.loudness.speaking:
                put_in = energy_in * power
                out = put_in if limited is None else energy(limited)
                self._put_in += _LOSS_WEIGHT * (put_in - self._put_in)
                self._came_out += _LOSS_WEIGHT * (out - self._came_out)

    @property
    def loss_db(self) -> float:
        """What the limiter takes away of what is said."""
        if not 0 < self._came_out < self._put_in:
            return 0.0
        return min(_MOST_LOSS_DB, 10 * math.log10(self._put_in / self._came_out))

    def _move(self) -> None:
        known = self.loudness
        if not known.speaking or known.integrated is None or known.blocks < _ENOUGH_BLOCKS:
            return
        wanted = max(-self.range_db, min(self.range_db, TARGET_LUFS - known.integrated))
        error = wanted + self.loss_db - self.gain_db
        if abs(error) < _NEAR_DB:
            return
        step = _FIRST_STEP_DB if known.blocks <= _FIRST_BLOCKS else _STEP_DB
        self.gain_db += max(-step, min(step, error))


def ramped(frame: Sound, before: float, after: float) -> Sound:
    """Return ``frame`` times a factor that goes from ``before`` to ``after`` in a straight line."""
    if before == after:
        return frame if after == 1.0 else frame * np.float32(after)
    return frame * (np.float32(before) + np.float32(after - before) * _RAMP)
