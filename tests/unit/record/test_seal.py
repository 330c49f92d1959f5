"""The chain is the same however the show came about, and hangs on every byte before it."""

import hashlib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.record.ended import EPOCH_MS, SHOW, close, ended, parts, public, recording

from vivavoce.record import seal, sealed
from vivavoce.units import PartNumber, SegmentNumber

DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)


def lines_of(data: Path) -> list[seal.Link]:
    path = public(data) / "seal.jsonl"
    raw = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    links = [seal.parse(line) for line in raw]
    return [link for link in links if link is not None]


def numbers(data: Path) -> list[int]:
    return [link.n for link in lines_of(data) if link.n is not None]


def test_the_heads_are_what_the_document_says() -> None:
    chain = seal.Chain("0123456789", 1_723_509_720_000)
    before = hashlib.sha256(b"0123456789 1723509720000").digest()
    assert chain.head == before.hex()
    opus, aac = hashlib.sha256(b"o").digest(), hashlib.sha256(b"a").digest()
    link = chain.add(SegmentNumber(12), opus.hex(), aac.hex())
    head = hashlib.sha256(before + (12).to_bytes(8, "big") + opus + aac).digest()
    assert (link.head, chain.head, chain.segment) == (head.hex(), head.hex(), 12)
    link = chain.end({"b": aac.hex(), "a": opus.hex()})
    said = f"{opus.hex()} a\n{aac.hex()} b\n".encode()
    assert link.head == hashlib.sha256(head + b"files" + said).hexdigest()


@given(st.lists(st.tuples(st.integers(1, 50), DIGESTS, DIGESTS), max_size=8), st.data())
def test_any_byte_changed_ends_the_chain_before_it(
    steps: list[tuple[int, str, str]], data: st.DataObject
) -> None:
    chain, n, written = seal.Chain(SHOW, EPOCH_MS), -1, b""
    for step, opus, aac in steps:
        n += step
        written += chain.add(SegmentNumber(n), opus, aac).line()
    again, size = seal.Chain.read(SHOW, EPOCH_MS, written)
    assert (again.head, again.segment, size) == (chain.head, n, len(written))
    if written:
        place = data.draw(st.integers(0, len(written) * 8 - 1))
        flipped = bytearray(written)
        flipped[place // 8] ^= 1 << place % 8
        _, size = seal.Chain.read(SHOW, EPOCH_MS, bytes(flipped))
        assert size <= place // 8


def test_segments_are_sealed_as_they_become_whole(tmp_path: Path) -> None:
    show = recording(tmp_path)
    for number in range(20):
        show.append(parts(number, number + 1))
        assert numbers(tmp_path) == list(range((number + 1) // 6))
    newest = sealed.newest(public(tmp_path))
    assert newest is not None
    assert (newest.segment, newest.head) == (2, lines_of(tmp_path)[-1].head)
    show.finish()
    assert numbers(tmp_path) == [0, 1, 2, 3]


@given(st.integers(1, 30), st.integers(0, 60), st.integers(0, 300))
def test_after_a_crash_the_chain_goes_on_from_what_is_on_disk(
    tmp_path_factory: object, begun: int, torn: int, away: int
) -> None:
    folder = tmp_path_factory.mktemp("show")  # type: ignore[attr-defined]
    recording(folder).append(parts(0, begun))
    path = public(folder) / "seal.jsonl"
    if path.exists():
        path.write_bytes(path.read_bytes()[: -torn or None])
    show = recording(folder, begun + away)
    show.append(parts(begun + away, begun + away + 9))
    show.finish()
    whole = (path.read_bytes(), numbers(folder))
    # A chain that was lost is made again, and is the same.
    path.unlink()
    recording(folder).finish()
    assert (path.read_bytes(), numbers(folder)) == whole
    assert whole[1] == sorted(
        int(one.name[:8]) for one in (public(folder) / "aac").glob("????????.m4s")
    )


def test_dead_air_that_is_cut_off_is_said_in_the_chain(tmp_path: Path) -> None:
    show = recording(tmp_path)
    show.append(parts(0, 60))
    show.finish(PartNumber(14))
    assert [link.cut for link in lines_of(tmp_path) if link.cut is not None] == [3]
    show.finish(PartNumber(14))
    close(tmp_path)
    assert len([link for link in lines_of(tmp_path) if link.cut is not None]) == 1


def test_a_damaged_chain_is_set_aside_and_made_again(tmp_path: Path) -> None:
    recording(tmp_path).append(parts(0, 30))
    path = public(tmp_path) / "seal.jsonl"
    before = path.read_bytes()
    path.write_bytes(before[:40] + b"x" + before[41:])
    show = recording(tmp_path, 30)
    show.append(parts(30, 31))
    assert path.read_bytes() == before
    assert (public(tmp_path) / "seal.jsonl.damaged").exists()


def test_the_end_is_sealed_once(tmp_path: Path) -> None:
    card = ended(tmp_path)
    before = (public(tmp_path) / "seal.jsonl").read_bytes()
    again = close(tmp_path)
    assert (public(tmp_path) / "seal.jsonl").read_bytes() == before
    assert again.seal == card.seal
    files = lines_of(tmp_path)[-1].files or {}
    assert {"opus/init.mp4", "aac/replay.m3u8", "peaks.bin", "tracks/seat000000.json"} <= set(files)
