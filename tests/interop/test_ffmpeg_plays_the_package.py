"""ffmpeg and ffprobe as listeners: no warning, no sample too many or too few, the tone unbroken."""

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from vivavoce.media import SEGMENTED, Codec, Part, Pcm
from vivavoce.package import cmaf, ogg
from vivavoce.package.heads import HEADS
from vivavoce.package.packager import Packager
from vivavoce.package.silence import silent_part
from vivavoce.record.programme import Programme
from vivavoce.testing import correlate, dominant_hz, gaps, tone, tone_level_db
from vivavoce.units import PARTS_PER_SEGMENT, PartNumber, Samples

pytestmark = pytest.mark.interop

EPOCH = datetime(2024, 8, 13, 0, 42, tzinfo=UTC)
PARTS = 3 * PARTS_PER_SEGMENT + 2
LENGTH = Samples(PARTS * 15_360)
HZ = 1_000.0


def said() -> Pcm:
    """A steady tone, with a sweep laid over it whose place can be found to the sample."""
    time = np.arange(LENGTH) / 48_000
    sweep = 3_000 * np.sin(2 * np.pi * (200 + 40 * time) * time)
    both: Pcm = (tone(HZ, LENGTH) + sweep).astype(np.int16)
    return both


@pytest.fixture(scope="module")
def sound() -> Pcm:
    return said()


@pytest.fixture(scope="module")
def parts(sound: Pcm) -> list[Part]:
    packager = Packager(PartNumber(0))
    packager.want(Codec.MP3, True)
    return packager.feed(list(sound.reshape(-1, 960))) + packager.flush()


def bodies(parts: list[Part], codec: Codec, first: int = 0) -> Iterator[bytes]:
    return (part.body for part in parts if part.codec is codec and part.number >= first)


