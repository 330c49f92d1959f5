"""A peer's share of the server's time: so many datagrams a second, the rest unread. Pure."""

from dataclasses import dataclass


@dataclass(slots=True)
class Budget:
    """Allows ``per_second`` in each window of a second."""

    per_second: int
    _began: float = float("-inf")
    _left: int = 0

    def affordable(self, now: float) -> bool:
        """Count one at ``now``; whether it is within the share."""
        if now - self._began >= 1.0:
            self._began, self._left = now, self.per_second
        self._left -= 1
        return self._left >= 0
