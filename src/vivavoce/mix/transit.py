"""How long packets are on their way, and how much of that nearly all of them need. Pure."""

from dataclasses import dataclass, field
from typing import Final

_MEMORY: Final = 500  # packets, 10 s: drift stays below 2 ms in it at 200 ppm
_REVIEW: Final = 25  # packets between two reviews of them
_FEW: Final = 2 * _REVIEW
_NEARLY_ALL: Final = 0.99
_TOGETHER_S: Final = 0.005  # a quarter of a packet: they were held up together


@dataclass(slots=True)
class Transits:
    """The newest transits: arrival minus media time, seconds from an arbitrary zero."""

    needed: float | None = None
    """What nearly all recent packets stayed below; all of them while they are few."""
    _values: list[float] = field(default_factory=list)
    _slot: int = 0
    _last: float = float("-inf")
    _at: float = float("-inf")

    @property
    def few(self) -> bool:
        """Whether too few are known to tell the usual from the rare."""
        return len(self._values) < _FEW

    @property
    def least(self) -> float:
        """The shortest; there must be one."""
        return min(self._values)

    def observe(self, transit: float, now: float) -> None:
        """Take one more, of a packet that came at ``now``.

        Packets that come in one go after a stall were late for one reason: the first speaks for
        all, or else a single stall would count as often as it is long.
        """
        together = now - self._at < _TOGETHER_S and transit < self._last
        self._last, self._at = transit, now
        if together and self.needed is not None:
            return
        if len(self._values) < _MEMORY:
            self._values.append(transit)
        else:
            self._values[self._slot] = transit
        self._slot = (self._slot + 1) % _MEMORY
        if len(self._values) < _FEW:
            self.needed = transit if self.needed is None else max(self.needed, transit)
        elif self._slot % _REVIEW == 0:
            self.needed = sorted(self._values)[int(_NEARLY_ALL * (len(self._values) - 1))]
