"""Answers for HLS players (RFC 8216): playlists, initialisation segments, segments."""

import re
from typing import Final

from vivavoce.deliver.cache import FileCache
from vivavoce.deliver.counting import HlsPlayers
from vivavoce.deliver.directives import Directives, read_directives
from vivavoce.deliver.files import IMMUTABLE, File, answer
from vivavoce.deliver.gathered import Gathered
from vivavoce.deliver.held import Hold
from vivavoce.deliver.http import Request, Response
from vivavoce.deliver.lookup import Lookup
from vivavoce.deliver.lowlatency import SOUND_TYPE, LowLatency, list_response
from vivavoce.deliver.renderings import Renderings
from vivavoce.deliver.routes import Init, PartFile, Playlist, SegmentFile
from vivavoce.errors import PeerError
from vivavoce.package.delta import delta, skippable
from vivavoce.package.live_edge import LiveEdge, read_listed
from vivavoce.package.playlist import END, LIVE, SHOW
from vivavoce.units import SegmentNumber

# How old, in seconds, a reading may be. A playlist changes every 1.92 s.
_PLAYLIST_AGE_S: Final = 0.25
_ABSENCE_AGE_S: Final = 0.5
# Of lists that change at a show's end alone, which the feed tells of, where reading crosses a link.
_FETCHED_AGE_S: Final = 60.0
_ALWAYS: Final = float("-inf")

# Half a target duration (RFC 8216bis, appendix B.1): a cache asks once a second, whatever its
# audience, and adds at most that delay. What is older by a second more still serves while a new
# one is fetched; an origin that fails is bridged for as long as a player's buffer lasts.
_GROWING: Final = (
    "Cache-Control", "public, max-age=1, stale-while-revalidate=1, stale-if-error=5"
)  # fmt: skip
# What has ended changes no more; but a show can be deleted, and then it should be gone soon.
_ENDED: Final = (
    "Cache-Control", "public, max-age=60, stale-while-revalidate=60, stale-if-error=3600"
)  # fmt: skip

_END: Final = f"{END}\n".encode()
_LISTED: Final = re.compile(rb"([0-9]{8})(?:\.t[0-9]+)?\.m4s")


