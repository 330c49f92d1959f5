"""Chapters are put into an MP4 file's head twice, and not a byte of the sound moves."""

import struct
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.export.chapters import Chapter
from vivavoce.export.mp4_chapters import room, with_chapters

FTYP = struct.pack(">I4s4s", 12, b"ftyp", b"M4A ")
LENGTH_MS = 86_400_000

chapters = st.lists(
    st.builds(Chapter, st.integers(0, LENGTH_MS), st.text(max_size=300)),
    max_size=300,
    unique_by=lambda chapter: chapter.start_ms,
).map(lambda found: sorted(found, key=lambda chapter: chapter.start_ms))


def box(kind: bytes, *bodies: bytes) -> bytes:
    body = b"".join(bodies)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at + 8 : at + size]
        at += size
    assert at == len(data)


def inside(data: bytes, *path: bytes) -> bytes:
    for kind in path:
        (data,) = [body for found, body in boxes(data) if found == kind]
    return data


def head(free: int, *, described: bool = False) -> bytes:
    """Return what libavformat writes before the sound, as far as it counts."""
    mvhd = struct.pack(">5I", 0, 0, 0, 1_000, LENGTH_MS + 500) + bytes(76) + struct.pack(">I", 2)
    sound = box(b"trak", box(b"tkhd", b"t"), box(b"edts", b"e"), box(b"mdia", b"m"))
    udta = box(b"udta", box(b"meta", b"x")) if described else b""
    return FTYP + box(b"moov", box(b"mvhd", mvhd), sound, udta) + box(b"free", bytes(free))


def listed(moov: bytes) -> list[tuple[int, bytes]]:
    """Read ``chpl`` as libavformat does."""
    body = inside(moov, b"udta", b"chpl")
    version, _, count = struct.unpack_from(">IIB", body)
    assert version == 0x0100_0000
    at, found = 9, []
    for _ in range(count):
        start, length = struct.unpack_from(">QB", body, at)
        found.append((start // 10_000, body[at + 9 : at + 9 + length]))
        at += 9 + length
    assert at == len(body)
    return found


def tracked(file: bytes, moov: bytes) -> list[tuple[int, bytes]]:
    """Read the text track as QuickTime does: in the file, by its tables."""
    sound, text = (body for kind, body in boxes(moov) if kind == b"trak")
    assert [kind for kind, _ in boxes(sound)] == [b"tkhd", b"edts", b"tref", b"mdia"]
    (number,) = struct.unpack(">I", inside(sound, b"tref", b"chap"))
    flags, _, _, named, _, lasts = struct.unpack_from(">6I", inside(text, b"tkhd"))
    assert (flags & 1, named, lasts) == (0, number, LENGTH_MS + 500)
    assert struct.unpack(">I", inside(moov, b"mvhd")[-4:])[0] == number + 1
    table = inside(text, b"mdia", b"minf", b"stbl")
    times = inside(table, b"stts")[8:]
    sizes = struct.unpack(f">{len(times) // 8}I", inside(table, b"stsz")[12:])
    (at,) = struct.unpack_from(">I", inside(table, b"stco"), 8)
    edits = inside(text, b"edts", b"elst")[8:]
    empty, media = struct.unpack_from(">Ii", edits)
    now = empty if media < 0 else 0
    assert sum(each for each, _, _ in struct.iter_unpack(">IiI", edits)) == LENGTH_MS + 500
    found = []
    for (count, each), size in zip(struct.iter_unpack(">II", times), sizes, strict=True):
        assert count == 1
        (length,) = struct.unpack_from(">H", file, at)
        found.append((now, file[at + 2 : at + 2 + length]))
        assert file[at + 2 + length : at + size] == b"\0\0\0\x0cencd\0\0\x01\0"
        now, at = now + each, at + size
    media_ms = sum(each for _, each in struct.iter_unpack(">II", times))
    assert media_ms == LENGTH_MS + 500, "the last one lasts to the end"
    return found


@given(chapters, st.booleans(), st.integers(0, 500))
def test_what_is_put_in_is_read_and_the_rest_stays(
    wanted: list[Chapter], described: bool, spare: int
) -> None:
    before = head(room(wanted) + spare, described=described)
    file = with_chapters(before, wanted)
    assert len(file) == len(before)
    assert file.startswith(FTYP)
    if not wanted:
        assert file == before
        return
    moov = inside(file, b"moov")
    assert (b"meta" in dict(boxes(inside(moov, b"udta")))) == described
    found = listed(moov)
    assert tracked(file, moov) == found
    assert [start for start, _ in found] == [chapter.start_ms for chapter in wanted[:255]]
    for (_, title), chapter in zip(found, wanted, strict=False):
        whole = chapter.title.encode("utf-8", "replace")
        assert whole.startswith(title)
        assert title == whole or 252 <= len(title) <= 255
        title.decode()
    assert all(a < b for (a, _), (b, _) in pairwise(found))


def test_without_room_nothing_is_written() -> None:
    one = [Chapter(0, "a")]
    with pytest.raises(ValueError, match="no room"):
        with_chapters(head(100), one)
    with pytest.raises(ValueError, match="tracks"):
        with_chapters(FTYP + box(b"moov", box(b"iods", b"")) + box(b"free", bytes(5_000)), one)
