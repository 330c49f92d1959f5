"""What an edge on another machine makes of its feed: whole segments, and the lists of them. Pure.

Sound crosses the link once, as parts. Where it came from is asked for a list only to begin with,
and again where parts were missed: how segments are counted is the studio's to say.
"""

from datetime import datetime

from vivavoce.deliver.files import File
from vivavoce.deliver.held import Place
from vivavoce.deliver.lowlatency import LowLatency
from vivavoce.deliver.routes import SegmentFile
from vivavoce.package.live_edge import LiveEdge
from vivavoce.package.playlist import END
from vivavoce.units import PARTS_PER_SEGMENT, PartNumber, SegmentNumber, segment_of


class _Grown:
    """The list of a whole show, grown here since it was fetched."""

    def __init__(self, text: str, last: SegmentNumber) -> None:
        self._pieces = [text]
        self.last = last
        self._file: File | None = None

    def grow(self, edge: LiveEdge, epoch: datetime) -> bool:
        """List what is new; False if something between is not known."""
        lines = edge.more(self.last, epoch)
        if lines is None:
            return False
        if lines and edge.last is not None:
            self._pieces.append(lines)
            self.last, self._file = edge.last, None
        return True

    @property
    def file(self) -> File:
        """The list as it is now; made once for all who ask."""
        if self._file is None:
            self._pieces = ["".join(self._pieces)]
            self._file = File.of(self._pieces[0].encode())
        return self._file


class Gathered:
    """The shows on air, as their parts arrive; ``wanted`` on an edge that has no other files."""

    def __init__(self, low: LowLatency, *, wanted: bool) -> None:
        self._low = low
        self.wanted = wanted
        self._live: dict[Place, tuple[SegmentNumber, File]] = {}
        self._grown: dict[Place, _Grown] = {}

    def edge(self, place: Place) -> LiveEdge | None:
        """Return what is known of a codec of a show on air; None where nothing is gathered."""
        return self._low.edge(*place) if self.wanted else None

    def sound(self, place: Place, number: PartNumber) -> tuple[SegmentFile, bytes] | None:
        """Note that a part has come; return the segment that it made whole, if it did."""
        edge, epoch = self.edge(place), self._low.epoch(place[0])
        if edge is None or epoch is None or (number + 1) % PARTS_PER_SEGMENT:
            return None
        grown = self._grown.get(place)
        if grown is not None and not grown.grow(edge, epoch):
            del self._grown[place]
        segment = segment_of(number)
        body = edge.whole(segment)
        return (SegmentFile(*place, segment), body) if body is not None else None

    def live(self, place: Place) -> File | None:
        """Return the live list, to the byte as where the feed comes from; None if none is."""
        edge, epoch = self.edge(place), self._low.epoch(place[0])
        if edge is None or epoch is None or edge.last is None:
            return None
        kept = self._live.get(place)
        if kept is None or kept[0] != edge.last:
            kept = self._live[place] = (edge.last, File.of(edge.render_plain(epoch).encode()))
        return kept[1]

    def show(self, place: Place) -> File | None:
        """Return the list of the whole show; None if it has to be fetched (``begin``)."""
        edge, epoch, grown = self.edge(place), self._low.epoch(place[0]), self._grown.get(place)
        if edge is None or epoch is None or grown is None or not grown.grow(edge, epoch):
            return None
        return grown.file

    def begin(self, place: Place, fetched: File, last: SegmentNumber) -> File:
        """Go on from a list that was fetched and ends with ``last``; return it as it is now."""
        if self.edge(place) is None or last < 0 or fetched.body.endswith(f"{END}\n".encode()):
            return fetched
        self._grown[place] = _Grown(fetched.body.decode(), last)
        return self.show(place) or fetched

    def forget(self, show: str) -> None:
        """Forget a show that is over."""
        self._live = {place: kept for place, kept in self._live.items() if place[0] != show}
        self._grown = {place: kept for place, kept in self._grown.items() if place[0] != show}
