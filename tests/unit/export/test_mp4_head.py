"""Chapters and cover are put into an MP4 file's head, and not a byte of the sound moves."""

import struct
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.export.chapters import Chapter
from vivavoce.export.mp4_head import completed, room
from vivavoce.export.mp4_picture import Picture

FTYP = struct.pack(">I4s4s", 12, b"ftyp", b"M4A ")
LENGTH_MS = 86_400_000

titles = st.text(max_size=20) | st.sampled_from(["x" * 300, "é" * 200, "\U0001f3a7" * 100])
chapters = st.lists(
    st.builds(Chapter, st.integers(0, LENGTH_MS), titles),
    max_size=300,
    unique_by=lambda chapter: chapter.start_ms,
).map(lambda found: sorted(found, key=lambda chapter: chapter.start_ms))
pictures = st.none() | st.builds(
    Picture,
    st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"]).flatmap(
        lambda begin: st.binary(max_size=500).map(lambda rest: begin + rest)
    ),
    st.integers(1, 600),
)


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
    body = dict(boxes(inside(moov, b"udta"))).get(b"chpl", bytes([1, *bytes(8)]))
    version, _, count = struct.unpack_from(">IIB", body)
    assert version == 0x0100_0000
    at, found = 9, []
    for _ in range(count):
        start, length = struct.unpack_from(">QB", body, at)
        found.append((start // 10_000, body[at + 9 : at + 9 + length]))
        at += 9 + length
    assert at == len(body)
    return found


def pictured(file: bytes, moov: bytes) -> Picture | None:
    """Read the picture as a demuxer does: in the file, by its track's tables."""
    sound, *others = (body for kind, body in boxes(moov) if kind == b"trak")
    if not others:
        assert b"tref" not in dict(boxes(sound))
        return None
    (track,) = others
    assert [kind for kind, _ in boxes(sound)] == [b"tkhd", b"edts", b"tref", b"mdia"]
    (number,) = struct.unpack(">I", inside(sound, b"tref", b"chap"))
    flags, _, _, named, _, lasts = struct.unpack_from(">6I", inside(track, b"tkhd"))
    assert (flags & 1, named, lasts) == (0, number, LENGTH_MS + 500)
    assert struct.unpack(">I", inside(moov, b"mvhd")[-4:])[0] == number + 1
    table = inside(track, b"mdia", b"minf", b"stbl")
    assert struct.unpack(">4I", inside(table, b"stts")) == (0, 1, 1, LENGTH_MS + 500)
    size, count = struct.unpack_from(">2I", inside(table, b"stsz"), 4)
    (at,) = struct.unpack_from(">I", inside(table, b"stco"), 8)
    ((kind, entry),) = boxes(inside(table, b"stsd")[8:])
    wide, high = struct.unpack_from(">2H", entry, 24)
    found = Picture(file[at : at + size], wide)
    assert (count, high, found.kind, len(entry)) == (1, wide, kind, 78)
    return found


@given(chapters, pictures, st.booleans(), st.integers(0, 500))
def test_what_is_put_in_is_read_and_the_rest_stays(
    wanted: list[Chapter], picture: Picture | None, described: bool, spare: int
) -> None:
    before = head(room(wanted, picture) + spare, described=described)
    file = completed(before, wanted, picture)
    assert len(file) == len(before)
    assert file.startswith(FTYP)
    if not wanted and not picture:
        assert file == before
        return
    moov = inside(file, b"moov")
    assert (b"meta" in dict(boxes(inside(moov, b"udta")))) == described
    assert pictured(file, moov) == picture
    found = listed(moov)
    assert [start for start, _ in found] == [chapter.start_ms for chapter in wanted[:255]]
    for (_, title), chapter in zip(found, wanted, strict=False):
        whole = chapter.title.encode("utf-8", "replace")
        assert whole.startswith(title)
        assert title == whole or 252 <= len(title) <= 255
        title.decode()
    assert all(a < b for (a, _), (b, _) in pairwise(found))


def test_without_room_nothing_is_written() -> None:
    one, picture = [Chapter(0, "a")], Picture(bytes(500), 600)
    with pytest.raises(ValueError, match="no room"):
        completed(head(10), one, None)
    with pytest.raises(ValueError, match="no room"):
        completed(head(500), [], picture)
    with pytest.raises(ValueError, match="tracks"):
        completed(FTYP + box(b"moov", box(b"iods", b"")) + box(b"free", bytes(5_000)), one, None)
