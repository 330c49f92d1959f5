"""What lies beside a show's sound: who spoke when, peaks, chapters; and clips, cut when asked for.

Clips are not stored (docs/adr/0007): ``cutting`` makes them where a file would be read.
"""

from typing import Any, Final

import msgspec

from vivavoce.card import ShowCard, State
from vivavoce.deliver.cache import FileCache
from vivavoce.deliver.files import NO_CACHE, File, answer
from vivavoce.deliver.http import Request, Response
from vivavoce.deliver.lookup import Lookup
from vivavoce.deliver.routes import ClipFile, FeedFile, RecordFile
from vivavoce.errors import UNREADABLE, PeerError
from vivavoce.media import Codec
from vivavoce.record.clip import Clip, breaks_of, check, check_there, numbers_in, segment_ms
from vivavoce.record.marks import read_withdrawn
from vivavoce.record.playing import Playing, Range
from vivavoce.record.takedowns import PART_MS, TAKEDOWNS, Takedown, read_takedowns
from vivavoce.units import SegmentNumber

# How old, in seconds, a reading may be: these files are renewed every ten seconds at most.
_AGE_S: Final = 1.0
PEAKS: Final = "peaks.bin"
_ALWAYS: Final = float("-inf")

# A clip can be withdrawn, so it is no file for ever; it is cut quickly.
_CLIP: Final = ("Cache-Control", "public, max-age=60")
_TYPES: Final = {"m4a": "audio/mp4", "opus": "audio/ogg", "png": "image/png"}
# Apps ask every few minutes; a show that begins is to be seen in one.
_FEED: Final = ("Cache-Control", "public, max-age=60")
# What a show has none of is an empty list, no miss: most shows have none, every page asks, and a
# browser writes each miss into its console.
_NONE: Final = {
    "chapters.json": File.of(b'{"version":"1.2.0","chapters":[]}'),
    TAKEDOWNS: File.of(b"[]"),
    "withdrawn.json": File.of(b"[]"),
}
_OF_NAME: Final = {
    "xml": "application/rss+xml; charset=utf-8",
    "png": "image/png",
    "jpg": "image/jpeg",
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "bin": "application/octet-stream",
    "json": "application/json",
}


