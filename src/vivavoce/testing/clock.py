"""A clock that stands still until it is told otherwise."""

from datetime import UTC, datetime, timedelta
from typing import Final

# A moment that is a whole number of milliseconds and of 320 ms parts after 1970.
_START: Final = datetime(2024, 8, 13, 0, 42, tzinfo=UTC)


class FakeClock:
    """A ``vivavoce.clock.Clock`` whose two times move only by ``advance``, and together."""

    def __init__(self, now: float = 1000.0, wall: datetime = _START) -> None:
        if wall.tzinfo is None:
            raise ValueError("wall must be timezone-aware")
        self._now = now
        self._wall = wall

    def now(self) -> float:
        """Return the monotonic time, in seconds."""
        return self._now

    def wall(self) -> datetime:
        """Return the time of day, UTC."""
        return self._wall

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` pass on both clocks; a negative number is a ``ValueError``."""
        if seconds < 0:
            raise ValueError("time does not go backwards; see set_wall")
        self._now += seconds
        self._wall += timedelta(seconds=seconds)

    def set_wall(self, wall: datetime) -> None:
        """Set the time of day alone, forwards or backwards, as an operator or NTP does."""
        if wall.tzinfo is None:
            raise ValueError("wall must be timezone-aware")
        self._wall = wall
