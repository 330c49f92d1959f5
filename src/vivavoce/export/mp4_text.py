"""Chapters of an MP4 file as a QuickTime text track, which Apple's players read. Pure.

QuickTime File Format, "Chapter lists": a track of text samples that lasts as long as the chapters,
disabled, and named by a reference of kind ``chap`` in the track of the sound. Boxes are those of
ISO 14496-12, text media those of QuickTime.
"""

import struct
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from vivavoce.export.chapters import Chapter

HEAD: Final = 8
"""Bytes before the body of a box."""

_SCALE: Final = 1_000
_IN_MOVIE: Final = 2  # and not enabled: it is no subtitle
_SELF: Final = 1  # a data reference to this very file
_UNITY: Final = struct.pack(">9I", 0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000)
_NO_LANGUAGE: Final = 0x55C4  # "und", five bits a letter
_RATE: Final = 0x1_0000
_LONGEST: Final = 255
# "encd": the sample is UTF-8.
_UTF8: Final = struct.pack(">I4sI", 12, b"encd", 0x100)


def box(kind: bytes, *bodies: bytes) -> bytes:
    """Return a box (ISO 14496-12, 4.2)."""
    body = b"".join(bodies)
    return struct.pack(">I4s", HEAD + len(body), kind) + body


def cut(title: str) -> bytes:
    """Return a title in UTF-8, at most 255 bytes, cut between characters."""
    whole = title.encode("utf-8", "replace")
    return whole[:_LONGEST].decode("utf-8", "ignore").encode()


def samples(chapters: Sequence[Chapter]) -> list[bytes]:
    """Return the text samples: a length, a title, and how it is encoded."""
    titles = [cut(chapter.title) for chapter in chapters]
    return [struct.pack(">H", len(title)) + title + _UTF8 for title in titles]


def reference(number: int) -> bytes:
    """Return what the track of the sound has to say of the track ``number`` of chapters."""
    return box(b"tref", box(b"chap", struct.pack(">I", number)))


def track(chapters: Sequence[Chapter], number: int, offset: int, movie: tuple[int, int]) -> bytes:
    """Return the track ``number``, whose samples lie at ``offset`` in the file, in one piece.

    ``movie`` is the duration of all and its unit, a part of a second.
    """
    duration, scale = movie
    begin = chapters[0].start_ms
    end = max(duration * _SCALE // scale, chapters[-1].start_ms + 1)
    starts = [chapter.start_ms for chapter in chapters]
    # As long as all: libavformat takes the end of the last one from the media, and the edits cut
    # off what the time before the first has put behind it.
    lasts = [after - before for before, after in pairwise([*starts, end + begin])]
    header = struct.pack(">5I", 0, 0, number, 0, duration) + bytes(16) + _UNITY + bytes(8)
    return box(
        b"trak",
        box(b"tkhd", _version(_IN_MOVIE), header),
        box(b"edts", _edits(begin * scale // _SCALE, duration)),
        box(
            b"mdia",
            box(
                b"mdhd",
                _version(),
                struct.pack(">4I2H", 0, 0, _SCALE, end, _NO_LANGUAGE, 0),
            ),
            box(b"hdlr", _version(), struct.pack(">I4s3I", 0, b"text", 0, 0, 0), b"Chapters\0"),
            box(b"minf", _text_media(), _here(), _table(samples(chapters), lasts, offset)),
        ),
    )


def _edits(before: int, duration: int) -> bytes:
    """Nothing until the first chapter begins, then the chapters."""
    edits = [(before, -1)] if before else []
    edits.append((max(1, duration - before), 0))
    listed = b"".join(struct.pack(">IiI", lasts, at, _RATE) for lasts, at in edits)
    return box(b"elst", _version(), struct.pack(">I", len(edits)), listed)


def _text_media() -> bytes:
    gmin = struct.pack(">6H", 0x40, 0x8000, 0x8000, 0x8000, 0, 0)
    return box(b"gmhd", box(b"gmin", _version(), gmin), box(b"text", _UNITY))


def _here() -> bytes:
    one = struct.pack(">I", 1)
    return box(b"dinf", box(b"dref", _version(), one, box(b"url ", _version(_SELF))))


def _table(texts: Sequence[bytes], lasts: Sequence[int], offset: int) -> bytes:
    count = struct.pack(">I", len(texts))
    # Flags, justification, two colours, a box, a font and its name: nobody shows it.
    described = box(b"text", bytes(6), struct.pack(">H", 1), bytes(44))
    times = b"".join(struct.pack(">II", 1, each) for each in lasts)
    sizes = b"".join(struct.pack(">I", len(text)) for text in texts)
    return box(
        b"stbl",
        box(b"stsd", _version(), struct.pack(">I", 1), described),
        box(b"stts", _version(), count, times),
        box(b"stsc", _version(), struct.pack(">4I", 1, 1, len(texts), 1)),
        box(b"stsz", _version(), struct.pack(">I", 0), count, sizes),
        box(b"stco", _version(), struct.pack(">2I", 1, offset)),
    )


def _version(flags: int = 0) -> bytes:
    """Return version 0 with flags, as every full box has them (ISO 14496-12, 4.2)."""
    return struct.pack(">I", flags)
