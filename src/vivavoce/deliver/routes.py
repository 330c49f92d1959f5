"""What the public port's addresses mean: a table from path to route. Pure.

Whatever goes on from here (a file's name, a show's number) is built from these parsed values only.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from vivavoce.card import SHOW_ID
from vivavoce.media import Codec
from vivavoce.record.clip import Clip, clip_of
from vivavoce.units import SegmentNumber


class Own(StrEnum):
    """Addresses about the edge itself."""

    HEALTH = "healthz"
    READY = "readyz"
    METRICS = "metrics"


class Format(StrEnum):
    """Containers of the pushed sound; the value is the ending of the address."""

    MP4 = "mp4"
    OGG = "ogg"
    MP3 = "mp3"


@dataclass(frozen=True, slots=True)
class Home:
    """The plain page of a place where shows are listened to."""


@dataclass(frozen=True, slots=True)
class Built:
    """A file that the web pages' build made: an asset, an icon."""

    name: str


@dataclass(frozen=True, slots=True)
class Page:
    """The listener's page of a show."""

    show: str


@dataclass(frozen=True, slots=True)
class Embed:
    """The small player of a show, for other places' pages."""

    show: str


@dataclass(frozen=True, slots=True)
class ClipPage:
    """The page of a clip; ``clip`` None: what the address says is none."""

    show: str
    clip: Clip | None


@dataclass(frozen=True, slots=True)
class OEmbed:
    """How other places may embed one of our addresses (oembed.com)."""


@dataclass(frozen=True, slots=True)
class CardJson:
    """The show card."""

    show: str


@dataclass(frozen=True, slots=True)
class Events:
    """The show card's changes, pushed."""

    show: str


@dataclass(frozen=True, slots=True)
class Push:
    """Sound as one long response."""

    show: str
    format: Format


@dataclass(frozen=True, slots=True)
class Playlist:
    """An HLS playlist; ``codec`` None is the multivariant one."""

    show: str
    codec: Codec | None
    name: str = "index.m3u8"

    @property
    def file(self) -> str:
        """Its place below the folder of all shows."""
        return f"{self.show}/{self.codec}/{self.name}" if self.codec else f"{self.show}/{self.name}"


@dataclass(frozen=True, slots=True)
class Init:
    """The initialisation segment of one codec."""

    show: str
    codec: Codec

    @property
    def file(self) -> str:
        """Its place below the folder of all shows."""
        return f"{self.show}/{self.codec}/init.mp4"


@dataclass(frozen=True, slots=True)
class SegmentFile:
    """One segment of one codec."""

    show: str
    codec: Codec
    number: SegmentNumber
    takedown: int = 0
    """The take-down that made it (``record.takedowns.replaced_name``), 0 for the original."""

    @property
    def file(self) -> str:
        """Its place below the folder of all shows."""
        replaced = f".t{self.takedown}" if self.takedown else ""
        return f"{self.show}/{self.codec}/{self.number:08}{replaced}.m4s"

    @property
    def playlist(self) -> Playlist:
        """The playlist that lists it once it is whole."""
        return Playlist(self.show, self.codec)


@dataclass(frozen=True, slots=True)
class PartFile:
    """One part of a segment, by its place in it; only with low latency."""

    show: str
    codec: Codec
    segment: SegmentNumber
    place: int


@dataclass(frozen=True, slots=True)
class RecordFile:
    """A file beside the sound: who spoke when, peaks, chapters, the seal."""

    show: str
    name: str

    @property
    def file(self) -> str:
        """Its place below the folder of all shows."""
        return f"{self.show}/{self.name}"


@dataclass(frozen=True, slots=True)
class FeedFile:
    """A podcast feed, or the picture of one."""

    file: str
    """Its place below the folder of all shows."""


@dataclass(frozen=True, slots=True)
class ClipFile:
    """A clip as a file, or its picture, which are made when they are asked for."""

    show: str
    clip: Clip
    ending: str

    @property
    def file(self) -> str:
        """Its name in memory; no such file is on disk."""
        return f"{self.show}/clip/{self.clip.name}.{self.ending}"


Route = (
    Home
    | Built
    | Page
    | Embed
    | ClipPage
    | OEmbed
    | CardJson
    | Events
    | Push
    | Playlist
    | Init
    | SegmentFile
    | PartFile
    | RecordFile
    | FeedFile
    | ClipFile
    | Own
)

