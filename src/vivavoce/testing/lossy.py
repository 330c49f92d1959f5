"""What a bad network does to packets, decided in advance by a seed.

Pure: it says when each packet would arrive, if at all; whoever holds the packets delivers them.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, TypeVar

T = TypeVar("T")

NEVER: Final = float("inf")


@dataclass(frozen=True, slots=True)
class Fate:
    """When one packet arrives, in seconds after it was sent; ``NEVER`` if it is lost."""

    delays: tuple[float, ...]
    """One delay, two for a packet that the network duplicates, none for a lost one."""

    @property
    def lost(self) -> bool:
        """Whether nothing of it arrives."""
        return not self.delays


@dataclass(slots=True)
class LossyLink:
    """Fates of packets, the same for the same seed.

    ``loss`` and ``duplicate`` are probabilities; losses come in bursts of ``burst`` packets on
    average (Gilbert's model: a good and a bad state, everything in the bad one is lost).
    ``delay_s`` is the shortest way; up to ``jitter_s`` is added to each packet on its own, so that
    packets sent closer together than that may overtake each other.
    """

    seed: int
    loss: float = 0.0
    burst: float = 1.0
    delay_s: float = 0.0
    jitter_s: float = 0.0
    duplicate: float = 0.0
    _random: random.Random = field(init=False, repr=False)
    _bad: bool = field(default=False, init=False, repr=False)

    def __post_init__(self) -> None:
        if not (0 <= self.loss < 1 and self.burst >= 1 and 0 <= self.duplicate <= 1):
            raise ValueError("loss in [0, 1), burst at least 1, duplicate in [0, 1]")
        self._random = random.Random(self.seed)  # noqa: S311  it must repeat, not surprise

    def fate(self) -> Fate:
        """Decide what becomes of the next packet."""
        if self._step():
            return Fate(())
        copies = 2 if self._random.random() < self.duplicate else 1
        return Fate(
            tuple(self.delay_s + self._random.random() * self.jitter_s for _ in range(copies))
        )

    def deliver(self, packets: Iterable[tuple[float, T]]) -> list[tuple[float, T]]:
        """Take ``(sent at, packet)`` and return ``(arrives at, packet)`` in order of arrival."""
        arrivals = [
            (sent + delay, packet) for sent, packet in packets for delay in self.fate().delays
        ]
        return sorted(arrivals, key=lambda arrival: arrival[0])

    def _step(self) -> bool:
        # Leaving the bad state with probability 1/burst gives bursts of that mean length; the
        # way in follows from the wanted share p of lost packets: p = into / (into + out).
        out = 1 / self.burst
        into = min(1.0, out * self.loss / (1 - self.loss))
        self._bad = self._random.random() < (1 - out if self._bad else into)
        return self._bad
