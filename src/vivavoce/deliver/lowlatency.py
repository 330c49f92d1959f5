"""Low-latency HLS: the live edges of all shows, and the answers made from them. Pure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from vivavoce.card import ShowCard, State
from vivavoce.deliver.directives import Directives
from vivavoce.deliver.files import CONDITIONS, IMMUTABLE, File, answer
from vivavoce.deliver.held import Hold, Place
from vivavoce.deliver.http import Response
from vivavoce.deliver.renderings import Renderings, takes_gzip
from vivavoce.deliver.routes import PartFile, SegmentFile
from vivavoce.deliver.totals import Totals
from vivavoce.errors import PeerError
from vivavoce.media import SEGMENTED, Codec, Part
from vivavoce.package.delta import delta
from vivavoce.package.live_edge import Listed, LiveEdge, Position
from vivavoce.package.playlist import MIME
from vivavoce.units import PARTS_PER_SEGMENT, PartNumber, first_part_of

SOUND_TYPE: Final = "audio/mp4"

# RFC 8216bis, appendix B.1: half a target duration, and six of them for an answer that was waited
# for, whose address is never asked for again once the next one is known.
_AT_ONCE: Final = ("Cache-Control", "public, max-age=1")
_WAITED_FOR: Final = ("Cache-Control", "public, max-age=12")

_HOLDS_KEPT: Final = 64


class LowLatency:
    """The live edges of the shows that are on air, if this edge wants them."""

    def __init__(
        self, totals: Totals, renderings: Renderings, *, wanted: bool, parts: bool = True
    ) -> None:
        self._totals = totals
        self._renderings = renderings
        self._wanted = wanted
        self.parts = parts
        """Whether lists name parts; without it live edges are kept for their segments alone."""
        self._edges: dict[Place, LiveEdge] = {}
        self._epochs: dict[str, datetime] = {}
        # Of each place the newest version alone.
        self._lists: dict[Place, tuple[int, File]] = {}
        self._answers: dict[tuple[Place, str], tuple[int, Response]] = {}
        # Of the newest version, what each form of asking has to wait for.
        self._holds: dict[Place, tuple[int, dict[tuple[int, int | None, str], Hold]]] = {}

    def __len__(self) -> int:
        return len(self._epochs)

    def card(self, card: ShowCard) -> list[Place]:
        """Take a show's card; return the places where nothing will come any more."""
        if card.state is State.LIVE and card.epoch_ms is not None and self._wanted:
            self._epochs[card.show] = datetime.fromtimestamp(card.epoch_ms / 1000, UTC)
            for codec in SEGMENTED:
                self._edges.setdefault((card.show, codec), LiveEdge(codec))
            return []
        return self.forget(card.show)

    def forget(self, show: str) -> list[Place]:
        """Forget a show; return its places."""
        self._epochs.pop(show, None)
        places: list[Place] = [(show, codec) for codec in SEGMENTED if (show, codec) in self._edges]
        for place in places:
            del self._edges[place]
            self._lists.pop(place, None)
            self._holds.pop(place, None)
        self._answers = {key: kept for key, kept in self._answers.items() if key[0][0] != show}
        return places

    def sound(self, show: str, codec: Codec, number: int, body: bytes) -> Place | None:
        """Take a part; return its place if there is one."""
        edge = self._edges.get((show, codec))
        if edge is None:
            return None
        edge.push(Part(codec, PartNumber(number), body))
        return (show, codec)

    def edge(self, show: str, codec: Codec | None) -> LiveEdge | None:
        """Return the live edge of a codec, or None."""
        return self._edges.get((show, codec)) if codec is not None else None

    def epoch(self, show: str) -> datetime | None:
        """Return the time of a show's first sample; None for one that is not on air."""
        return self._epochs.get(show)

    def anchor(self, show: str, edge: LiveEdge, listed: Sequence[Listed]) -> None:
        """Show an edge what the disk lists; the other codec's, if it knows nothing, learns of it.

        Its files are cut alike, but the newest may be a moment behind.
        """
        edge.anchor(listed)
        for codec in SEGMENTED:
            other = self._edges.get((show, codec))
            if other is not None and other.position is None:
                other.anchor(listed[:-1])

    def position(self, place: Place) -> Position | None:
        """Return how far the list is; None where there is none, or nothing in it."""
        edge = self._edges.get(place)
        return edge.position if edge is not None else None

    def waits(self, place: Place) -> bool:
        """Return whether the disk has to be looked at."""
        edge = self._edges.get(place)
        return edge is not None and edge.waits

    def playlist(
        self, show: str, edge: LiveEdge, asked: Directives, headers: Mapping[str, str]
    ) -> Response | Hold:
        """Answer a request for the list, now or later; ``PeerError`` 400 for the far future."""
        place = (show, edge.codec)
        form = f"{'delta' if asked.skip else 'whole'}{' gzip' if takes_gzip(headers) else ''}"
        if asked.sequence is None:
            return self._list(place, form)
        key = (asked.sequence, asked.part, form)
        version, known = self._holds.get(place, (-1, {}))
        if version == edge.version and (hold := known.get(key)) is not None:
            return hold  # all who wait for the same part ask alike
        answer = self._asked(place, edge, asked, form)
        if isinstance(answer, Hold):
            if version != edge.version or len(known) >= _HOLDS_KEPT:
                known = {}
            known[key] = answer
            self._holds[place] = (edge.version, known)
        return answer

    def _asked(self, place: Place, edge: LiveEdge, asked: Directives, form: str) -> Response | Hold:
        assert asked.sequence is not None
        wanted = edge.asked(asked.sequence, asked.part)
        if edge.too_far(wanted, asked.sequence):
            raise PeerError("too_early", "The playlist will not be there for long; ask later.")
        hold = Hold(place, wanted, f"{form} waited")
        position = edge.position
        listed = position is not None and wanted <= position
        return self._list(place, hold.form) if listed else hold

    def part(self, wanted: PartFile, headers: Mapping[str, str]) -> Response | Hold:
        """Answer a request for a part: now, as soon as it is made if it is hinted, or 404."""
        edge = self._edges.get((wanted.show, wanted.codec)) if self.parts else None
        number = first_part_of(wanted.segment) + wanted.place
        body = edge.part(number) if edge is not None else None
        if body is not None and not CONDITIONS.isdisjoint(headers):
            return _sound(File.of(body), headers)
        if body is not None:
            place = (wanted.show, wanted.codec)
            return self._kept(place, "part", number, lambda: _sound(File.of(body), {}))
        if edge is not None and edge.hint == number and edge.position is not None:
            next_part = edge.position.ordinal + 1
            until = Position(*divmod(next_part, PARTS_PER_SEGMENT))
            return Hold((wanted.show, wanted.codec), until, "part", number)
        raise PeerError("sound_missing", "This show has no such sound, or not yet.", status=404)

    def segment(self, wanted: SegmentFile) -> bytes | None:
        """Return a segment that is listed here and not yet on disk, perhaps."""
        edge = self._edges.get((wanted.show, wanted.codec))
        return edge.segment(wanted.number) if edge is not None else None

    def fulfil(self, hold: Hold) -> Response | None:
        """Return the answer to a request that waited; the same one to all alike. None if gone."""
        edge = self._edges.get(hold.place)
        if edge is None:
            return None
        if hold.part is None:
            return self._list(hold.place, hold.form)
        body = edge.part(hold.part)
        if body is None:
            return None
        return self._kept(hold.place, "part", hold.part, lambda: _sound(File.of(body), {}))

    def _list(self, place: Place, form: str) -> Response:
        version = self._edges[place].version
        return self._kept(place, form, version, lambda: self._render(place, form))

    def _kept(
        self, place: Place, form: str, version: int, make: Callable[[], Response]
    ) -> Response:
        """Return the answer of this version, made once, whoever asks and however many."""
        kept = self._answers.get((place, form))
        if kept is not None and kept[0] == version:
            return kept[1]
        response = make()
        self._answers[place, form] = (version, response)
        return response

    def _render(self, place: Place, form: str) -> Response:
        file = self._text(place)
        if "delta" in form:
            file = self._renderings.get(file, "delta", lambda body: delta(body.decode()).encode())
        headers = {"accept-encoding": "gzip"} if "gzip" in form else {}
        cache = _WAITED_FOR if "waited" in form else _AT_ONCE
        return list_response(file, cache, headers, self._renderings)

    def _text(self, place: Place) -> File:
        """Return the list as it is now: rendered once per part, however it is sent."""
        edge = self._edges[place]
        kept = self._lists.get(place)
        if kept is None or kept[0] != edge.version:
            show, codec = place
            others = [self._edges[show, other] for other in SEGMENTED if other is not codec]
            text = edge.render(self._epochs[show], others)
            kept = self._lists[place] = (edge.version, File.of(text.encode()))
            self._totals.playlists_rendered += 1
        return kept[1]


def _sound(file: File, headers: Mapping[str, str]) -> Response:
    return answer(file, SOUND_TYPE, IMMUTABLE, headers, ranges=True)


def list_response(
    file: File, cache: tuple[str, str], headers: Mapping[str, str], renderings: Renderings
) -> Response:
    """Return a playlist, packed for whoever takes that (RFC 8216bis, 6.2.1)."""
    body, packed = renderings.packed(file, headers)
    response = answer(body, MIME, cache, headers)
    fields = (("Vary", "Accept-Encoding"), *response.fields)
    if packed and response.status == 200:
        fields = (("Content-Encoding", "gzip"), *fields)
    return Response(response.status, fields, response.body)
