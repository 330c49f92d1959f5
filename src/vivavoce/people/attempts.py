"""How often somebody may try a key: a token bucket per caller, in bounded memory. Pure."""

from collections import OrderedDict
from typing import Final

# A person mistypes a few times a minute; a program that guesses is held to one try in six seconds.
BURST: Final = 10
PER_S: Final = 1 / 6

# 4,096 callers of about 200 bytes are under 1 MB. Above that the one seen longest ago is forgotten,
# which at worst gives an attacker with thousands of addresses some more tries at 192 bits.
CALLERS: Final = 4_096


class Attempts:
    """Buckets of tries by caller; a caller is any text, such as an address."""

    def __init__(self, *, burst: int = BURST, per_s: float = PER_S, callers: int = CALLERS) -> None:
        self._burst = burst
        self._per_s = per_s
        self._callers = callers
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self.refused = 0
        """How many tries were refused since the start."""

    def __len__(self) -> int:
        return len(self._buckets)

    def allow(self, caller: str, now: float) -> bool:
        """Take one try of ``caller`` at ``now`` (monotonic seconds); ``False`` if none is left."""
        left, since = self._buckets.pop(caller, (float(self._burst), now))
        left = min(float(self._burst), left + (now - since) * self._per_s)
        allowed = left >= 1
        self._buckets[caller] = (left - 1 if allowed else left, now)
        if len(self._buckets) > self._callers:
            self._buckets.popitem(last=False)
        self.refused += not allowed
        return allowed
