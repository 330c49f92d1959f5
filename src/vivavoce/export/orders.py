"""What a worker is told, and what it says: one line of JSON each. Pure."""

from enum import StrEnum
from typing import Final

import msgspec


class Kind(StrEnum):
    """What is made of a show."""

    OPUS = "opus"
    MP3 = "mp3"
    AAC = "aac"
    TRACKS = "tracks"
    TRACKS_FLAC = "tracks-flac"
    TRACKS_WAV = "tracks-wav"
    ARCHIVE = "archive"
    EPISODE = "episode"
    """The podcast's MP3; it goes where listeners find it."""


WANTED: Final = tuple(kind for kind in Kind if kind is not Kind.EPISODE)
"""What a person may ask for."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One job of a worker. Folders are absolute."""

    kind: Kind
    show: str
    live: str
    """The show's public folder."""
    record: str
    """The show's private folder; need not be there."""
    to: str
    """An empty folder, or one to be made, for what comes out."""
    author: str = ""
    packed: bool = False
    """Whether a folder is to come out as one zip file."""
    cover: str | None = None
    """A picture of the series; without one a cover is drawn."""


class Progress(msgspec.Struct, frozen=True, tag="progress"):
    """How far the job is."""

    done: float
    """Share of the work, 0 to 1."""
    step: str
    """Plain words."""


class Made(msgspec.Struct, frozen=True):
    """A file that came out; folders are told as one."""

    name: str
    bytes: int


class Done(msgspec.Struct, frozen=True, tag="done"):
    """The end of a job that worked."""

    files: tuple[Made, ...]
    notes: tuple[str, ...] = ()
    """What a person should know of them, such as damage that was found."""


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """The end of a job that did not."""

    code: str
    message: str


REFUSED: Final = 1
"""With what exit code a picture's process ends that has said ``Failed``."""

Said = Progress | Done | Failed


def encode(message: Order | Said) -> bytes:
    """Return a message as its line."""
    return msgspec.json.encode(message) + b"\n"


def order_of(line: bytes) -> Order:
    """Return the order in ``line``; ``msgspec.DecodeError`` if there is none."""
    return msgspec.json.decode(line, type=Order)


def said(line: bytes) -> Said:
    """Return what a worker said; ``msgspec.DecodeError`` if it is nothing."""
    found: Said = msgspec.json.decode(line, type=Said)
    return found
