"""Playlists of HLS, read as RFC 8216bis tells a player to; what cannot be read is said. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

Attributes = Mapping[str, str]

_ATTRIBUTE: Final = re.compile(r'([A-Z0-9-]+)=("[^"\r\n]*"|[^",\s][^",]*)(?:,|$)')
_INTEGER: Final = re.compile(r"\d{1,20}")
DECIMAL: Final = re.compile(r"\d+(\.\d+)?")

BASIC: Final = {"#EXTM3U", "#EXT-X-VERSION"}
BOTH: Final = {"#EXT-X-INDEPENDENT-SEGMENTS", "#EXT-X-START", "#EXT-X-DEFINE"}
_PLAYLIST: Final = {
    "#EXT-X-TARGETDURATION", "#EXT-X-MEDIA-SEQUENCE", "#EXT-X-DISCONTINUITY-SEQUENCE",
    "#EXT-X-ENDLIST", "#EXT-X-PLAYLIST-TYPE", "#EXT-X-PART-INF", "#EXT-X-SERVER-CONTROL",
}  # fmt: skip
_SEGMENT: Final = {
    "#EXTINF", "#EXT-X-DISCONTINUITY", "#EXT-X-MAP", "#EXT-X-PROGRAM-DATE-TIME", "#EXT-X-GAP",
    "#EXT-X-PART", "#EXT-X-BITRATE",
}  # fmt: skip
_METADATA: Final = {"#EXT-X-SKIP", "#EXT-X-PRELOAD-HINT", "#EXT-X-RENDITION-REPORT"}
VARIANTS: Final = {"#EXT-X-STREAM-INF", "#EXT-X-MEDIA"}


@dataclass(frozen=True)
class Part:
    """An ``EXT-X-PART``."""

    uri: str
    duration_s: float


@dataclass
class Segment:
    """One media segment, or the beginning of one (``uri`` empty) at the end of a list."""

    sequence: int
    discontinuity: int
    uri: str = ""
    duration_s: float = 0.0
    after_break: bool = False
    date: datetime | None = None
    map: str = ""
    parts: list[Part] = field(default_factory=list)


@dataclass
class Media:
    """A media playlist as a player reads it; ``broken`` is what was found on the way."""

    tags: dict[str, str] = field(default_factory=dict)
    segments: list[Segment] = field(default_factory=list)
    open: Segment | None = None
    """Parts, or tags, of the segment that is being made."""
    skipped: int = 0
    hints: list[Attributes] = field(default_factory=list)
    reports: list[Attributes] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        """Whether it has an ``EXT-X-ENDLIST``."""
        return "#EXT-X-ENDLIST" in self.tags

    @property
    def target_s(self) -> int:
        """The target duration; 0 where it is not told."""
        return whole(self.tags.get("#EXT-X-TARGETDURATION", "")) or 0

    @property
    def first(self) -> int:
        """The media sequence number of its first segment, skipped or not."""
        return whole(self.tags.get("#EXT-X-MEDIA-SEQUENCE", "0")) or 0

    @property
    def control(self) -> Attributes:
        """The attributes of ``EXT-X-SERVER-CONTROL``."""
        return attributes(self.tags.get("#EXT-X-SERVER-CONTROL", ""))

    @property
    def part_target_s(self) -> float | None:
        """The part target duration, where there is one."""
        value = attributes(self.tags.get("#EXT-X-PART-INF", "")).get("PART-TARGET")
        return float(value) if value is not None and DECIMAL.fullmatch(value) else None

    @property
    def parts(self) -> list[Part]:
        """All parts that are listed, of whole segments and of the one being made."""
        made = [*self.segments, self.open] if self.open else self.segments
        return [part for segment in made for part in segment.parts]

    @property
    def duration_s(self) -> float:
        """How long the listed segments play; of a delta update those that are not skipped."""
        return sum(segment.duration_s for segment in self.segments)


def attributes(value: str) -> dict[str, str]:
    """Return an attribute list; quotes stay around quoted strings. Rubbish is left out."""
    return dict(_ATTRIBUTE.findall(value))


def whole(text: str) -> int | None:
    """Return a decimal integer (4.2), or None if it is none."""
    return int(text) if _INTEGER.fullmatch(text) else None


def read(text: str) -> Media:
    """Read a media playlist; what cannot be read is in ``broken``."""
    result = Media(broken=list(text_rules(text)))
    reader = _Reader(result)
    for line in text.splitlines()[1:]:
        if line and not (line.startswith("#") and not line.startswith("#EXT")):
            reader.take(line)
    reader.end()
    return result


def text_rules(text: str) -> Iterator[str]:
    """Yield what the bare text of any playlist breaks."""
    if not text.startswith("#EXTM3U\n") and not text.startswith("#EXTM3U\r\n"):
        yield "4.4.1.1: the first line is not EXTM3U"
    if text.startswith("\ufeff"):
        yield "4.1: a byte order mark"
    if any((ord(char) < 32 and char not in "\r\n") or 127 <= ord(char) < 160 for char in text):
        yield "4.1: a control character"
    if not text.endswith("\n"):
        yield "4.1: the last line has no end"
    for line in text.splitlines():
        if line != line.strip():
            yield f"4.1: white space around {line!r}"


class _Reader:
    """The state between two lines of a media playlist."""

    def __init__(self, result: Media) -> None:
        self._media = result
        self._breaks = 0
        self._map = ""
        self._next = Segment(0, 0)
        self._touched = False
        self._wants_uri = False

    def take(self, line: str) -> None:
        """Take one line that is no comment."""
        if not line.startswith("#"):
            self._segment(line)
            return
        name, _, value = line.partition(":")
        if self._wants_uri and name == "#EXTINF":
            self._say("4.4.4.1", "EXTINF twice for one segment")
        if name in _SEGMENT:
            self._of_segment(name, value)
        elif name in _METADATA:
            self._metadata(name, value)
        elif name in _PLAYLIST | BOTH | BASIC:
            self._of_playlist(name, value)
        else:
            self._say("4.4", f"{name} does not belong into this media playlist")

    def end(self) -> None:
        """See whether something was begun and not finished."""
        if self._wants_uri:
            self._say("4.4.4.1", "EXTINF without a segment after it")
        if self._touched:
            self._place()
            self._media.open = self._next

    def _say(self, section: str, what: str) -> None:
        self._media.broken.append(f"{section}: {what}")

    def _place(self) -> None:
        media = self._media
        self._next.sequence = media.first + media.skipped + len(media.segments)
        gone = whole(media.tags.get("#EXT-X-DISCONTINUITY-SEQUENCE", "0")) or 0
        self._next.discontinuity = gone + self._breaks
        self._next.map = self._map

    def _segment(self, uri: str) -> None:
        if not self._wants_uri:
            self._say("4.4.4.1", f"{uri} has no EXTINF")
        self._place()
        self._next.uri = uri
        self._media.segments.append(self._next)
        self._next, self._touched, self._wants_uri = Segment(0, 0), False, False

    def _of_playlist(self, name: str, value: str) -> None:
        if name in self._media.tags:
            self._say("4.4.3", f"{name} twice")
        if (self._media.segments or self._touched) and name in {
            "#EXT-X-MEDIA-SEQUENCE", "#EXT-X-DISCONTINUITY-SEQUENCE",
        }:  # fmt: skip
            self._say("4.4.3.2", f"{name} after a segment")
        self._media.tags[name] = value

    def _of_segment(self, name: str, value: str) -> None:
        self._touched = True
        if name == "#EXTINF":
            duration, comma, _ = value.partition(",")
            if not comma or not DECIMAL.fullmatch(duration):
                self._say("4.4.4.1", f"EXTINF:{value}")
                duration = "0"
            self._next.duration_s, self._wants_uri = float(duration), True
        elif name == "#EXT-X-DISCONTINUITY":
            self._breaks += 1
            self._next.after_break = True
        elif name == "#EXT-X-PROGRAM-DATE-TIME":
            self._date(value)
        elif name == "#EXT-X-MAP":
            self._map = attributes(value).get("URI", "")
            if not self._map.startswith('"'):
                self._say("4.4.4.5", "EXT-X-MAP without a quoted URI")
            self._touched = bool(self._next.parts)
        elif name == "#EXT-X-PART":
            self._part(attributes(value))
        else:
            self._say("4.4.4", f"{name} is foreign here")

    def _date(self, value: str) -> None:
        try:
            date = datetime.fromisoformat(value)
        except ValueError:
            self._say("4.4.4.6", f"{value} is no date")
            return
        if date.tzinfo is None:
            self._say("4.4.4.6", "a date without a time zone")
            return
        if self._next.date is not None:
            self._say("4.4.4.6", "two dates for one segment")
        self._next.date = date

    def _part(self, found: Attributes) -> None:
        uri, duration = found.get("URI", ""), found.get("DURATION", "")
        if not uri.startswith('"') or not DECIMAL.fullmatch(duration):
            self._say("4.4.4.9", "EXT-X-PART needs URI and DURATION")
            return
        if self._wants_uri:
            self._say("4.4.4.9", "EXT-X-PART after the EXTINF of its segment")
        self._next.parts.append(Part(uri.strip('"'), float(duration)))

    def _metadata(self, name: str, value: str) -> None:
        found = attributes(value)
        if name == "#EXT-X-SKIP":
            if self._media.segments or self._touched or self._media.skipped:
                self._say("4.4.5.2", "EXT-X-SKIP is not the first of the segments")
            self._media.skipped = whole(found.get("SKIPPED-SEGMENTS", "")) or 0
            if not self._media.skipped:
                self._say("4.4.5.2", "EXT-X-SKIP skips nothing")
        elif name == "#EXT-X-PRELOAD-HINT":
            self._media.hints.append(found)
        else:
            self._media.reports.append(found)
