"""What is noted beside the programme, and that a new run goes on with it."""

import os
from pathlib import Path

import msgspec
import numpy as np
import pytest

from vivavoce.errors import MachineError
from vivavoce.media import SILENCE
from vivavoce.mix.opus import Encoder
from vivavoce.record.onair import Batch, Tick, Voice
from vivavoce.record.peaks import byte_of
from vivavoce.record.takes import Takes
from vivavoce.record.talk import TalkFile
from vivavoce.units import FRAME_SAMPLES, Samples

LOUD = np.full(FRAME_SAMPLES, 32_767, dtype=np.int16)
NAMES = {"a": "Ada", "b": "Bob"}


def takes(folder: Path) -> Takes:
    return Takes(folder / "live", folder / "record", lambda: Encoder(independent=True))


def batch(first_ms: int, count: int, speaking: str, *, muted: str = "") -> Batch:
    """Return ticks in which ``speaking`` speak and all are on air."""
    voices = tuple(Voice(seat, seat not in muted, seat in speaking, ()) for seat in NAMES)
    frame = LOUD if speaking else SILENCE
    times = (first_ms * 48 + n * FRAME_SAMPLES for n in range(count))
    return Batch(tuple(Tick(Samples(time), frame, voices) for time in times), NAMES)


def test_who_spoke_when_survives_a_new_run(tmp_path: Path) -> None:
    one = takes(tmp_path)
    one.append(batch(0, 150, ""))  # three seconds of nothing
    one.append(batch(3_000, 500, "a"))  # ten seconds, of which a crash loses the end
    other = takes(tmp_path)
    other.append(batch(64_000, 100, "b"))
    other.finish(Samples(66_000 * 48))
    talk = msgspec.json.decode((tmp_path / "live/talk.json").read_bytes(), type=TalkFile)
    assert [one.name for one in talk.speakers] == ["Ada", "Bob"]
    assert talk.spans == [(0, 3_000, 8_000), (1, 64_000, 66_000)]
    assert talk.quiet == [(0, 3_000)]
    assert (talk.starts_ms, talk.length_ms) == (3_000, 66_000)


def test_peaks_lie_at_their_parts_and_holes_are_silent(tmp_path: Path) -> None:
    one = takes(tmp_path)
    one.append(batch(0, 16, "a"))
    one.append(batch(960, 16, "a"))
    one.finish(Samples(1_280 * 48))
    assert (tmp_path / "live/peaks.bin").read_bytes() == bytes([255, 0, 0, 255])


@pytest.mark.parametrize(("peak", "byte"), [(0, 0), (32, 0), (33, 1), (1_036, 128), (32_768, 255)])
def test_a_byte_is_linear_in_decibel(peak: int, byte: int) -> None:
    assert byte_of(peak) == pytest.approx(byte, abs=1)


def test_what_happened_is_noted_once(tmp_path: Path) -> None:
    one = takes(tmp_path)
    one.append(batch(0, 50, ""))
    one.append(batch(1_000, 50, "", muted="a"))
    lines = (tmp_path / "record/events.jsonl").read_bytes().splitlines()
    events = [msgspec.json.decode(line) for line in lines if line]
    said = [(event["at_ms"], event["event"], event.get("seat")) for event in events]
    assert said == [
        (0, "recording", None),
        (0, "came", "a"),
        (0, "came", "b"),
        (1_000, "muted", "a"),
    ]


def test_a_folder_in_the_place_of_a_file_is_set_aside(tmp_path: Path) -> None:
    for name in ("live/talk.json", "live/peaks.bin", "record/events.jsonl", "record/tracks/a.opus"):
        (tmp_path / name).mkdir(parents=True)
    one = takes(tmp_path)
    one.append(batch(0, 50, "a"))
    one.finish(Samples(48_000))
    assert (tmp_path / "live/talk.json").is_file()
    assert (tmp_path / "record/events.jsonl").is_file()


def test_a_disk_that_refuses_is_told_of_and_nothing_is_lost(tmp_path: Path) -> None:
    full = True

    def write(file: int, data: bytes) -> int:
        if full:
            raise OSError(28, "full")
        return os.write(file, data)

    one = Takes(tmp_path / "live", tmp_path / "record", Encoder, write)
    with pytest.raises(MachineError, match="full"):
        one.append(batch(0, 50, "a"))
    full = False
    one.append(batch(1_000, 50, "a"))
    one.finish(Samples(2_000 * 48))
    talk = msgspec.json.decode((tmp_path / "live/talk.json").read_bytes(), type=TalkFile)
    assert talk.spans == [(0, 0, 2_000)]
