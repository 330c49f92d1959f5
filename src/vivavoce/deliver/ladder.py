"""The dial between delay and scale: how much sound is sent at once, by how long that takes. Pure.

A send costs the same whatever it holds, so the longer the batch, the more listeners a core has.
Nobody is refused because of it: they hear the same sound, up to 1.6 s later.
"""

from dataclasses import dataclass
from typing import Final

STEPS: Final = (1, 3, 6)
"""Parts in a batch: 320, 960 and 1,920 ms. Whole segments hold whole batches of each."""

_PART_S: Final = 0.32

# Half of the time spent in sweeps leaves the other half for joins, and the last listener of a sweep
# of 160 ms within the 250 ms that we allow ourselves.
UP: Final = 0.5
# With the shorter batch at most this: far enough from UP that the next step is not up again.
DOWN: Final = 0.25
# A batch that reached its last listener later than this was late, whatever the load.
LATE_S: Final = 0.25

# Up within two batches, so that a crowd is felt for a moment only; down after the calm has lasted,
# since each change is a change of every listener's delay.
_LOOKS_UP: Final = 2
_CALM_S: Final = 30.0


@dataclass(slots=True)
class Ladder:
    """Where the dial stands. With ``fixed`` (parts) it stays there."""

    fixed: int | None = None
    parts: int = STEPS[0]
    """Parts in a batch now."""
    steps: int = 0
    """How often it was turned."""
    _looked: tuple[float, float] | None = None
    _hot: int = 0
    _calm_since: float | None = None
    _late_s: float = 0.0

    def __post_init__(self) -> None:
        if self.fixed is not None:
            self.parts = self.fixed

    @property
    def batch_ms(self) -> int:
        """Sound in a batch, in milliseconds."""
        return self.parts * 320

    def look(self, *, busy_s: float, late_s: float, now: float) -> bool:
        """Judge the time since the last look; return whether the dial was turned.

        ``busy_s`` is the time spent in sweeps since the start, ``late_s`` how long the slowest
        sweep took of late. A look that comes before two batches are over is no look.
        """
        if self.fixed is not None:
            return False
        self._late_s = max(self._late_s, late_s)
        if self._looked is None or now < self._looked[0]:
            self._looked = (now, busy_s)
            return False
        since, before = self._looked
        if now - since < 2 * self.parts * _PART_S:
            return False
        self._looked = (now, busy_s)
        late_s, self._late_s = self._late_s, 0.0
        return self._judge((busy_s - before) / (now - since), late_s, now)

    def _judge(self, load: float, late_s: float, now: float) -> bool:
        at = STEPS.index(self.parts)
        hot = load > UP or late_s > LATE_S
        self._hot = self._hot + 1 if hot else 0
        shorter = STEPS[at - 1] if at else None
        calm = shorter is not None and not hot and load * self.parts / shorter < DOWN
        if not calm:
            self._calm_since = None
        elif self._calm_since is None:
            self._calm_since = now
        if self._hot >= _LOOKS_UP and at + 1 < len(STEPS):
            return self._turn(STEPS[at + 1])
        if shorter is not None and self._calm_since is not None:
            return now - self._calm_since >= _CALM_S and self._turn(shorter)
        return False

    def _turn(self, parts: int) -> bool:
        self.parts, self._hot, self._calm_since = parts, 0, None
        self.steps += 1
        return True
