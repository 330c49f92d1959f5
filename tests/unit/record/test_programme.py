"""What was written survives any kill, cut, rubbish or full disk, by the same few laws."""

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.hls import check_bandwidth, read_media

from vivavoce.card import ShowCard, State
from vivavoce.errors import MachineError
from vivavoce.media import SEGMENTED, Codec, Part
from vivavoce.package import cmaf
from vivavoce.package.heads import HEADS
from vivavoce.package.silence import silent_part
from vivavoce.record.programme import Programme, write_card
from vivavoce.testing import hls_rules, hls_versions
from vivavoce.units import PartNumber

EPOCH = datetime(2024, 8, 13, 0, 42, tzinfo=UTC)
Bodies = dict[int, bytes]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """A fresh, empty place for each example."""
    place = tmp_path_factory.mktemp("show")

    def fresh() -> Path:
        shutil.rmtree(place)
        place.mkdir()
        return place / "0123456789"

    return fresh


def part(codec: Codec, number: int) -> Part:
    packets = [bytes([number % 251, n]) * 9 for n in range(cmaf.PACKETS_PER_PART[codec])]
    return Part(codec, PartNumber(number), cmaf.chunk(codec, PartNumber(number), packets))


def parts(start: int, end: int) -> list[Part]:
    return [part(codec, number) for number in range(start, end) for codec in SEGMENTED]


def silent(codec: Codec, number: int) -> bytes:
    return silent_part(codec, PartNumber(number)).body


def on_disk(folder: Path, codec: Codec, names: list[str] | None = None) -> Bodies:
    """Every part in the segment files (or those named), each of which must be whole to its end."""
    found: Bodies = {}
    for name in (
        names if names is not None else sorted(p.name for p in (folder / codec).glob("*.m4s"))
    ):
        data = (folder / codec / name).read_bytes()
        inside = list(cmaf.parts_in(codec, data))
        assert b"".join(p.body for p in inside) == data
        numbers = [p.number for p in inside]
        first = int(name.partition(".")[0]) * 6
        assert numbers == list(range(first, first + len(numbers)))
        found.update({p.number: p.body for p in inside})
    return found


def listed(folder: Path, codec: Codec, name: str = "index.m3u8") -> Bodies:
    """Every part that the codec's playlist leads to; it must say how long each segment is."""
    path = folder / codec / name
    if not path.exists():
        return {}
    text = path.read_text()
    assert hls_rules.media(text) == []
    entries = read_media(text).entries
    found: Bodies = {}
    for entry in entries:
        inside = on_disk(folder, codec, [entry.uri])
        assert entry.duration_s == pytest.approx(len(inside) * 0.32)
        found.update(inside)
    return found


def replay(folder: Path) -> dict[Codec, Bodies]:
    """The finished show: both codecs cut alike, and everything that is there is listed."""
    found = {codec: listed(folder, codec, "replay.m3u8") for codec in SEGMENTED}
    assert found[Codec.OPUS].keys() == found[Codec.AAC].keys()
    for name in ("replay.m3u8", "index.m3u8") if found[Codec.OPUS] else ():
        texts = {(folder / codec / name).read_text() for codec in SEGMENTED}
        assert len(texts) == 1
        assert texts.pop().endswith("#EXT-X-ENDLIST\n")
        assert listed(folder, Codec.AAC, name).items() <= found[Codec.AAC].items()
    if found[Codec.OPUS]:
        multivariant = (folder / "index.m3u8").read_text()
        assert multivariant.count("/replay.m3u8") == 2
        assert (folder / "rewind.m3u8").read_text() == multivariant
        assert hls_versions.multivariant(multivariant) == []
        texts = {(folder / codec / "show.m3u8").read_text() for codec in SEGMENTED}
        (whole,) = texts
        assert whole.replace(":EVENT", ":VOD") == (folder / "aac" / "replay.m3u8").read_text()
        check_bandwidth(folder, multivariant)
    for codec in SEGMENTED:
        assert on_disk(folder, codec) == found[codec]
        assert (folder / codec / "init.mp4").read_bytes() == HEADS[codec]
    return found


def record(folder: Path, sound: list[Part], step: int = 5) -> Programme:
    programme = Programme(folder, HEADS, EPOCH)
    for at in range(0, len(sound), step):
        programme.append(sound[at : at + step])
    return programme


@given(count=st.integers(0, 130), step=st.integers(1, 40))
def test_a_quiet_show_is_replayed_as_it_was(
    scratch: Callable[[], Path], count: int, step: int
) -> None:
    folder = scratch()
    programme = record(folder, parts(0, count), step)
    for codec in SEGMENTED:
        whole = count // 6
        window = range(max(0, whole - 16) * 6, whole * 6)
        assert listed(folder, codec) == {n: part(codec, n).body for n in window}
        so_far = {n: part(codec, n).body for n in range(whole * 6)}
        assert listed(folder, codec, "show.m3u8") == so_far
    if count >= 6:
        assert (folder / "rewind.m3u8").read_text().count("/show.m3u8") == 2
    assert programme.finish() == count * 15_360
    found = replay(folder)
    for codec in SEGMENTED:
        assert found[codec] == {n: part(codec, n).body for n in range(count)}
    before = snapshot(folder)
    assert programme.finish() == Programme(folder, HEADS, EPOCH).finish() == count * 15_360
    assert snapshot(folder) == before


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


