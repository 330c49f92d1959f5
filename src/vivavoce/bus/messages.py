"""The feed between a studio and an edge: MessagePack over one WebSocket, ``/feed``.

Down: ``Hello``, then every show's ``Card``, then for each live show its ``Head``s and recent
``Sound``, and from then on whatever happens. Up: ``Report`` within a second of a change, and every
few seconds. Each part crosses each link once, whatever the audience.
"""

import msgspec

from vivavoce.card import ShowCard
from vivavoce.errors import UNREADABLE
from vivavoce.media import Codec


class Hello(msgspec.Struct, tag="hello", frozen=True):
    """First message down. ``boot`` changes at every start of the studio."""

    version: int
    boot: str
    now_ms: int
    silence_s: float = 5.0
    """An edge that has told nothing for so long counts none. A sender that does not say: 5 s."""


class Card(msgspec.Struct, tag="card", frozen=True):
    """A show is new or has changed."""

    card: ShowCard


class Gone(msgspec.Struct, tag="gone", frozen=True):
    """A show was deleted."""

    show: str


class Head(msgspec.Struct, tag="head", frozen=True):
    """The initialisation segment (``ftyp`` + ``moov``) of one codec of a live show."""

    show: str
    codec: Codec
    body: bytes


class Sound(msgspec.Struct, tag="sound", frozen=True):
    """One part of a live show."""

    show: str
    codec: Codec
    number: int
    body: bytes


class Count(msgspec.Struct, frozen=True):
    """Players connected to one edge for one show, at this moment. Players, not people."""

    push: int = 0
    """Open push streams."""
    hls: int = 0
    """HLS players that fetched sound or a playlist in the last 12 seconds."""
    mp3: int = 0
    """Of ``push``, those that take MP3: while this is above 0 somewhere, the studio encodes it."""


class Report(msgspec.Struct, tag="report", frozen=True):
    """Up: the whole of this edge's counts, by show, as ``Sayings``. An absent show has none."""

    counts: dict[str, Count]


Down = Hello | Card | Gone | Head | Sound
Up = Report

FEED_VERSION = 1

_down: msgspec.msgpack.Decoder[Down] = msgspec.msgpack.Decoder(Down)
_up = msgspec.msgpack.Decoder(Up)


def read_down(data: bytes) -> Down | None:
    """Return the studio's message; ``None`` for what is none."""
    try:
        return _down.decode(data)
    except UNREADABLE:
        return None


def read_up(data: bytes) -> Up | None:
    """Return an edge's message; ``None`` for what is none."""
    try:
        return _up.decode(data)
    except UNREADABLE:
        return None
