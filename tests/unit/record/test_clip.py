"""Clips: which are possible, and that what is cut is heard to the sample, in FFmpeg's ears."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.errors import PeerError
from vivavoce.media import SEGMENTED, Codec, Pcm
from vivavoce.package.playlist import segment_name
from vivavoce.package.silence import silent_part
from vivavoce.record import clip as clips
from vivavoce.record.clip import Clip, Sound, breaks_of, check, check_there, clip_of, cut
from vivavoce.record.clip_files import m4a_file, opus_file
from vivavoce.record.playing import Playing
from vivavoce.testing import correlate
from vivavoce.testing.ended_show import SHOW, EndedShow
from vivavoce.units import AAC_SAMPLES, SEGMENT_SAMPLES, PartNumber, SegmentNumber

SEGMENTS = 20
BREAK = (5 * 1_920, 9 * 1_920)


@pytest.fixture(scope="module")
def chirp() -> Pcm:
    """Every moment of it is another frequency, so that correlation finds one place alone."""
    time = np.arange(SEGMENTS * SEGMENT_SAMPLES) / 48_000
    sweep = np.sin(2 * np.pi * (200 * time + 40 * time**2))
    return (8_000 * sweep).astype(np.int16)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, chirp: Pcm) -> Path:
    folder = tmp_path_factory.mktemp("live")
    EndedShow(round=chirp, rounds=1, breaks=[BREAK]).write(folder)
    return folder / SHOW


NUMBERS = [SegmentNumber(n) for n in (*range(5), *range(9, SEGMENTS + 4))]


def sound_of(live: Path, codec: Codec, clip: Clip) -> Sound:
    parts = [
        part
        for number in clips.segments_of(clip, NUMBERS)
        for part in clips.whole_parts(
            codec, number, (live / codec / segment_name(number)).read_bytes()
        )
    ]
    return cut(codec, parts, clip)


def ffmpeg(data: bytes, ending: str, folder: Path) -> Pcm:
    program = shutil.which("ffmpeg")
    assert program
    file = folder / f"clip.{ending}"
    file.write_bytes(data)
    command = [program, "-v", "warning", "-i", str(file), *("-f", "s16le", "-ac", "1", "-")]
    done = subprocess.run(command, capture_output=True, check=True)
    assert done.stderr == b"", done.stderr.decode()
    return np.frombuffer(done.stdout, dtype=np.int16)


# The last two: over the break, and up to the last sample of all.
RANGES = ["0-5000", "1-5002", "18000-24007", "9000-22000", "40960-46080"]


@pytest.mark.parametrize("name", RANGES)
def test_an_opus_clip_is_exact_to_the_sample(
    live: Path, chirp: Pcm, tmp_path: Path, name: str
) -> None:
    clip = clip_of(name)
    assert clip
    heard = ffmpeg(opus_file(sound_of(live, Codec.OPUS, clip), "A <b>", "Vera"), "opus", tmp_path)
    wanted = expected(chirp, clip)
    assert len(heard) == len(wanted)
    found = correlate(wanted, heard)
    assert found.offset == 0
    assert found.similarity > 0.97


@pytest.mark.parametrize("name", RANGES)
def test_an_m4a_clip_begins_to_the_sample_and_says_where_it_ends(
    live: Path, chirp: Pcm, tmp_path: Path, name: str
) -> None:
    clip = clip_of(name)
    assert clip
    sound = sound_of(live, Codec.AAC, clip)
    heard = ffmpeg(m4a_file(sound, 'A "title"', "Vera"), "m4a", tmp_path)
    wanted = expected(chirp, clip)
    assert sound.length == len(wanted)
    # FFmpeg reads where the edit ends, and plays the last packet to its own end all the same.
    assert 0 <= len(heard) - len(wanted) < AAC_SAMPLES
    found = correlate(wanted, heard[: len(wanted)])
    assert found.offset == 0
    assert found.similarity > 0.97


def expected(chirp: Pcm, clip: Clip) -> Pcm:
    playing = breaks_of(NUMBERS)
    begin, end = playing.playing_ms(clip.from_ms), playing.playing_ms(clip.to_ms)
    return chirp[begin * 48 : end * 48]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("5000-5000", "clip_reversed"),
        ("9000-1000", "clip_reversed"),
        ("0-0", "clip_reversed"),
        ("0-4999", "clip_too_short"),
        ("0-180001", "clip_too_long"),
        ("999000-1005000", "clip_beyond_end"),
        ("9999999999-9999999998", "clip_reversed"),
    ],
)
def test_what_is_no_clip_is_refused_with_its_reason(name: str, code: str) -> None:
    clip = clip_of(name)
    assert clip
    with pytest.raises(PeerError) as refused:
        check(clip, Playing(), 1_000_000)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "name", ["", "1", "1-", "-1-2", "01-20000", "1-2-3", "1.5-9000", "1-99999999999", "a-b", "٣-٩"]
)
def test_a_clip_has_one_spelling(name: str) -> None:
    assert clip_of(name) is None


def test_what_a_break_leaves_out_does_not_count() -> None:
    breaks = Playing.of([(10_000, 300_000)])
    check(Clip(5_000, 305_000), breaks, 400_000)
    with pytest.raises(PeerError, match="at least 5 seconds"):
        check(Clip(9_000, 302_000), breaks, 400_000)


def test_withdrawn_and_taken_down_are_gone() -> None:
    clip = Clip(10_000, 20_000)
    check_there(clip, [(10_000, 19_999)], [(0, 10_000), (20_000, 30_000)])
    for withdrawn, taken, code in (
        ([(10_000, 20_000)], [], "clip_withdrawn"),
        ([], [(19_999, 30_000)], "clip_taken_down"),
    ):
        with pytest.raises(PeerError) as refused:
            check_there(clip, withdrawn, taken)
        assert (refused.value.code, refused.value.status) == (code, 410)


@given(st.integers(0, 30_000), st.integers(1, 20_000))
def test_every_sample_is_heard_once(begin: int, length: int) -> None:
    clip = Clip(begin, begin + length)
    per: Mapping[Codec, int] = {Codec.OPUS: 960, Codec.AAC: 1_024}
    for codec in SEGMENTED:
        parts = [silent_part(codec, PartNumber(n)) for n in range(180)]
        sound = cut(codec, parts, clip)
        assert sound.length == length * 48
        assert 0 <= len(sound.packets) * per[codec] - sound.skip - sound.length < per[codec]
        assert sound.skip < (clips.PREROLL[codec] + 1) * per[codec]


def test_a_foreign_file_gives_no_parts() -> None:
    assert clips.whole_parts(Codec.OPUS, SegmentNumber(3), b"\0" * 500) == []