DAMAGE = st.lists(
    st.tuples(
        st.sampled_from(SEGMENTED),
        st.integers(0, 30),
        st.sampled_from(["cut", "rubbish", "zeros", "delete", "folder"]),
        st.integers(0, 3_000),
    ),
    max_size=6,
)


def damage(folder: Path, codec: Codec, index: int, how: str, at: int) -> None:
    """Do one bad thing to one segment file."""
    files = sorted((folder / codec).glob("*.m4s"))
    if not files:
        return
    path = files[index % len(files)]
    if path.is_dir():
        return
    data = path.read_bytes()
    match how:
        case "cut":
            path.write_bytes(data[:at])
        case "rubbish":
            path.write_bytes(data[:at] + b"\xa5" * 50 + data[at + 50 :])
        case "zeros":
            path.write_bytes(data[:at] + bytes(max(0, len(data) - at)))
        case "delete":
            path.unlink()
        case "folder":
            path.unlink()
            path.mkdir()


def surviving(folder: Path, codec: Codec) -> Bodies:
    """Every whole part that stands in its place, wherever in its file."""
    found: Bodies = {}
    for path in (folder / codec).glob("*.m4s"):
        if path.is_file():
            data = path.read_bytes()
            segment = int(path.stem)
            for number in range(segment * 6, segment * 6 + 6):
                if (body := part(codec, number).body) in data:
                    found[number] = body
    return found


@given(count=st.integers(0, 60), odd=st.booleans(), bad=DAMAGE, gone=st.integers(0, 400))
def test_whatever_a_crash_leaves_every_whole_part_is_in_the_replay(
    scratch: Callable[[], Path],
    count: int,
    odd: bool,
    bad: list[tuple[Codec, int, str, int]],
    gone: int,
) -> None:
    folder = scratch()
    sound = parts(0, count)
    record(folder, sound[:-1] if odd else sound)
    for codec, index, how, at in bad:
        damage(folder, codec, index, how, at)
    there = {codec: surviving(folder, codec) for codec in SEGMENTED}
    now = PartNumber(count + gone)
    programme = Programme.resume(folder, HEADS, EPOCH, now)
    again = parts(max(now, programme.next_part), now + 20)
    programme.append(again)
    for codec in SEGMENTED:
        listed(folder, codec)
    length = programme.finish()
    found = replay(folder)
    assert length == len(found[Codec.OPUS]) * 15_360
    for codec in SEGMENTED:
        expected = there[codec] | {p.number: p.body for p in again if p.codec is codec}
        heard = found[codec]
        assert {number: heard[number] for number in expected} == expected
        for number in heard.keys() - expected.keys():
            # Boxes hold no checksum: damage inside a packet is left to the player's decoder.
            same_boxes = len(heard[number]) == len(part(codec, number).body)
            assert heard[number] == silent(codec, number) or same_boxes


@given(
    steps=st.lists(
        st.tuples(st.sampled_from([0, 0, 0, 1, 3, 180, 187, 250]), st.integers(0, 3)), max_size=5
    )
)
def test_jumps_are_filled_or_break_and_repeats_are_passed_over(
    scratch: Callable[[], Path], steps: list[tuple[int, int]]
) -> None:
    folder = scratch()
    programme = Programme(folder, HEADS, EPOCH)
    number, given_parts = 0, set()
    for jump, back in steps:
        number += jump
        programme.append(
            parts(max(0, number - back), number + 1)
            if number - back in given_parts
            else parts(number, number + 1)
        )
        given_parts.add(number)
        number += 1
    programme.finish()
    found = replay(folder)
    for codec in SEGMENTED:
        assert given_parts <= found[codec].keys()
        assert all(found[codec][n] == part(codec, n).body for n in given_parts)
    if all(jump <= 187 for jump, _ in steps):
        assert list(found[Codec.OPUS]) == list(range(number))


