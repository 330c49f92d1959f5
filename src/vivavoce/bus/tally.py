"""How many listen, summed over the edges. Pure."""

from dataclasses import dataclass, field
from typing import Final

from vivavoce.bus.messages import Count, Report

# After this an edge's listeners are not known to be there.
SILENT_AFTER_S: Final = 5.0
# An edge looks at its counts so often, and tells them if they have changed.
LOOK_EVERY_S: Final = 1.0
# Counts that stay are told again after so long, at the next look. Two in a row must be missed
# before the edge is silent, and one may be late by as much as three seconds.
SAY_AGAIN_S: Final = SILENT_AFTER_S / 2 - LOOK_EVERY_S / 2


@dataclass(slots=True)
class Sayings:
    """What an edge has told last, and when (monotonic seconds)."""

    _said: tuple[float, Report] | None = None

    def due(self, report: Report, now: float) -> bool:
        """Return whether ``report`` is to be sent now; it counts as told then."""
        if self._said is not None:
            when, what = self._said
            if report == what and now - when < SAY_AGAIN_S:
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
