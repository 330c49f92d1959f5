"""What was taken down is nowhere any more; all else is as it was, and the seal says so."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.hls import read_media
from tests.unit.record.ended import EPOCH_MS, SHOW, ended, part, private, public

from vivavoce.card import ShowCard
from vivavoce.errors import UsageError
from vivavoce.media import SEGMENTED, Codec
from vivavoce.package import ogg
from vivavoce.package.cmaf import parts_in
from vivavoce.package.silence import silent_part
from vivavoce.record import files, sealed
from vivavoce.record.places import Places
from vivavoce.record.quiet import duration, silenced_track
from vivavoce.record.sources import Folder, card_of
from vivavoce.record.takedown import Done, begin, carry_out, under_way
from vivavoce.record.takedowns import name_of, read_takedowns
from vivavoce.record.talk import Speaker, Talk, TalkFile
from vivavoce.record.verify import Report, verify
from vivavoce.units import PartNumber, Samples, SegmentNumber

COUNT = 40


@pytest.fixture(scope="module", autouse=True)
def no_sync() -> Iterator[None]:
    """Nobody pulls the plug here, and waiting for the disk is most of what a take-down does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    ended(folder, COUNT)
    track = private(folder) / "tracks" / "seat000000.opus"
    track.write_bytes(a_track([voiced(n) for n in range(COUNT * 16)]))
    spans = [(0, at * 1_000, at * 1_000 + 900) for at in range(12)]
    talk = TalkFile(
        speakers=[Speaker("seat000000", "Ada")],
        spans=spans,
        quiet=[],
        breaks=[],
        starts_ms=0,
        length_ms=COUNT * 320,
    )
    (public(folder) / "talk.json").write_bytes(msgspec.json.encode(talk))
    lines = [b'["speaker",0,"seat000000","Ada"]\n']
    lines += [msgspec.json.encode(("span", *span)) + b"\n" for span in spans]
    (private(folder) / "talk.jsonl").write_bytes(b"".join(lines) + b'["span",0,')
    # The track came after the seal of the end: make that anew.
    lines = (public(folder) / "seal.jsonl").read_bytes().splitlines(keepends=True)
    (public(folder) / "seal.jsonl").write_bytes(b"".join(lines[:-1]))
    card = card_of(Folder(public(folder)))
    renew(folder, card)
    (public(folder) / "episode.mp3").write_bytes(b"all of it")
    (folder / "exports" / SHOW / "job1").mkdir(parents=True)
    return folder


