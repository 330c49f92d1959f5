"""What is brought back from a bucket is what went there, or said to be otherwise."""

import os
from pathlib import Path

import anyio
import obstore
import pytest
from obstore.store import MemoryStore
from tests.unit.record.ended import SHOW, ended

from vivavoce.errors import MachineError
from vivavoce.record.bucket import StoreBucket
from vivavoce.record.bucket_faults import AWAY
from vivavoce.record.podcasts import wanted
from vivavoce.record.restoring import Restored, restore, shows_in

pytestmark = pytest.mark.anyio


def filled(data: Path) -> MemoryStore:
    """Make a show in ``data`` and a bucket that has it."""
    ended(data)
    store = MemoryStore()
    for key, body in content(data).items():
        obstore.put(store, key, body)
    return store


def content(data: Path) -> dict[str, bytes]:
    found = [path for path in data.rglob("*") if path.is_file()]
    return {path.relative_to(data).as_posix(): path.read_bytes() for path in found}


async def back(store: MemoryStore, data: Path, *shows: str) -> list[Restored]:
    told: list[Restored] = []
    found = await restore(StoreBucket(lambda: store), data, shows, told.append)
    assert told == found
    assert not (data / "restored").exists()
    return found


async def test_it_is_the_same_and_a_second_time_it_is_left_alone(tmp_path: Path) -> None:
    store, goal = filled(tmp_path / "data"), tmp_path / "goal"
    (one,) = await back(store, goal)
    assert (one.show, one.verdict, one.title) == (SHOW, "sealed", "A talk")
    assert content(goal) == content(tmp_path / "data")
    (goal / "live" / SHOW / "peaks.bin").unlink()
    (one,) = await back(store, goal, SHOW)
    assert one.verdict == "there"
    assert not (goal / "live" / SHOW / "peaks.bin").exists()


async def test_what_is_altered_or_missing_in_the_bucket_is_said(tmp_path: Path) -> None:
    store = filled(tmp_path / "data")
    key = f"live/{SHOW}/opus/00000002.m4s"
    body = bytearray(obstore.get(store, key).bytes())
    body[700] ^= 1
    obstore.put(store, key, bytes(body))
    obstore.delete(store, f"live/{SHOW}/aac/00000003.m4s")
    (one,) = await back(store, tmp_path / "goal")
    assert one.verdict == "altered"
    assert len(one.findings) == 2


async def test_broken_off_it_begins_anew_and_nothing_half_is_there(tmp_path: Path) -> None:
    store, goal = filled(tmp_path / "data"), tmp_path / "goal"

    class Breaks(StoreBucket):
        left = 10

        async def fetch(self, key: str, path: Path) -> None:
            self.left -= 1
            if self.left < 0:
                raise AWAY
            await super().fetch(key, path)

    with pytest.raises(MachineError, match="cannot be reached"):
        await restore(Breaks(lambda: store), goal, [], lambda _: None)
    assert not (goal / "live").exists()
    (one,) = await back(store, goal)
    assert one.verdict == "sealed"
    assert content(goal) == content(tmp_path / "data")


async def test_a_hostile_bucket_writes_nowhere_else(tmp_path: Path) -> None:
    store, goal = filled(tmp_path / "data"), tmp_path / "goal"
    wrong = [
        "live/../../evil", f"live/{SHOW}/../evil", f"live/{SHOW}/a/b/c/d.m4s", "live/evil",
        f"record/{SHOW}/tracks/.hidden", "vivavoce.db", f"exports/{SHOW}/x", "live/EVILEVILEV/x",
        f"live/{SHOW}/opus/-x", f"live/{SHOW}/x\\y",
    ]  # fmt: skip
    assert shows_in(wrong) == {}
    for key in ("live/evil", f"live/{SHOW}/a/b/c/d.m4s", f"live/{SHOW}/opus/-x", "vivavoce.db"):
        obstore.put(store, key, b"evil")
    obstore.put(store, "live/zzzzzzzzzz/opus/1.m4s", b"no card")
    goal.mkdir()
    (goal / "record").mkdir()
    (goal / "record" / SHOW).mkdir()  # a stray in its place
    found = {one.show: one.verdict for one in await back(store, goal)}
    assert found == {SHOW: "sealed", "zzzzzzzzzz": "incomplete"}
    assert content(goal) == content(tmp_path / "data")
    with pytest.raises(MachineError, match="no show"):
        await back(store, goal, "aaaaaaaaaa")


async def test_a_deleted_show_stays_deleted_and_a_disk_that_refuses_is_said(tmp_path: Path) -> None:
    store = MemoryStore()
    obstore.put(store, f"live/{SHOW}/gone.json", b"{}")
    (one,) = await back(store, tmp_path / "goal")
    assert one.verdict == "deleted"
    assert (tmp_path / "goal" / "live" / SHOW / "gone.json").exists()
    full = filled(tmp_path / "data")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(MachineError) as refused:
        await back(full, tmp_path / "file")
    assert refused.value.code == "disk_failed"
    assert await anyio.to_thread.run_sync(os.listdir, tmp_path / "goal" / "live" / SHOW)


async def test_podcasts_come_back_with_all_shows_and_not_with_one(tmp_path: Path) -> None:
    store, goal = filled(tmp_path / "data"), tmp_path / "goal"
    kept = {
        "live/feed.xml": b"<rss/>",
        f"live/series/{SHOW}.xml": b"<rss />",
        "live/series/all.0123abcd.jpg": b"a picture",
    }
    strange = ("live/series/../../evil", "live/series/all.0123abcd.jpg/x", "live/series/x.xml")
    for key in (*kept, "live/series/all.exe", "live/evil.xml"):
        obstore.put(store, key, kept.get(key, b"evil"))
    assert wanted(dict.fromkeys(strange, 1), goal) == []
    assert wanted({"live/feed.xml": 1 << 30}, goal) == []
    await back(store, goal, SHOW)
    assert not (goal / "live" / "series").exists()
    (goal / "live" / "feed.xml").write_bytes(b"mine")
    await back(store, goal)
    found = {k: v for k, v in content(goal).items() if k in kept or "evil" in k or "exe" in k}
    assert found == kept | {"live/feed.xml": b"mine"}, "what is there is left alone"
