"""One segment of a recording is damaged: a foreign player plays through it, and all the rest."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from tests.unit.record.ended import EPOCH
from tests.unit.record.test_damage import Damage, flip, truncate

from vivavoce.media import SEGMENTED, Pcm
from vivavoce.package.heads import HEADS
from vivavoce.package.packager import Packager
from vivavoce.record.programme import Programme
from vivavoce.testing import tone, tone_level_db
from vivavoce.units import PartNumber, Samples

SECOND = 48_000


def play(playlist: Path) -> Pcm:
    command = ["ffmpeg", "-v", "quiet", "-i", str(playlist), "-ac", "1", "-ar", "48000"]
    played = subprocess.run([*command, "-f", "s16le", "-"], stdout=subprocess.PIPE, check=True)
    return np.frombuffer(played.stdout, dtype="<i2")


@pytest.mark.parametrize("damage", [flip(5_000), flip(80_000), truncate(900), Path.unlink])
def test_a_foreign_player_plays_through_the_damage(tmp_path: Path, damage: Damage) -> None:
    packager, programme = Packager(PartNumber(0)), Programme(tmp_path, HEADS, EPOCH)
    for start in range(0, 10 * SECOND, 960):
        programme.append(packager.feed([tone(440, Samples(960), start=Samples(start))]))
    for codec in SEGMENTED:
        damage(tmp_path / codec / "00000002.m4s")
    length = Programme(tmp_path, HEADS, EPOCH).finish()
    for codec in SEGMENTED:
        pcm = play(tmp_path / codec / "replay.m3u8")
        assert len(pcm) == pytest.approx(length, abs=4_096), codec
        # The damaged segment is heard from 3.84 s to 5.76 s.
        for begin, end in ((1, 3.7), (6, 9)):
            heard = pcm[int(begin * SECOND) : int(end * SECOND)]
            assert tone_level_db(heard, 440) == pytest.approx(-20, abs=0.5), codec