@pytest.fixture(scope="module")
def fresh(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    place = tmp_path_factory.mktemp("fresh")

    def copy() -> Path:
        shutil.rmtree(place)
        shutil.copytree(finished, place)
        return place

    return copy


def voiced(number: int) -> bytes:
    return b"\xf8" + b"voice" + number.to_bytes(4, "big") * 8


def a_track(packets: list[bytes]) -> bytes:
    pages = [ogg.head_pages(7)]
    for at in range(0, len(packets), 50):
        some = packets[at : at + 50]
        pages.append(ogg.page(some, (at + len(some)) * 960, 7, 2 + at // 50))
    return b"".join(pages)


def renew(data: Path, card: ShowCard) -> ShowCard:
    """Put the new head on the card, as the studio does."""
    head = sealed.end(public(data), private(data), SHOW, EPOCH_MS)
    card = msgspec.structs.replace(card, seal=head, version=card.version + 1)
    (public(data) / "card.json").write_bytes(msgspec.json.encode(card))
    return card


def take_down(data: Path, from_ms: int, to_ms: int) -> Done:
    card = card_of(Folder(public(data)))
    begin(Places(data), SHOW, from_ms, to_ms, 1_800_000_000_000)
    done = carry_out(Places(data), card)
    assert done is not None
    renew(data, card)
    return done


def heard(data: Path, codec: Codec, name: str = "replay.m3u8") -> dict[int, bytes]:
    """Every part that a player is led to."""
    text = (public(data) / codec / name).read_text()
    found = {}
    for entry in read_media(text).entries:
        body = (public(data) / codec / entry.uri).read_bytes()
        parts = list(parts_in(codec, body))
        assert b"".join(one.body for one in parts) == body
        found.update({int(one.number): one.body for one in parts})
    return found


def look(data: Path) -> Report:
    source = Folder(public(data))
    return verify(source, card_of(source))


def everything(data: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(data.rglob("*")) if path.is_file())


RANGES = st.tuples(st.integers(-500, 13_500), st.integers(1, 8_000)).map(
    lambda drawn: (drawn[0], drawn[0] + drawn[1])
)


@settings(max_examples=12)
@given(st.lists(RANGES, min_size=1, max_size=3))
def test_the_range_is_silence_and_the_rest_is_as_it_was(
    fresh: Callable[[], Path], ranges: list[tuple[int, int]]
) -> None:
    data = fresh()
    gone: set[int] = set()
    times = 0
    for from_ms, to_ms in ranges:
        touched = set(range(max(0, from_ms) // 320, -(-max(0, to_ms) // 320))) & set(range(COUNT))
        if not touched:
            with pytest.raises(UsageError):
                take_down(data, from_ms, to_ms)
            continue
        take_down(data, from_ms, to_ms)
        times += 1
        gone |= touched
    for codec in SEGMENTED:
        for name in ("replay.m3u8", "show.m3u8"):
            assert heard(data, codec, name) == {
                n: (silent_part(codec, PartNumber(n)) if n in gone else part(codec, n)).body
                for n in range(COUNT)
            }
    left = everything(data)
    for n in gone:
        assert b"".join(bytes([n % 251, k]) * 9 for k in range(3)) not in left
        assert all(voiced(n * 16 + k) not in left for k in range(16))
    talk = msgspec.json.decode((public(data) / "talk.json").read_bytes(), type=TalkFile)
    spoken = {ms for _, begin, end in talk.spans for ms in range(begin, end, 20)}
    said = {ms for at in range(12) for ms in range(at * 1_000, at * 1_000 + 900, 20)}
    assert spoken <= said
    assert {ms for ms in said if ms // 320 not in gone} <= spoken
    assert not {ms for ms in spoken if ms // 320 in gone and (ms + 20) // 320 in gone}
    kept = Talk((private(data) / "talk.jsonl").read_bytes().splitlines())
    assert sorted(kept.file(()).spans) == sorted(talk.spans)
    told = read_takedowns((public(data) / "takedowns.json").read_bytes()) if times else []
    assert len(told) == times
    report = look(data)
    assert report.whole, report.findings
    assert {finding.kind for finding in report.findings} <= {"taken_down"}
    for codec in SEGMENTED:
        on_disk = {path.name for path in (public(data) / codec).glob("*.m4s")}
        assert on_disk == {name_of(SegmentNumber(n), told) for n in range(7)}


class Killed(BaseException):
    """The process is gone."""


@contextmanager
def killing(monkeypatch: pytest.MonkeyPatch, after: int) -> Iterator[list[bool]]:
    """Let so many changes of the disk through, then die at each."""
    left = after
    real_write, real_unlink = files.write_atomic, Path.unlink

    def die() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Killed

    def write(path: Path, data: bytes, *, durable: bool = False) -> None:
        die()
        real_write(path, data, durable=durable)

    def unlink(path: Path, missing_ok: bool = False) -> None:
        if path.name.startswith("."):
            return real_unlink(path, missing_ok=missing_ok)
        die()
        return real_unlink(path, missing_ok=missing_ok)

    with monkeypatch.context() as patch, suppress(Killed):
        patch.setattr(files, "write_atomic", write)
        patch.setattr(Path, "unlink", unlink)
        yield []


def test_a_crash_at_any_step_is_finished_at_the_next_start(
    fresh: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = fresh()
    take_down(whole, 3_000, 6_500)
    wanted = everything(whole)
    crashes = 0
    while True:
        data = fresh()
        card = card_of(Folder(public(data)))
        begin(Places(data), SHOW, 3_000, 6_500, 1_800_000_000_000)
        with killing(monkeypatch, crashes) as survived:
            carry_out(Places(data), card)
            survived.append(True)
        if survived:
            break
        crashes += 1
        assert under_way(Places(data)) == [SHOW]
        # Whatever the moment, what the lists lead to is there and plays.
        for codec in SEGMENTED:
            assert heard(data, codec).keys() == set(range(COUNT))
        carry_out(Places(data), card)
        renew(data, card)
        assert under_way(Places(data)) == []
        assert everything(data) == wanted
    assert crashes > 15


def test_what_it_says_it_did(fresh: Callable[[], Path]) -> None:
    data = fresh()
    aside = public(data) / "opus" / "00000002.m4s.damaged"
    aside.write_bytes(b"a piece of the sound")
    done = take_down(data, 4_000, 5_000)
    assert done.range.from_ms == 3_840
    assert done.range.to_ms == 5_120
    assert done.range.segments == (2,)
    assert done.replaced == ("opus/00000002.m4s", "aac/00000002.m4s")
    assert done.dropped == ("episode.mp3", "exports/job1")
    assert not aside.exists()
    peaks = (public(data) / "peaks.bin").read_bytes()
    assert peaks == bytes(0 if 12 <= n < 16 else n for n in range(40))
    report = look(data)
    (finding,) = report.findings
    assert finding.words == (
        "Segment 2 (from 0:00:03 to 0:00:05) was taken down by the host and is silence; the seal"
        " says so."
    )


@pytest.mark.parametrize(
    ("from_ms", "to_ms"), [(5, 5), (9, 5), (-9, -5), (60_000, 61_000), (10**12, 10**13)]
)
def test_ranges_with_no_sound_are_refused_and_leave_nothing(
    fresh: Callable[[], Path], from_ms: int, to_ms: int
) -> None:
    data = fresh()
    before = everything(data)
    with pytest.raises(UsageError) as refused:
        begin(Places(data), SHOW, from_ms, to_ms, 0)
    assert refused.value.code == "range_empty"
    assert everything(data) == before


@pytest.fixture(scope="module")
def twice(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("twice")
    shutil.copytree(finished, place, dirs_exist_ok=True)
    take_down(place, 3_000, 6_500)
    take_down(place, 6_000, 7_000)
    return place


@given(st.data())
def test_what_was_put_in_its_place_is_sealed_too(twice: Path, data: st.DataObject) -> None:
    folder = twice
    path = data.draw(
        st.sampled_from([*public(folder).rglob("*.t*.m4s"), public(folder) / "takedowns.json"])
    )
    before = path.read_bytes()
    place = data.draw(st.integers(0, len(before) * 8 - 1))
    flipped = bytearray(before)
    flipped[place // 8] ^= 1 << place % 8
    path.write_bytes(flipped)
    whole = look(folder).whole
    path.write_bytes(before)
    assert not whole


def test_a_range_that_only_claims_to_be_taken_down_is_altered(fresh: Callable[[], Path]) -> None:
    data = fresh()
    (public(data) / "opus" / "00000002.m4s").unlink()
    (public(data) / "takedowns.json").write_text(
        '[{"from_ms":3840,"to_ms":5760,"at_ms":1,"segments":[2]}]'
    )
    assert not look(data).whole


@given(
    st.lists(st.sampled_from([0xF8, 0xF0, 0xE8, 0xE0, 0x78, 0x08, 0x18, 0xF9]), max_size=120),
    st.integers(0, 120_000),
    st.integers(0, 60_000),
)
def test_a_track_keeps_its_length_and_every_packet_outside(
    tocs: list[int], begin_at: int, length: int
) -> None:
    packets = [bytes((toc,)) + b"v" * 30 for toc in tocs]
    at, pages = 0, [ogg.head_pages(7)]
    for number in range(0, len(packets), 9):
        at += sum(map(duration, packets[number : number + 9]))
        pages.append(ogg.page(packets[number : number + 9], at, 7, 2 + number))
    track = b"".join(pages)
    made = silenced_track(track, Samples(begin_at), Samples(begin_at + length))
    before, after = timed(track), timed(made)
    assert end_of(before) == end_of(after)
    for start, packet in before:
        stop = start + duration(packet)
        if stop <= begin_at - 960 or start >= begin_at + length + 960:
            assert (start, packet) in after
        elif stop > begin_at and start < begin_at + length:
            assert (start, packet) not in after
    assert all(b"v" in packet or packet[1:] == b"\xff\xfe" for _, packet in after)


def timed(track: bytes) -> list[tuple[int, bytes]]:
    """Every packet of a track with where it begins, by the sum of what came before."""
    from vivavoce.record.quiet import _packets, _pages

    at, found = 0, []
    for place, (page, granule) in enumerate(_pages(track)):
        if place < 2:
            continue
        for packet in _packets(page):
            found.append((at, packet))
            at += duration(packet)
        assert granule == at
    return found


def end_of(packets: list[tuple[int, bytes]]) -> int:
    return max((at + duration(packet) for at, packet in packets), default=0)
