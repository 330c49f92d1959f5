"""A limit on how often: a token bucket. Pure."""

from dataclasses import dataclass


@dataclass(slots=True)
class Rate:
    """Lets ``per_s`` things a second through, and as many at once after a pause."""

    per_s: float
    _tokens: float | None = None
    _last: float = 0.0

    def allows(self, now: float) -> bool:
        """Take one token at ``now`` if there is one."""
        if self._tokens is None:
            self._tokens, self._last = self.per_s, now
        self._tokens = min(self.per_s, self._tokens + max(0.0, now - self._last) * self.per_s)
        self._last = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
