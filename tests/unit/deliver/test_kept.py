"""What an edge on another machine keeps: whole, within its disk, and never what may change."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import anyio
import pytest

from vivavoce.deliver.kept import LEAST_FREE, QUEUE, Kept
from vivavoce.deliver.totals import Totals

pytestmark = pytest.mark.anyio

NAME = "0123456789/opus/00000001.m4s"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def done(kept: Kept, until: Callable[[], bool]) -> None:
    with anyio.fail_after(20):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(kept.run)
            while not until():  # noqa: ASYNC110  seen from outside
                await anyio.sleep(0.001)
            tasks.cancel_scope.cancel()


async def test_sound_is_kept_and_what_may_change_is_not(tmp_path: Path) -> None:
    totals = Totals()
    kept = Kept(tmp_path, totals)
    for name in ("0123456789/opus/index.m3u8", "0123456789/card.json", NAME):
        kept.put(name, b"sound")
    await done(kept, lambda: totals.files_kept == 1)
    found = kept.read(NAME)
    assert found is not None
    assert found.body == b"sound"
    assert kept.read("0123456789/opus/index.m3u8") is None
    assert names(tmp_path / "0123456789" / "opus") == ["00000001.m4s"]


async def test_a_full_disk_lets_the_oldest_show_go_and_then_keeps_no_more(tmp_path: Path) -> None:
    totals, free = Totals(), [LEAST_FREE]

    def statvfs(_: Path) -> SimpleNamespace:
        # The other show, as long as it is there, is what the disk is full of.
        left = free[0] if (tmp_path / "aaaaaaaaaa").exists() else free[0] + 1
        return SimpleNamespace(f_bavail=left, f_frsize=1)

    kept = Kept(tmp_path, totals, statvfs)
    kept.put("aaaaaaaaaa/opus/init.mp4", b"old")
    await done(kept, lambda: totals.files_kept == 1)
    free[0] = LEAST_FREE - 1
    kept.put(NAME, b"new")
    await done(kept, lambda: totals.files_kept == 2)
    assert names(tmp_path) == ["0123456789"]
    free[0] = LEAST_FREE - 2
    kept.put("0123456789/opus/00000002.m4s", b"newer")
    await done(kept, lambda: totals.files_unkept == 1)
    assert kept.read(NAME) is not None


async def test_too_much_at_once_and_a_disk_that_refuses_are_counted(tmp_path: Path) -> None:
    totals = Totals()
    (tmp_path / "0123456789").write_text("in the way")
    kept = Kept(tmp_path, totals)
    for number in range(QUEUE + 3):
        kept.put(f"0123456789/opus/{number:08}.m4s", b"sound")
    assert totals.files_unkept == 3
    await done(kept, lambda: totals.files_unkept == QUEUE + 3)


async def test_shows_that_are_no_more_are_forgotten(tmp_path: Path) -> None:
    totals = Totals()
    kept = Kept(tmp_path, totals)
    for show in ("aaaaaaaaaa", "bbbbbbbbbb", "cccccccccc"):
        kept.put(f"{show}/aac/init.mp4", b"head")
    kept.forget("aaaaaaaaaa")
    kept.forget_all_but(["cccccccccc"])
    await done(kept, lambda: not kept.waiting)
    assert names(tmp_path) == ["cccccccccc"]