_SEGMENT: Final = re.compile(r"([0-9]{8})(?:\.t([1-9][0-9]{0,5}))?\.m4s", re.ASCII)
_PART: Final = re.compile(r"([0-9]{8})\.([0-5])\.m4s", re.ASCII)
# What a bundler names its files; nothing that could climb out of a folder begins like this.
_BUILT: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}", re.ASCII)

_SERIES: Final = re.compile(
    r"(?:all|[0-9a-hjkmnp-tv-z]{10})\.(?:xml|png|[0-9a-f]{8}\.jpg)", re.ASCII
)

_CLIP: Final = re.compile(r"([0-9-]{3,30})\.(m4a|opus|png)", re.ASCII)

LARGE: Final = frozenset(("episode.mp3", "episode.opus"))
"""Files beside the sound that are too large for memory."""

_RECORD: Final = LARGE | {
    *("talk.json", "peaks.bin", "chapters.json", "takedowns.json", "withdrawn.json", "seal.jsonl"),
    *("cover.png", "episode-chapters.json"),
}

_FIXED: Final[Mapping[str, Route]] = {
    "": Home(),
    "oembed": OEmbed(),
    "feed.xml": FeedFile("feed.xml"),
    **{own.value: own for own in Own},
}

_LIVE: Final[Mapping[tuple[str, ...], Callable[[str], Route]]] = {
    ("card.json",): CardJson,
    ("events",): Events,
    ("index.m3u8",): lambda show: Playlist(show, None),
    ("rewind.m3u8",): lambda show: Playlist(show, None, "rewind.m3u8"),
    ("opus", "show.m3u8"): lambda show: Playlist(show, Codec.OPUS, "show.m3u8"),
    ("aac", "show.m3u8"): lambda show: Playlist(show, Codec.AAC, "show.m3u8"),
    ("opus", "index.m3u8"): lambda show: Playlist(show, Codec.OPUS),
    ("aac", "index.m3u8"): lambda show: Playlist(show, Codec.AAC),
    ("opus", "replay.m3u8"): lambda show: Playlist(show, Codec.OPUS, "replay.m3u8"),
    ("aac", "replay.m3u8"): lambda show: Playlist(show, Codec.AAC, "replay.m3u8"),
    ("opus", "init.mp4"): lambda show: Init(show, Codec.OPUS),
    ("aac", "init.mp4"): lambda show: Init(show, Codec.AAC),
    ("stream.mp4",): lambda show: Push(show, Format.MP4),
    ("stream.ogg",): lambda show: Push(show, Format.OGG),
    ("stream.mp3",): lambda show: Push(show, Format.MP3),
}


@lru_cache(maxsize=256)  # a crowd asks for the same few things
def route(path: tuple[str, ...]) -> Route | None:  # noqa: PLR0911  one for each kind
    """Return what ``path`` asks for, or None where nothing is."""
    match path:
        case ("live", show, *rest) if SHOW_ID.fullmatch(show):
            return _live(show, tuple(rest))
        case (name,) if name in _FIXED:
            return _FIXED[name]
        case ("series", name) | ("live", "series", name) if _SERIES.fullmatch(name):
            return FeedFile(f"series/{name}")
        case ("live", "feed.xml"):  # as it lies in the folder, and the edge behind asks for it
            return FeedFile("feed.xml")
        case (show,) if SHOW_ID.fullmatch(show):
            return Page(show)
        case (show, "embed") if SHOW_ID.fullmatch(show):
            return Embed(show)
        case (show, "clip", name) if SHOW_ID.fullmatch(show):
            return ClipPage(show, clip_of(name))
        case (name,) | ("assets", name) if _BUILT.fullmatch(name):
            return Built("/".join(path))
        case _:
            return None


def _live(show: str, rest: tuple[str, ...]) -> Route | None:
    make = _LIVE.get(rest)
    if make is not None:
        return make(show)
    match rest:
        case ("opus" | "aac" as codec, name) if found := _SEGMENT.fullmatch(name):
            number = SegmentNumber(int(found[1]))
            return SegmentFile(show, Codec(codec), number, int(found[2] or 0))
        case ("opus" | "aac" as codec, name) if found := _PART.fullmatch(name):
            return PartFile(show, Codec(codec), SegmentNumber(int(found[1])), int(found[2]))
        case (name,) if name in _RECORD:
            return RecordFile(show, name)
        case ("clip", name) if (found := _CLIP.fullmatch(name)) and (clip := clip_of(found[1])):
            return ClipFile(show, clip, found[2])
        case _:
            return None
