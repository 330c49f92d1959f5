"""How long to wait before trying again: growing, capped, jittered. Pure."""

import random as _random
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Backoff:
    """Waits that double from ``first_s`` to ``cap_s``, each drawn from its upper half.

    The half keeps many who failed together from coming back together, and still bounds the wait
    from below. Whatever ran for ``settled_s`` is taken for healthy: its next wait is short again.
    """

    first_s: float
    cap_s: float
    settled_s: float
    random: Callable[[], float] = field(default=_random.random)
    failures: int = 0
    _started: float | None = None

    def started(self, now: float) -> None:
        """Note that an attempt began at ``now`` (monotonic seconds)."""
        self._started = now

    def next(self, now: float) -> float:
        """Return the seconds to wait after an attempt that ended at ``now``."""
        if self._started is not None and now - self._started >= self.settled_s:
            self.failures = 0
        # 2**30 is far above any cap; the bound keeps the float finite for ever.
        whole = min(self.cap_s, self.first_s * 2.0 ** min(self.failures, 30))
        self.failures += 1
        return whole * (0.5 + 0.5 * self.random())
