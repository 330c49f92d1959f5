"""Where a show's sound goes on after it began, stopped or slept. Pure.

Anybody who knows the epoch can number the next part; that is all that a restarted studio needs.
"""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from vivavoce.mix.schedule import SUSPENDED_S
from vivavoce.units import PART_SAMPLES, SAMPLE_RATE, PartNumber, Samples, samples

PART_S: Final = PART_SAMPLES / SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Beginning:
    """The first part of an unbroken run, and when (monotonic) its first sample is due."""

    first: PartNumber
    start: float


def media_time(epoch: datetime, wall: datetime) -> Samples:
    """Return the media time at ``wall``; negative before the epoch."""
    return samples((wall - epoch).total_seconds())


def begin(elapsed_s: float, now: float, next_part: PartNumber | None) -> Beginning:
    """Say where to go on, ``elapsed_s`` seconds (by the wall clock) after the epoch.

    ``next_part`` is the first number that was never given away, None for a show that has had no
    part. A new show begins with part 0 and catches up. Any other goes on with the first part that
    lies wholly ahead; if the wall clock was put back, with ``next_part``, at once.
    """
    if next_part is None and elapsed_s <= SUSPENDED_S:
        return Beginning(PartNumber(0), now - max(0.0, elapsed_s))
    ahead = PartNumber(math.floor(elapsed_s / PART_S) + 1)
    if next_part is not None and next_part > ahead:
        return Beginning(next_part, now)
    return Beginning(ahead, now + ahead * PART_S - elapsed_s)


def slept(elapsed_s: float, time: Samples) -> bool:
    """Say whether the sound, at ``time``, has fallen behind the wall clock.

    A sleeping machine's monotonic clock stands still on some systems; the wall clock tells.
    """
    return elapsed_s - time / SAMPLE_RATE > SUSPENDED_S
