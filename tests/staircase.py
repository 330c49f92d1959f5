"""A sound that says which second of itself it is: two seconds of each frequency, one after another.

Whatever is lost, doubled, reordered or late on its way from a microphone to an ear shows in the
steps that come out.
"""

import wave
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from typing import Final

import numpy as np

from vivavoce.media import Pcm
from vivavoce.testing.tones import dominant_hz, level_db, tone
from vivavoce.units import SAMPLE_RATE, Samples

STEP_S: Final = 2.0
LOWEST_HZ: Final = 400
RISE_HZ: Final = 60
STEPS: Final = 60

# 50 ms: 2.5 periods of the difference between two steps, enough to tell them apart.
_LOOK: Final = 2_400


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch of one frequency: step ``number`` from ``start_s`` to ``end_s`` of a recording."""

    number: int
    start_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        """How long it lasts, to 50 ms."""
        return self.end_s - self.start_s


def staircase(db: float = -20.0, steps: int = STEPS) -> Pcm:
    """Make it; a step holds a whole number of periods, so there is no click between two."""
    length = Samples(int(STEP_S * SAMPLE_RATE))
    return np.concatenate([tone(LOWEST_HZ + RISE_HZ * n, length, db=db) for n in range(steps)])


def climb(pcm: Pcm, *, below_db: float = -50.0) -> list[Step]:
    """Return the steps that are heard in ``pcm``, in order; one with a hole in it is one step."""
    looks = [_step(pcm[at : at + _LOOK], below_db) for at in range(0, len(pcm) - _LOOK, _LOOK)]
    found: list[Step] = []
    at = 0
    for number, group in groupby(looks):
        count = len(list(group))
        # A single look may fall on the edge of two steps, or on a click, and show neither.
        if number is not None and count > 1:
            start = found.pop().start_s if found and found[-1].number == number else _s(at)
            found.append(Step(number, start, _s(at + count)))
        at += count
    return found


def unbroken(steps: Sequence[Step], *, speed: float = 1.0) -> bool:
    """Whether ``steps`` are consecutive, and all but the outer two as long as they should be."""
    consecutive = all(after.number == before.number + 1 for before, after in pairwise(steps))
    whole = all(abs(step.length_s - STEP_S / speed) <= 0.2 for step in steps[1:-1])
    return consecutive and whole


def write_wav(path: Path, pcm: Pcm) -> Path:
    """Write mono int16 48 kHz; return ``path``."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(pcm.tobytes())
    return path


def _s(looks: int) -> float:
    return looks * _LOOK / SAMPLE_RATE


def _step(pcm: Pcm, below_db: float) -> int | None:
    if level_db(pcm) < below_db:
        return None
    number = (dominant_hz(pcm) - LOWEST_HZ) / RISE_HZ
    return round(number) if abs(number - round(number)) < 0.25 else None
