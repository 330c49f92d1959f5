"""How many listen, summed over the edges. Pure."""

from dataclasses import dataclass, field
from typing import Final

from vivavoce.bus.messages import Count, Report

# An edge reports once a second; after five missed reports its listeners are not known to be there.
SILENT_AFTER_S: Final = 5.0


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