class FlakyDisk:
    """``os.write`` on a disk that is full at times, and then writes a half before it says so."""

    def __init__(self, moods: Iterator[str]) -> None:
        self._moods = moods
        self.error = errno.ENOSPC

    def __call__(self, file: int, data: bytes) -> int:
        match next(self._moods):
            case "short" if len(data) > 1:
                return os.write(file, data[: len(data) // 2])
            case "full":
                os.write(file, data[: len(data) // 3])
                raise OSError(self.error, os.strerror(self.error))
        return os.write(file, data)


@given(
    moods=st.lists(st.sampled_from(["well", "well", "short", "full"]), min_size=1, max_size=40),
    retry=st.booleans(),
    count=st.integers(1, 40),
)
def test_a_full_disk_costs_only_what_was_refused(
    scratch: Callable[[], Path], moods: list[str], retry: bool, count: int
) -> None:
    folder = scratch()
    disk = FlakyDisk(cycle([*moods, "well"]))
    programme = Programme(folder, HEADS, EPOCH, write=disk)
    stored: set[tuple[Codec, int]] = set()
    waiting: list[Part] = []
    for number in range(count):
        waiting = [*(waiting if retry else []), *parts(number, number + 1)]
        try:
            programme.append(waiting)
        except MachineError:
            on_disk(folder, Codec.OPUS)  # never a torn part
            continue
        stored.update((p.codec, p.number) for p in waiting)
        waiting = []
    while True:
        with suppress(MachineError):
            programme.finish()
            break
    found = replay(folder)
    for codec, number in stored:
        assert found[codec][number] == part(codec, number).body
    for codec in SEGMENTED:
        assert list(found[codec]) == list(range(len(found[codec])))
        for number, body in found[codec].items():
            assert body in (part(codec, number).body, silent(codec, number))


def test_a_long_full_disk_is_a_break_and_not_an_hour_of_silence(tmp_path: Path) -> None:
    moods = ["well"] * 20 + ["full"] * 300
    programme = Programme(tmp_path, HEADS, EPOCH, write=FlakyDisk(iter(moods + ["well"] * 10_000)))
    refused = 0
    for number in range(400):
        try:
            programme.append(parts(number, number + 1))
        except MachineError:
            refused += 1
    assert refused == 300
    programme.finish()
    found = replay(tmp_path)
    assert found[Codec.OPUS].keys() == set(range(12)) | set(range(306, 400))


@pytest.mark.parametrize("target", ["opus", "opus/init.mp4", "opus/index.m3u8", "index.m3u8"])
@pytest.mark.parametrize("kind", ["rubbish", "folder"])
def test_foreign_things_in_our_places_are_set_aside(tmp_path: Path, target: str, kind: str) -> None:
    path = tmp_path / target
    if path.name != "opus" or kind == "rubbish":
        path.parent.mkdir(exist_ok=True)
        if kind == "rubbish":
            path.write_bytes(b"rubbish")
        else:
            path.mkdir()
            (path / "inside").write_bytes(b"precious")
    programme = record(tmp_path, parts(0, 13))
    assert programme.finish() == 13 * 15_360
    assert list(replay(tmp_path)[Codec.OPUS]) == list(range(13))
    if kind == "folder" and path.name != "opus":
        (kept,) = tmp_path.rglob("inside")
        assert kept.read_bytes() == b"precious"


def test_a_folder_without_sound_has_no_replay(tmp_path: Path) -> None:
    assert Programme(tmp_path / "new", HEADS, EPOCH).finish() == 0
    assert not list(tmp_path.rglob("index.m3u8"))


def test_a_disk_that_refuses_at_the_start_is_tried_again(tmp_path: Path) -> None:
    folder = tmp_path / "show"
    record(folder, parts(0, 8))
    moods = iter(["full", "full", "well", *["well"] * 100])
    programme = Programme(folder, HEADS, EPOCH, write=FlakyDisk(moods))
    for _ in range(2):
        with pytest.raises(MachineError) as problem:
            programme.append(parts(10, 11))
        assert problem.value.code == "disk_full"
    programme.append(parts(10, 11))
    assert programme.finish() == 11 * 15_360
    assert replay(folder)[Codec.OPUS][10] == part(Codec.OPUS, 10).body


def test_other_trouble_with_the_disk_has_its_own_name(tmp_path: Path) -> None:
    disk = FlakyDisk(iter(["full", "full"]))
    disk.error = errno.EIO
    with pytest.raises(MachineError) as problem:
        Programme(tmp_path, HEADS, EPOCH, write=disk).append(parts(0, 1))
    assert problem.value.code == "disk_failed"


def test_the_live_playlists_appear_together_and_only_when_something_plays(tmp_path: Path) -> None:
    programme = Programme(tmp_path, HEADS, EPOCH)
    programme.append(parts(0, 6)[:-1])
    assert not (tmp_path / "index.m3u8").exists()
    programme.append(parts(5, 6))
    assert (tmp_path / "index.m3u8").read_text().count("/index.m3u8") == 2


def test_the_card_is_written_whole(tmp_path: Path) -> None:
    card = ShowCard(
        show="0123456789", version=3, title="A — Ω", description="", language="en", state=State.LIVE
    )
    write_card(tmp_path / "0123456789", card)
    written = (tmp_path / "0123456789" / "card.json").read_bytes()
    assert msgspec.json.decode(written, type=ShowCard) == card
    assert [path.name for path in (tmp_path / "0123456789").iterdir()] == ["card.json"]