class Records:
    """The files beside the sound, from memory."""

    def __init__(self, files: FileCache, lookup: Lookup) -> None:
        self._files = files
        self._lookup = lookup

    def answer(
        self, wanted: RecordFile | FeedFile | ClipFile, request: Request, *, asked: float
    ) -> Response:
        """Answer with the file; raises ``NotInMemory`` or ``PeerError``."""
        if isinstance(wanted, ClipFile):
            return self._clip(wanted, request, asked)
        file = self._file(wanted.file, asked)
        if isinstance(wanted, FeedFile):
            return _feed(wanted, file, request)
        if file is None:
            self._lookup.show(wanted.show, asked=asked)
            file = _NONE.get(wanted.name)
        if file is None:
            raise PeerError("file_missing", "This show has no such file, or not yet.", status=404)
        kind = _OF_NAME.get(wanted.name.rpartition(".")[2], "application/jsonl")
        if wanted.name.endswith("chapters.json"):
            kind = "application/json+chapters"  # JSON chapters 1.2, as podcast apps want it
        return answer(file, kind, NO_CACHE, request.headers, ranges=True)

    def clip(self, show: str, clip: Clip, *, asked: float) -> tuple[ShowCard, Playing]:
        """Return the show's card and its breaks if ``clip`` can be had; else ``PeerError``."""
        card = self._lookup.show(show, asked=asked).card
        numbers = self.segments(show, asked=asked)
        if card.state is State.ENDED and not numbers:
            raise PeerError("show_not_recorded", "This show was not recorded.", status=404)
        playing = breaks_of(numbers)
        check(clip, playing, _end_ms(card, numbers, playing))
        taken = [(one.from_ms, one.to_ms) for one in self.takedowns(show, asked=asked)]
        check_there(clip, self._ranges(show, "withdrawn.json", asked), taken)
        return card, playing

    def segments(self, show: str, *, asked: float) -> list[SegmentNumber]:
        """Return the whole segments of a show, ascending; none if there is no sound."""
        listed = self._file(f"{show}/{Codec.OPUS}/show.m3u8", asked)
        return segments_in(listed)

    def takedowns(self, show: str, *, asked: float) -> list[Takedown]:
        """Return what was taken down, in the order in which it was."""
        file = self._file(f"{show}/{TAKEDOWNS}", asked)
        return read_takedowns(file.body if file is not None else None)

    def talk(self, show: str, *, asked: float) -> dict[str, Any]:
        """Return ``talk.json``; empty where nobody has said who spoke."""
        return object_in(self._file(f"{show}/talk.json", asked))

    def peaks(self, show: str, clip: Clip, *, asked: float) -> bytes:
        """Return the peaks of a clip's parts."""
        return peaks_in(self._file(f"{show}/{PEAKS}", asked), clip)

    def starts_ms(self, show: str, *, asked: float) -> int:
        """Return the media time at which the talk begins, 0 where nobody has said."""
        starts = self.talk(show, asked=asked).get("starts_ms")
        return starts if isinstance(starts, int) and starts > 0 else 0

    def _clip(self, wanted: ClipFile, request: Request, asked: float) -> Response:
        self.clip(wanted.show, wanted.clip, asked=asked)
        file = self._files.file(wanted.file, since=_ALWAYS)
        if file is None:
            self._files.drop(wanted.file)  # perhaps it can be had next time
            raise PeerError("sound_missing", "The sound of this clip is missing.", status=404)
        return answer(file, _TYPES[wanted.ending], _CLIP, request.headers, ranges=True)

    def _ranges(self, show: str, name: str, asked: float) -> list[Range]:
        return ranges_in(self._file(f"{show}/{name}", asked))

    def _file(self, name: str, asked: float) -> File | None:
        return self._files.file(name, since=asked - _AGE_S)


def _feed(wanted: FeedFile, file: File | None, request: Request) -> Response:
    if file is None:
        raise PeerError("feed_missing", "There is no podcast at this address.", status=404)
    kind = _OF_NAME[wanted.file.rpartition(".")[2]]
    return answer(file, kind, _FEED, request.headers)


def segments_in(playlist: File | None) -> list[SegmentNumber]:
    """Return the segments that a media playlist lists."""
    return numbers_in(playlist.body) if playlist is not None else []


def ranges_in(file: File | None) -> list[Range]:
    """Return the ranges in ``withdrawn.json``; what is none is passed over."""
    return read_withdrawn(file.body if file is not None else None)


def peaks_in(file: File | None, clip: Clip) -> bytes:
    """Return the peaks of a clip's parts out of ``peaks.bin``."""
    body = file.body if file is not None else b""
    return body[clip.from_ms // PART_MS : -(-clip.to_ms // PART_MS)]


def speakers_in(talk: dict[str, Any], clip: Clip) -> str:
    """Return who speaks in a clip, by ``talk.json``: names with commas between."""
    names = [one.get("name") for one in talk.get("speakers", []) if isinstance(one, dict)]
    heard = {
        who
        for span in talk.get("spans", [])
        if len(span) == 3
        for who, begin, end in [span]
        if clip.overlaps([(begin, end)]) and 0 <= who < len(names)
    }
    return ", ".join(str(names[who]) for who in sorted(heard))


def object_in(file: File | None) -> dict[str, Any]:
    """Return the object in a JSON file; an empty one if there is none."""
    found = _json(file)
    return found if isinstance(found, dict) else {}


def _json(file: File | None) -> Any:
    try:
        return msgspec.json.decode(file.body) if file is not None else None
    except UNREADABLE:
        return None


def _end_ms(card: ShowCard, numbers: list[SegmentNumber], playing: Playing) -> int:
    if not numbers:
        return 0
    end = segment_ms(numbers[-1] + 1)
    if card.duration_s is None:
        return end
    return min(end, playing.media_ms(round(card.duration_s * 1000) - 1) + 1)
