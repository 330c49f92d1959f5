"""When the next tick is due, without drift. Pure; ``clockwork.py`` does the waiting.

Tick n is due at ``start + n * 20 ms``, whatever happened before. Ticks that come late are made up
for at once. A machine that slept is different: what was not heard cannot be made up for, and the
schedule says that it is ``suspended``; whoever owns it begins a new one further on.
"""

from typing import Final

from vivavoce.units import FRAME_SAMPLES, SAMPLE_RATE

TICK_S: Final = FRAME_SAMPLES / SAMPLE_RATE

# Listeners hold one to two seconds; who was away for longer has lost them anyway.
SUSPENDED_S: Final = 2.0


class Schedule:
    """Counts ticks; tick 0 is due at ``start`` (monotonic seconds)."""

    def __init__(self, start: float) -> None:
        self._start = start
        self.made = 0
        """Ticks made since ``start``."""
        self.together = 1
        """How many ticks are to be made at once next, when the last of them is due."""
        self.overruns = 0
        """Ticks made when their successor was due already, beyond those to be made together."""

    def next_at(self) -> float:
        """Return when the next tick is due, or the last of those to be made together."""
        return self._start + (self.made + self.together - 1) * TICK_S

    def suspended(self, now: float) -> bool:
        """Say whether so much is due that it is not to be made up for."""
        return now - self.next_at() > SUSPENDED_S

    def due(self, now: float) -> int:
        """Return how many ticks to make at ``now``, and count them as made."""
        if now < self.next_at():
            return 0
        # At least the next ones: a quotient a rounding error below its whole must not lose one.
        ticks = max(self.together, self._begun(now))
        self.made += ticks
        self.overruns += ticks - self.together
        return ticks

    def rest(self, now: float) -> int:
        """Return how many ticks have fallen due, waited for or not, and count them as made."""
        ticks = max(0, self._begun(now))
        self.made += ticks
        return ticks

    def _begun(self, now: float) -> int:
        return int((now - self._start) / TICK_S) + 1 - self.made
