"""Chapters of an MP4 file as a ``chpl`` box, put into room that was kept for them. Pure.

libavformat writes them as a text track as well, of which other programs remark that they cannot
decode it. This box alone is read by what plays ``.m4a`` chapters outside Apple's world.
"""

import struct
from collections.abc import Iterator, Sequence
from typing import Final

from vivavoce.export.chapters import Chapter

_MOST: Final = 255  # they are counted in a byte
_LONGEST: Final = 255
_HEAD: Final = 8

ROOM: Final = _HEAD + 9 + _MOST * (9 + _LONGEST)
"""The most that ``chpl`` takes, in bytes."""


def chpl(chapters: Sequence[Chapter]) -> bytes:
    """Return the box: begins in units of 100 ns, titles in UTF-8, cut between characters."""
    listed = chapters[:_MOST]
    body = struct.pack(">IIB", 0x0100_0000, 0, len(listed))
    for chapter in listed:
        title = chapter.title.encode("utf-8", "replace")[:_LONGEST].decode("utf-8", "ignore")
        text = title.encode()
        body += struct.pack(">QB", chapter.start_ms * 10_000, len(text)) + text
    return _box(b"chpl", body)


def with_chapters(head: bytes, chapters: Sequence[Chapter]) -> bytes:
    """Return the file's ``head`` (all before ``mdat``) with chapters, in as many bytes as before.

    Raises ``ValueError`` if there is no ``moov`` with room behind it.
    """
    boxes = list(_boxes(head))
    kinds = [kind for kind, _ in boxes]
    room = kinds.index(b"free")
    moov = kinds.index(b"moov")
    extended = _box(b"moov", _in_moov(boxes[moov][1], chpl(chapters)))
    grown = len(extended) - len(boxes[moov][1]) - _HEAD
    left = len(boxes[room][1]) - grown
    if room != moov + 1 or left < 0:
        raise ValueError("no room for chapters")
    boxes[room] = (b"free", bytes(left))
    whole = [extended if at == moov else _box(kind, body) for at, (kind, body) in enumerate(boxes)]
    return b"".join(whole)


def _in_moov(moov: bytes, box: bytes) -> bytes:
    boxes = list(_boxes(moov))
    if all(kind != b"udta" for kind, _ in boxes):
        boxes.append((b"udta", b""))
    return b"".join(_box(kind, body + box if kind == b"udta" else body) for kind, body in boxes)


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", _HEAD + len(body), kind) + body


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if not _HEAD <= size <= len(data) - at:
            raise ValueError("a box that is no box")
        yield kind, data[at + _HEAD : at + size]
        at += size
