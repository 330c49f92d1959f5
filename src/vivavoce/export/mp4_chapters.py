"""Chapters of an MP4 file, put into room that was kept for them before its sound. Pure.

Twice, as two worlds read them: as a ``chpl`` box, and as a text track (``mp4_text``). libavformat
would write both, but lets a first chapter that begins later begin at once. Of the track, ffprobe
remarks that it has no decoder for it; it does so of every file with one.
"""

import struct
from collections.abc import Iterator, Sequence
from typing import Final

from vivavoce.export.chapters import Chapter
from vivavoce.export.mp4_text import HEAD, box, cut, reference, samples, track

_MOST: Final = 255  # chpl counts them in a byte
_MOVIE: Final = slice(12, 20)  # of mvhd's body, version 0: unit and duration


def room(chapters: Sequence[Chapter]) -> int:
    """Return how many bytes chapters take in a file."""
    listed = chapters[:_MOST]
    if not listed:
        return 0
    added = (chpl(listed), track(listed, 0, 0, (1, 1)), reference(0), *samples(listed))
    # Two boxes around them, and an edit for the time before the first.
    return sum(map(len, added)) + 2 * HEAD + 12


def chpl(chapters: Sequence[Chapter]) -> bytes:
    """Return the box: begins in units of 100 ns, titles in UTF-8, cut between characters."""
    listed = chapters[:_MOST]
    body = struct.pack(">IIB", 0x0100_0000, 0, len(listed))
    for chapter in listed:
        title = cut(chapter.title)
        body += struct.pack(">QB", chapter.start_ms * 10_000, len(title)) + title
    return box(b"chpl", body)


def with_chapters(head: bytes, chapters: Sequence[Chapter]) -> bytes:
    """Return the file's ``head`` (all before ``mdat``) with chapters, in as many bytes as before.

    Raises ``ValueError`` if there is no ``moov`` of one track with room behind it.
    """
    listed = chapters[:_MOST]
    if not listed:
        return head
    boxes = list(_boxes(head))
    kinds = [kind for kind, _ in boxes]
    at = kinds.index(b"moov")
    before = b"".join(box(*one) for one in boxes[:at])
    # The samples lie behind the box that says where they are; its length is known without them.
    length = len(_with_track(boxes[at][1], listed, 0))
    moov = _with_track(boxes[at][1], listed, len(before) + length + HEAD)
    texts = box(b"mdat", *samples(listed))
    left = len(head) - len(before) - len(moov) - len(texts) - HEAD
    if set(kinds[at + 1 :]) != {b"free"} or left < 0:
        raise ValueError("no room for chapters")
    return before + moov + texts + box(b"free", bytes(left))


def _with_track(body: bytes, chapters: Sequence[Chapter], offset: int) -> bytes:
    boxes = dict(_boxes(body))
    if set(boxes) - {b"mvhd", b"trak", b"udta"} or b"trak" not in boxes:
        raise ValueError("not the tracks of one sound")
    mvhd, sound = boxes[b"mvhd"], dict(_boxes(boxes[b"trak"]))
    scale, duration = struct.unpack(">II", mvhd[_MOVIE])
    number = int.from_bytes(mvhd[-4:], "big")  # that of the next track
    mvhd = mvhd[:-4] + (number + 1).to_bytes(4, "big")
    media = sound.pop(b"mdia")
    described = b"".join(box(*one) for one in sound.items())
    return box(
        b"moov",
        box(b"mvhd", mvhd),
        box(b"trak", described, reference(number), box(b"mdia", media)),
        track(chapters, number, offset, (duration, scale)),
        box(b"udta", boxes.get(b"udta", b""), chpl(chapters)),
    )


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if not HEAD <= size <= len(data) - at:
            raise ValueError("a box that is no box")
        yield kind, data[at + HEAD : at + size]
        at += size
