"""Chapters are put into an MP4 file's head, and not a byte of it moves."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.export.chapters import Chapter
from vivavoce.export.mp4_chapters import ROOM, chpl, with_chapters

chapters = st.lists(
    st.builds(Chapter, st.integers(0, 8_640_000_000), st.text(max_size=300)), max_size=300
)


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def read(found: bytes) -> list[tuple[int, str]]:
    """Read ``chpl`` as libavformat does."""
    size, kind, version, _, count = struct.unpack_from(">I4sIIB", found)
    assert (size, kind, version) == (len(found), b"chpl", 0x0100_0000)
    at, listed = 17, []
    for _ in range(count):
        start, length = struct.unpack_from(">QB", found, at)
        listed.append((start // 10_000, found[at + 9 : at + 9 + length].decode()))
        at += 9 + length
    assert at == len(found)
    return listed


@given(chapters, st.booleans(), st.integers(0, 500))
def test_what_is_put_in_is_read_and_the_rest_stays(
    wanted: list[Chapter], described: bool, spare: int
) -> None:
    inside = box(b"mvhd", b"1234") + (box(b"udta", box(b"meta", b"x")) if described else b"")
    head = box(b"ftyp", b"M4A ") + box(b"moov", inside) + box(b"free", bytes(ROOM + spare + 8))
    changed = with_chapters(head, wanted)
    assert len(changed) == len(head)
    assert changed.startswith(box(b"ftyp", b"M4A "))
    at = changed.index(b"chpl") - 4
    size = int.from_bytes(changed[at : at + 4], "big")
    listed = read(changed[at : at + size])
    whole = [(c.start_ms, c.title.encode("utf-8", "replace").decode()) for c in wanted[:255]]
    assert [start for start, _ in listed] == [start for start, _ in whole]
    assert all(one.startswith(cut) for (_, cut), (_, one) in zip(listed, whole, strict=True))
    assert all(
        cut == one for (_, cut), (_, one) in zip(listed, whole, strict=True) if len(one) < 60
    )
    assert len(chpl(wanted)) <= ROOM


def test_without_room_nothing_is_written() -> None:
    head = box(b"moov", b"") + box(b"free", b"")
    with pytest.raises(ValueError, match="no room"):
        with_chapters(head, [Chapter(0, "a")])
