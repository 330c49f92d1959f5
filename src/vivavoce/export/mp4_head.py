"""Chapters and cover of an MP4 file, put into room that was kept for them before its sound. Pure.

Chapters are a ``chpl`` box, which libavformat, VLC, mpv and foobar2000 read. Apple's players read a
text track instead; of that, ffprobe warns in every file that it has no decoder for it, so there is
none. Apple's players have their chapters from the MP3.
"""

import struct
from collections.abc import Iterator, Sequence
from typing import Final

from vivavoce.export.chapters import Chapter
from vivavoce.export.mp4_picture import HEAD, Picture, box, reference, track

_MOST: Final = 255  # chpl counts them in a byte
_LONGEST: Final = 255
_MOVIE: Final = slice(12, 20)  # of mvhd's body, version 0: unit and duration


def room(chapters: Sequence[Chapter], picture: Picture | None) -> int:
    """Return how many bytes they take in a file at most."""
    added = len(chpl(chapters)) if chapters else 0
    if picture:
        added += len(track(picture, 0, 0, (1, 1))) + len(reference(0)) + len(picture.data)
    return added + 2 * HEAD  # udta and mdat


def chpl(chapters: Sequence[Chapter]) -> bytes:
    """Return the box: begins in units of 100 ns, titles in UTF-8, cut between characters."""
    listed = chapters[:_MOST]
    body = struct.pack(">IIB", 0x0100_0000, 0, len(listed))
    for chapter in listed:
        whole = chapter.title.encode("utf-8", "replace")
        title = whole[:_LONGEST].decode("utf-8", "ignore").encode()
        body += struct.pack(">QB", chapter.start_ms * 10_000, len(title)) + title
    return box(b"chpl", body)


def completed(head: bytes, chapters: Sequence[Chapter], picture: Picture | None) -> bytes:
    """Return the file's ``head`` (all before ``mdat``) with both, in as many bytes as before.

    Raises ``ValueError`` if there is no ``moov`` of one track with room behind it.
    """
    if not chapters and not picture:
        return head
    boxes = list(_boxes(head))
    kinds = [kind for kind, _ in boxes]
    at = kinds.index(b"moov")
    before = b"".join(box(*one) for one in boxes[:at])
    # The picture lies behind the box that says where it is, whose length is known without it.
    length = len(_moov(boxes[at][1], chapters, picture, 0))
    whole = before + _moov(boxes[at][1], chapters, picture, len(before) + length + HEAD)
    if picture:
        whole += box(b"mdat", picture.data)
    left = len(head) - len(whole) - HEAD
    if set(kinds[at + 1 :]) != {b"free"} or left < 0:
        raise ValueError("no room for chapters and cover")
    return whole + box(b"free", bytes(left))


def _moov(body: bytes, chapters: Sequence[Chapter], picture: Picture | None, offset: int) -> bytes:
    boxes = dict(_boxes(body))
    if set(boxes) - {b"mvhd", b"trak", b"udta"} or b"trak" not in boxes:
        raise ValueError("not the tracks of one sound")
    mvhd, sound = boxes[b"mvhd"], box(b"trak", boxes[b"trak"])
    if picture:
        scale, duration = struct.unpack(">II", mvhd[_MOVIE])
        number = int.from_bytes(mvhd[-4:], "big")  # that of the next track
        mvhd = mvhd[:-4] + (number + 1).to_bytes(4, "big")
        sound = _with_reference(boxes[b"trak"], number)
        sound += track(picture, number, offset, (duration, scale))
    told = boxes.get(b"udta", b"") + (chpl(chapters) if chapters else b"")
    return box(b"moov", box(b"mvhd", mvhd), sound, box(b"udta", told))


def _with_reference(sound: bytes, number: int) -> bytes:
    boxes = dict(_boxes(sound))
    media = box(b"mdia", boxes.pop(b"mdia"))
    described = b"".join(box(*one) for one in boxes.items())
    return box(b"trak", described, reference(number), media)


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if not HEAD <= size <= len(data) - at:
            raise ValueError("a box that is no box")
        yield kind, data[at + HEAD : at + size]
        at += size