class Hls:
    """The files of shows, as players ask for them."""

    def __init__(
        self,
        files: FileCache,
        lookup: Lookup,
        players: HlsPlayers,
        low: LowLatency,
        renderings: Renderings,
        gathered: Gathered,
    ) -> None:
        self._files = files
        self._lookup = lookup
        self._players = players
        self.low = low
        self._renderings = renderings
        self._gathered = gathered

    def answer(
        self,
        wanted: Playlist | Init | SegmentFile | PartFile,
        request: Request,
        address: str,
        *,
        asked: float,
    ) -> Response | Hold:
        """Answer with the file, or say what it has to wait for.

        Raises ``NotInMemory`` for what must be read first, and ``PeerError``.
        """
        if not isinstance(wanted, Init):
            agent = request.headers.get("user-agent", "")
            self._players.seen(wanted.show, address, agent, now=asked)
        if isinstance(wanted, PartFile):
            return self.low.part(wanted, request.headers)
        if isinstance(wanted, Playlist):
            directives = read_directives(request.query)
            response = self._list(wanted, directives, request, asked)
            if response is not None:
                return response
        else:
            file = self._immutable(wanted, asked)
            if file is not None:
                return answer(file, SOUND_TYPE, IMMUTABLE, request.headers, ranges=True)
        self._lookup.show(wanted.show, asked=asked)  # an unknown show is said to be one
        raise PeerError("sound_missing", "This show has no such sound, or not yet.", status=404)

    def fulfil(self, hold: Hold) -> Response | None:
        """Return the answer to a request that waited; None if it will not come any more."""
        return self.low.fulfil(hold)

    def _list(
        self, wanted: Playlist, directives: Directives, request: Request, asked: float
    ) -> Response | Hold | None:
        edge = self.low.edge(wanted.show, wanted.codec) if wanted.name == LIVE else None
        if edge is not None and self._live(edge, wanted, asked) and self.low.parts:
            return self.low.playlist(wanted.show, edge, directives, request.headers)
        file = self._own(wanted, asked) or self._playlist(wanted, asked)
        if file is None:
            return None
        ended = file.body.endswith(_END)
        if wanted.name == SHOW:
            file = self._offering(file, directives)
        cache = _ENDED if ended else _GROWING
        return list_response(file, cache, request.headers, self._renderings)

    def _live(self, edge: LiveEdge, wanted: Playlist, asked: float) -> bool:
        """Return whether the live edge has a list; where it waits for the disk, show it that."""
        if edge.waits:
            file = self._playlist(wanted, asked)
            if file is not None and file.body.endswith(_END):
                return False
            if file is not None:
                self.low.anchor(wanted.show, edge, read_listed(file.body.decode()))
        return edge.position is not None

    def _own(self, wanted: Playlist, asked: float) -> File | None:
        """Return a list that is made of the feed; None where it has to be read."""
        if wanted.codec is None or not self._gathered.wanted:
            return None
        place = (wanted.show, wanted.codec)
        if wanted.name == LIVE:
            return self._gathered.live(place)
        edge = self._gathered.edge(place)
        if wanted.name != SHOW or edge is None:
            return None
        if not self._live(edge, Playlist(*place), asked):
            return None
        grown = self._gathered.show(place)
        if grown is not None:
            return grown
        fetched = self._playlist(wanted, asked)
        return self._gathered.begin(place, fetched, last_listed(fetched)) if fetched else None

    def _offering(self, file: File, directives: Directives) -> File:
        """Return the list of a whole show with the offer of deltas, or a delta of it."""
        offering = self._renderings.get(file, "offer", _offer)
        if directives.skip:
            return self._renderings.get(offering, "delta", _delta)
        return offering

    def _playlist(self, wanted: Playlist, asked: float) -> File | None:
        if self._gathered.wanted and wanted.file:
            held = self._files.get(wanted.file, since=asked - _FETCHED_AGE_S)
            if held is not None and held[0] is not None and _lasting(wanted, held[0]):
                return held[0]
        return self._files.file(wanted.file, since=asked - _PLAYLIST_AGE_S)

    def _immutable(self, wanted: Init | SegmentFile, asked: float) -> File | None:
        held = self._files.get(wanted.file, since=_ALWAYS)
        if held is not None and held[0] is not None:
            return held[0]
        if isinstance(wanted, SegmentFile):
            body = None if wanted.takedown else self.low.segment(wanted)
            if body is not None:
                file = File.of(body)
                self._files.put(wanted.file, file, now=asked)
                return file
            if not self._listed(wanted, asked):
                return None
        return self._files.file(wanted.file, since=asked - _ABSENCE_AGE_S)

    def _listed(self, wanted: SegmentFile, asked: float) -> bool:
        """Return whether a segment is whole: a growing file must not be cached as immutable."""
        edge = self._gathered.edge((wanted.show, wanted.codec))
        if edge is not None and edge.lists(wanted.number):
            return True
        # What was ever listed is whole: a list of any age will do that has it.
        held = self._files.get(wanted.playlist.file, since=_ALWAYS)
        if held is not None and wanted.number <= last_listed(held[0]):
            return True
        playlist = self._playlist(wanted.playlist, asked)
        if wanted.number <= last_listed(playlist):
            return True
        # Perhaps it was listed just now, and the peer knows it from another edge.
        return wanted.number <= last_listed(self._files.file(wanted.playlist.file, since=asked))


def last_listed(playlist: File | None) -> SegmentNumber:
    """Return the number of the newest segment in a media playlist, or -1."""
    # Segments are listed in order, each on a line with at most 200 bytes of tags before it.
    listed = _LISTED.findall(playlist.body[-4096:]) if playlist is not None else []
    return SegmentNumber(int(listed[-1]) if listed else -1)


def _lasting(wanted: Playlist, file: File) -> bool:
    """Whether a list is good until the edge is told otherwise: it has ended, or names lists."""
    return wanted.codec is None or file.body.endswith(_END)


def _offer(body: bytes) -> bytes:
    # The list grows while it is read: what follows the last whole line will be there next time.
    whole = body if body.endswith(_END) else body[: body.rfind(b".m4s\n") + 5]
    return skippable(whole.decode()).encode()


def _delta(body: bytes) -> bytes:
    return delta(body.decode()).encode()
