"""A recorder is killed with -9 while it writes; what it had acknowledged is in the replay."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vivavoce.media import SEGMENTED, Codec, Pcm
from vivavoce.package.cmaf import parts_in
from vivavoce.package.heads import HEADS
from vivavoce.package.silence import silent_part
from vivavoce.record.programme import Programme
from vivavoce.testing import gaps, loud, tone_level_db
from vivavoce.testing.decode import decode
from vivavoce.units import PartNumber

EPOCH = datetime(2024, 8, 13, 0, 42, tzinfo=UTC)

# Talks for ever and says which parts it was told are safe.
RECORDER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from vivavoce.package.heads import HEADS
from vivavoce.package.packager import Packager
from vivavoce.record.programme import Programme
from vivavoce.testing import tone

first = int(sys.argv[2])
epoch = datetime(2024, 8, 13, 0, 42, tzinfo=UTC)
programme = Programme.resume(Path(sys.argv[1]), HEADS, epoch, first)
packager = Packager(max(first, programme.next_part))
number = 0
while True:
    parts = packager.feed([tone(440, 960, start=number * 960)])
    number += 1
    if parts:
        programme.append(parts)
        for part in parts:
            print(part.codec, part.number, flush=True)
"""


def talk_and_die(folder: Path, first: int, acknowledged: int) -> set[tuple[Codec, int]]:
    """Let a recorder acknowledge so many parts, kill it, return all that it had acknowledged."""
    command = [sys.executable, "-c", RECORDER, str(folder), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as recorder:
        assert recorder.stdout is not None
        said = [recorder.stdout.readline() for _ in range(acknowledged)]
        recorder.kill()
        said += recorder.stdout.readlines()
    assert recorder.returncode == -9
    pairs = [line.split() for line in said if line.endswith("\n")]
    return {(Codec(codec), int(number)) for codec, number in pairs}


@pytest.mark.parametrize("acknowledged", [5, 11, 12, 37, 80])
def test_what_was_acknowledged_before_kill_9_is_in_the_replay(
    tmp_path: Path, acknowledged: int
) -> None:
    safe = talk_and_die(tmp_path, 0, acknowledged)
    back = max(number for _, number in safe) + 50  # sixteen seconds later
    safe |= talk_and_die(tmp_path, back, acknowledged)
    length = Programme(tmp_path, HEADS, EPOCH).finish()
    for codec in SEGMENTED:
        data = b"".join(path.read_bytes() for path in sorted((tmp_path / codec).glob("*.m4s")))
        parts = {part.number: part for part in parts_in(codec, data)}
        assert list(parts) == list(range(length // 15_360))
        sounding = [number for number in parts if parts[number] != silent_part(codec, number)]
        assert {number for c, number in safe if c is codec} <= set(sounding)
        check(codec, decode(tmp_path / codec / "replay.m3u8"), sounding, back)


def check(codec: Codec, heard: Pcm, sounding: list[PartNumber], back: int) -> None:
    """Each run is one unbroken tone in its place; between them is the silence of the outage."""
    died = max(number for number in sounding if number < back) + 1
    until = max(sounding) + 1
    assert sounding == [*range(died), *range(back, until)]
    assert loud(heard) is not None
    (outage,) = gaps(heard[: until * 15_360 - 2_048])
    assert outage.start == pytest.approx(died * 15_360, abs=2_048), codec
    assert outage.end == pytest.approx(back * 15_360, abs=2_048), codec
    for begin, end in ((0, died), (back, until)):
        piece = heard[begin * 15_360 + 3_840 : end * 15_360 - 2_048]
        assert tone_level_db(piece, 440) == pytest.approx(-20, abs=0.5)