def play(source: str, *options: str, stdin: bytes | None = None) -> Pcm:
    """What ffmpeg hears; anything that it remarks on is a failure."""
    run = subprocess.run(
        ["ffmpeg", "-v", "warning", *options, "-i", source,
         "-f", "s16le", "-ac", "1", "-ar", "48000", "-"],
        input=stdin, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert (run.returncode, run.stderr.decode()) == (0, "")
    return np.frombuffer(run.stdout, np.int16)


def check(heard: Pcm, sound: Pcm, skipped: int = 0) -> None:
    """The same number of samples, each in its place, at its level, without a gap."""
    expected = sound[skipped:]
    assert len(heard) == len(expected)
    # Who joins in the middle hears the decoder settle: 80 ms (RFC 7845, 4.6).
    settled = heard[3_840:]
    match = correlate(expected[3_840:], settled)
    assert abs(match.offset) <= 1
    assert match.similarity > 0.97
    assert gaps(heard) == []
    for second in range(0, len(settled) - 48_000, 24_000):
        piece = settled[second : second + 48_000]
        assert tone_level_db(piece, HZ) == pytest.approx(-20, abs=0.5)
        assert dominant_hz(piece) == pytest.approx(HZ, abs=1)


@pytest.mark.parametrize("codec", SEGMENTED)
@pytest.mark.parametrize("first", [0, 1, 8])
def test_a_push_stream_from_any_part_on(
    sound: Pcm, parts: list[Part], codec: Codec, first: int
) -> None:
    stream = HEADS[codec] + b"".join(bodies(parts, codec, first))
    check(play("-", stdin=stream), sound, first * 15_360)


@pytest.mark.parametrize("first", [0, 8])
def test_ogg_from_any_part_on(sound: Pcm, parts: list[Part], first: int) -> None:
    pages = [
        ogg.part_page(cmaf.packets_of(part.body), part.number, 77, last=part.number == PARTS - 1)
        for part in parts
        if part.codec is Codec.OPUS and part.number >= first
    ]
    stream = ogg.head_pages(77, ["TITLE=A show"]) + b"".join(pages)
    check(play("-", stdin=stream), sound, first * 15_360)


@pytest.mark.parametrize("first", [0, 8])
def test_mp3_from_any_part_on(sound: Pcm, parts: list[Part], first: int) -> None:
    heard = play("-", "-f", "mp3", stdin=b"".join(bodies(parts, Codec.MP3, first)))
    # Frames do not lie on the grid of parts: within the encoder's delay, the decoder's and a frame.
    assert len(heard) == pytest.approx(LENGTH - first * 15_360, abs=3 * 1_152)
    match = correlate(sound[first * 15_360 :], heard)
    assert match.similarity > 0.97
    assert 0 <= match.offset <= 3 * 1_152
    assert gaps(heard) == []


@pytest.mark.parametrize("codec", SEGMENTED)
def test_ffprobe_knows_what_it_is(parts: list[Part], codec: Codec, tmp_path: Path) -> None:
    path = tmp_path / "sound.mp4"
    path.write_bytes(HEADS[codec] + b"".join(bodies(parts, codec)))
    command = ["ffprobe", "-v", "warning", "-of", "json", "-show_streams", "-show_packets"]
    run = subprocess.run([*command, str(path)], capture_output=True, check=True, timeout=60)
    assert not run.stderr
    answer = json.loads(run.stdout)
    (stream,) = answer["streams"]
    assert stream["codec_name"] == codec
    assert (stream["sample_rate"], stream["channels"]) == ("48000", 1)
    assert (stream["time_base"], stream["start_pts"]) == ("1/48000", 0)
    step = cmaf.PACKET_SAMPLES[codec]
    assert [packet["pts"] for packet in answer["packets"]] == list(range(0, LENGTH, step))
    # ffprobe tells no duration of the packets that it used up to find out what the stream is.
    assert {packet.get("duration", step) for packet in answer["packets"]} == {step}
    assert all("K" in packet["flags"] for packet in answer["packets"])


@pytest.mark.parametrize("address", ["index.m3u8", "opus/replay.m3u8", "aac/replay.m3u8"])
def test_the_replay(sound: Pcm, parts: list[Part], tmp_path: Path, address: str) -> None:
    programme = Programme(tmp_path, HEADS, EPOCH)
    programme.append(parts)
    assert programme.finish() == LENGTH
    check(play(str(tmp_path / address)), sound)


@pytest.mark.parametrize("codec", SEGMENTED)
def test_two_encoder_runs_join_on_the_sample(sound: Pcm, codec: Codec) -> None:
    # A studio that died and came back in time: part 7 on is another encoder's.
    before = Packager(PartNumber(0), (codec,))
    after = Packager(PartNumber(7), (codec,))
    frames = list(sound.reshape(-1, 960))
    made = (
        before.feed(frames[: 7 * 16])
        + before.flush()
        + after.feed(frames[7 * 16 :])
        + after.flush()
    )
    heard = play("-", stdin=HEADS[codec] + b"".join(bodies(made, codec)))
    assert len(heard) == LENGTH
    for start, end in ((0, 7), (7, PARTS)):
        expected, piece = (
            pcm[start * 15_360 + 3_840 : end * 15_360 - 960] for pcm in (sound, heard)
        )
        match = correlate(expected, piece)
        assert abs(match.offset) <= 1
        assert match.similarity > 0.97
    assert all(gap.length < 960 for gap in gaps(heard))


@pytest.mark.parametrize("codec", SEGMENTED)
def test_a_live_playlist_is_followed_to_the_end(sound: Pcm, tmp_path: Path, codec: Codec) -> None:
    """Begin while it is live and has a past, go on as it grows, stop where the show ends."""
    earlier = 18 * PARTS_PER_SEGMENT
    programme = Programme(tmp_path, HEADS, EPOCH)
    programme.append([silent_part(c, PartNumber(n)) for n in range(earlier) for c in SEGMENTED])
    packager = Packager(PartNumber(earlier))
    parts = packager.feed(list(sound.reshape(-1, 960))) + packager.flush()
    programme.append(parts[:30])
    # Two segments of sound are listed by now, after 14 of silence.
    command = ["ffmpeg", "-v", "warning", "-live_start_index", "-2",
               "-i", str(tmp_path / codec / "index.m3u8"),
               "-f", "s16le", "-ac", "1", "-ar", "48000", "-flush_packets", "1", "-"]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as player:
        assert player.stdout is not None
        assert player.stderr is not None
        heard = player.stdout.read(48_000)
        programme.append(parts[30:])
        programme.finish()
        heard += player.stdout.read()
        remarks = player.stderr.read().decode().splitlines()
    assert player.returncode == 0
    # After each reload of a playlist with EXT-X-MAP it reads init.mp4 again, and says so.
    assert [line for line in remarks if "Found duplicated MOOV Atom. Skipped it" not in line] == []
    check(np.frombuffer(heard, np.int16), sound)
