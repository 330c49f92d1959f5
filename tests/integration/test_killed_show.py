"""A recording with tracks and seal is killed with -9 again and again: one show comes out."""

from pathlib import Path

from bench.record import kill_often

KILLS = 4


def test_a_show_whose_recording_is_killed_again_and_again(tmp_path: Path) -> None:
    killed = kill_often(tmp_path, KILLS, seed=7)
    assert killed.failed_starts == 0
    assert len(killed.safe) >= KILLS
    assert killed.safe <= killed.kept
    assert max(killed.lost_s) <= 2
    assert killed.monotonic
    assert killed.whole
    assert killed.length == (max(number for _, number in killed.kept) + 1) * 15_360
    assert killed.lags.told
    assert killed.lags.most <= 960, "20 ms"
