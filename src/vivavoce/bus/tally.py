"""How many listen, summed over the edges. Pure."""

from dataclasses import dataclass, field
from typing import Final

from vivavoce.bus.messages import Count, Report

# After this an edge's listeners are not known to be there: as long as an HLS player counts that
# asks for nothing more. An edge that leaves, or whose connection breaks, counts none at once.
SILENT_AFTER_S: Final = 12.0
# An edge looks at its counts so often, and tells them if they have changed.
LOOK_EVERY_S: Final = 1.0
# Counts that stay are told again after this part of the time in which one is silent, at the next
# look: each may be late by as much again.
SAY_AGAIN: Final = 1 / 3

# Until the parent's hello has come.
UNSAID_S: Final = 5.0


@dataclass(slots=True)
class Sayings:
    """What an edge has told last, and when (monotonic seconds)."""

    silence_s: float = UNSAID_S
    """How long its parent lets it say nothing."""
    _said: tuple[float, Report] | None = None

    def due(self, report: Report, now: float) -> bool:
        """Return whether ``report`` is to be sent now; it counts as told then."""
        if self._said is not None:
            when, what = self._said
            if report == what and now - when < SAY_AGAIN * self.silence_s:
                return False
        self._said = now, report
        return True


@dataclass(slots=True)
class Tally:
    """The last report of each edge and when it came (monotonic seconds)."""

    _reports: dict[int, tuple[float, Report]] = field(default_factory=dict)

    def take(self, edge: int, report: Report, now: float) -> None:
        """Replace what ``edge`` said before."""
        self._reports[edge] = (now, report)

    def drop(self, edge: int) -> None:
        """Forget an edge that left."""
        self._reports.pop(edge, None)

    def shows(self) -> set[str]:
        """Return all shows that any edge has told of."""
        return {show for _, report in self._reports.values() for show in report.counts}

    def count(self, show: str, now: float) -> Count:
        """Return the players of a show over all edges that are not silent."""
        push = hls = mp3 = 0
        for said, report in self._reports.values():
            if now - said >= SILENT_AFTER_S:
                continue
            if one := report.counts.get(show):
                push, hls, mp3 = push + one.push, hls + one.hls, mp3 + one.mp3
        return Count(push, hls, mp3)
