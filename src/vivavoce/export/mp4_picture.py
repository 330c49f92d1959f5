"""A cover in an MP4 file: a track of one picture, as QuickTime's pictures of chapters are. Pure.

Not as ``covr`` among iTunes' texts: of that, libavformat's demuxer warns in every file ("timescale
not set"). It takes this track for an attached picture. Boxes are those of ISO 14496-12; the
reference is QuickTime File Format, "Chapter lists", whose tracks may hold pictures as well.
"""

import struct
from typing import Final, NamedTuple

HEAD: Final = 8
"""Bytes before the body of a box."""

_IN_MOVIE: Final = 2  # and not enabled: it is no film
_SELF: Final = 1  # a data reference to this very file
_UNITY: Final = struct.pack(">9I", 0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000)
_NO_LANGUAGE: Final = 0x55C4  # "und", five bits a letter
_INCH: Final = 72 << 16  # pixels, 16.16
_DEPTH: Final = 24


class Picture(NamedTuple):
    """A square picture."""

    data: bytes
    side: int
    """Pixels."""

    @property
    def kind(self) -> bytes:
        """What its samples are called."""
        return b"png " if self.data.startswith(b"\x89PNG") else b"jpeg"


def box(kind: bytes, *bodies: bytes) -> bytes:
    """Return a box (ISO 14496-12, 4.2)."""
    body = b"".join(bodies)
    return struct.pack(">I4s", HEAD + len(body), kind) + body


def reference(number: int) -> bytes:
    """Return what the track of the sound has to say of the track ``number``."""
    return box(b"tref", box(b"chap", struct.pack(">I", number)))


def track(picture: Picture, number: int, offset: int, movie: tuple[int, int]) -> bytes:
    """Return the track ``number``, whose picture lies at ``offset`` in the file.

    ``movie`` is the duration of all and its unit, a part of a second.
    """
    duration, scale = movie
    side = picture.side << 16
    header = struct.pack(">5I", 0, 0, number, 0, duration) + bytes(16) + _UNITY
    return box(
        b"trak",
        box(b"tkhd", _version(_IN_MOVIE), header, struct.pack(">2I", side, side)),
        box(
            b"mdia",
            box(b"mdhd", _version(), struct.pack(">4I2H", 0, 0, scale, duration, _NO_LANGUAGE, 0)),
            box(b"hdlr", _version(), struct.pack(">I4s3I", 0, b"vide", 0, 0, 0), b"Cover\0"),
            box(
                b"minf",
                box(b"vmhd", _version(1), bytes(8)),
                box(b"dinf", box(b"dref", _version(), _one(), box(b"url ", _version(_SELF)))),
                _table(picture, duration, offset),
            ),
        ),
    )


def _table(picture: Picture, duration: int, offset: int) -> bytes:
    return box(
        b"stbl",
        box(b"stsd", _version(), _one(), _described(picture)),
        box(b"stts", _version(), _one(), struct.pack(">2I", 1, duration)),
        box(b"stsc", _version(), _one(), struct.pack(">3I", 1, 1, 1)),
        box(b"stsz", _version(), struct.pack(">2I", len(picture.data), 1)),
        box(b"stco", _version(), _one(), struct.pack(">I", offset)),
    )


def _described(picture: Picture) -> bytes:
    """Return the sample entry (12.1.3)."""
    size = struct.pack(">2H", picture.side, picture.side)
    density = struct.pack(">2I", _INCH, _INCH)
    looks = struct.pack(">IH32xHh", 0, 1, _DEPTH, -1)
    return box(picture.kind, bytes(6), struct.pack(">H", 1), bytes(16), size, density, looks)


def _one() -> bytes:
    """Return the number of entries of a table with one."""
    return struct.pack(">I", 1)


def _version(flags: int = 0) -> bytes:
    """Return version 0 with flags, as every full box has them (ISO 14496-12, 4.2)."""
    return struct.pack(">I", flags)
