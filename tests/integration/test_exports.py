"""Exports with a real worker: asked for over the API, fetched, cancelled, killed, begun again."""

import os
import shutil
import signal
import subprocess
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx2
import msgspec
import numpy as np
import pytest
from tests.studio import COMMAND_LINE, Studio, open_studio

from vivavoce.export.jobs import JobState
from vivavoce.testing import tone
from vivavoce.testing.decode import decode
from vivavoce.testing.ended_show import EndedShow
from vivavoce.units import SEGMENT_SAMPLES, Samples

pytestmark = pytest.mark.anyio

TITLE = 'A "talk" <b>/../& more'
CHAPTERS = [{"startTime": 0, "title": "One"}, {"startTime": 6.5, "title": 'Two "x" <b>'}]
WHOLE_S = 9 * SEGMENT_SAMPLES / 48_000


@asynccontextmanager
async def a_show(folder: Path) -> AsyncIterator[tuple[Studio, httpx2.AsyncClient, str]]:
    """A studio with one show of 17 s and two tracks, whose exports are carried out."""
    async with open_studio(folder) as studio, studio.client(COMMAND_LINE) as owner:
        made = await owner.post("/api/shows", json={"title": TITLE})
        show = str(made.json()["show"])
        write_show(folder, show)
        async with anyio.create_task_group() as tasks:
            await tasks.start(studio.desk.exports.run)
            yield studio, owner, show
            tasks.cancel_scope.cancel()


def write_show(folder: Path, show: str) -> None:
    sound = tone(440, Samples(3 * SEGMENT_SAMPLES), db=-26)
    live = folder / "live"
    shutil.rmtree(live / show, ignore_errors=True)
    ended = EndedShow(
        round=sound,
        rounds=3,
        title=TITLE,
        speakers=("Vera", "Otto\t<b>"),
        spans=((0, 0, 2_000), (1, 2_000, 5_000)),
        starts_ms=1_920,
        more={"chapters.json": {"version": "1.2.0", "chapters": CHAPTERS}},
    )
    ended.write(live, show)
    tracks = folder / "record" / show / "tracks"
    tracks.mkdir(parents=True)
    recorded = Path(__file__).parents[2] / "src/vivavoce/demo/recorded/vera.opus"
    for seat in ("seat0", "seat1"):
        shutil.copyfile(recorded, tracks / f"{seat}.opus")
        (tracks / f"{seat}.json").write_bytes(msgspec.json.encode({"name": "../Ve/ra"}))


async def until(
    owner: httpx2.AsyncClient, show: str, job: str, good: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """Wait until the job is as it should be."""
    with anyio.fail_after(60):
        while True:
            answer = await owner.get(f"/api/shows/{show}/exports/{job}")
            found: dict[str, Any] = answer.json()
            if good(found):
                return found
            await anyio.sleep(0.02)


async def test_every_kind_is_made_and_a_foreign_program_takes_it(tmp_path: Path) -> None:
    async with a_show(tmp_path) as (_, owner, show):
        jobs = {}
        # All at once: one is carried out after the other.
        for kind in ("opus", "mp3", "aac", "tracks", "tracks-flac", "tracks-wav", "archive"):
            asked = await owner.post(f"/api/shows/{show}/exports", json={"kind": kind})
            assert asked.status_code == 202, asked.text
            jobs[kind] = asked.json()["job"]
        for kind, job in jobs.items():
            done = await until(owner, show, job, lambda j: j["state"] not in {"queued", "running"})
            assert (done["state"], done["notes"]) == ("done", []), done
            (file,) = done["files"]
            body = (await owner.get(file["url"])).content
            assert len(body) == file["bytes"]
            assert "/" not in file["name"]
            assert "<" not in file["name"]
            (tmp_path / kind).write_bytes(body)
    for kind in ("opus", "mp3", "aac"):
        check_sound(tmp_path / kind)
    check_zip(tmp_path / "tracks", {"Ve-ra.opus", "Ve-ra-2.opus"})
    check_zip(tmp_path / "tracks-flac", {"Ve-ra.flac", "Ve-ra-2.flac"})
    check_zip(tmp_path / "tracks-wav", {"Ve-ra.wav", "Ve-ra-2.wav"})
    check_archive(tmp_path / "archive", tmp_path / "unpacked")


def check_sound(file: Path) -> None:
    probe = foreign("ffprobe", "-v", "warning", "-show_chapters", "-show_entries",
                    "format_tags=title:stream=codec_type", "-of", "json", str(file))  # fmt: skip
    said = msgspec.json.decode(probe)
    # The dead air at the beginning is left out, and the chapters move with it.
    chapters = [(float(c["start_time"]), c["tags"]["title"]) for c in said["chapters"]]
    assert chapters == [(0.0, "One"), (6.5 - 1.92, 'Two "x" <b>')]
    assert "video" in [stream["codec_type"] for stream in said["streams"]], "there is a cover"
    pcm = decode(file)
    assert abs(len(pcm) / 48_000 - (WHOLE_S - 1.92)) < 0.1
    peak = 20 * np.log10(np.abs(pcm[9_600:-9_600].astype(np.int32)).max() / 32_768)
    assert peak < -1
    log = foreign("ffmpeg", "-i", str(file), "-map", "0:a", "-af", "ebur128", "-f", "null", "-",
                  quiet=False)  # fmt: skip
    assert abs(float(log.rpartition("I:")[2].split()[0]) + 16) <= 0.5


def check_zip(file: Path, sounds: set[str]) -> None:
    with zipfile.ZipFile(file) as packed:
        assert packed.testzip() is None
        names = [Path(name).parts for name in packed.namelist()]
        assert all(len(parts) == 2 and ".." not in parts for parts in names)
        beside = {parts[1] for parts in names}
        assert sounds <= beside
        labels = packed.read(f"{names[0][0]}/speakers.txt").decode().splitlines()
        assert labels[:2] == ["0.000000\t2.000000\tVera", "2.000000\t5.000000\tOtto <b>"]
        folder = file.with_name(f"{file.name}-files")
        packed.extractall(folder)
    tracks = [path for path in folder.rglob("*") if path.name in sounds]
    assert len({len(decode(path)) for path in tracks}) == 1


def check_archive(file: Path, folder: Path) -> None:
    with zipfile.ZipFile(file) as packed:
        assert packed.testzip() is None
        packed.extractall(folder)
    (root,) = folder.iterdir()
    subprocess.run(["sha256sum", "--quiet", "--strict", "-c", "SHA256SUMS"], cwd=root, check=True)
    assert abs(len(decode(root / "programme.opus")) / 48_000 - WHOLE_S) < 0.1
    for name in ("index.html", "hls/index.m3u8", "hls/opus/00000008.m4s", "tracks/Ve-ra-2.opus"):
        assert (root / name).is_file(), name


def foreign(*command: str, quiet: bool = True) -> str:
    """Run a program that no one here wrote; by default it must not have a word to say."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert not (quiet and done.stderr)
    return done.stdout or done.stderr


async def test_killed_half_way_it_says_so_and_starts_again(tmp_path: Path) -> None:
    async with a_show(tmp_path) as (studio, owner, show):
        pid, job = await stopped_worker(studio, owner, show)
        os.kill(pid, signal.SIGKILL)
        found = await until(owner, show, job, lambda j: j["state"] != "running")
        assert found["state"] == "interrupted"
        assert not (tmp_path / "exports" / show / job / "files").exists()
        again = await owner.post(f"/api/shows/{show}/exports/{job}", json={})
        assert again.json()["state"] in {"queued", "running"}
        done = await until(owner, show, job, lambda j: j["state"] in {"done", "failed"})
        assert done["state"] == "done"


async def test_cancelled_it_is_gone_with_its_files(tmp_path: Path) -> None:
    async with a_show(tmp_path) as (studio, owner, show):
        pid, job = await stopped_worker(studio, owner, show)
        gone = await owner.delete(f"/api/shows/{show}/exports/{job}")
        assert gone.status_code == 204
        with anyio.fail_after(30):
            while pid in workers() or job in listed(tmp_path):  # noqa: ASYNC110  another process
                await anyio.sleep(0.02)
        assert (await owner.get(f"/api/shows/{show}/exports")).json() == []


async def test_with_the_show_go_its_exports(tmp_path: Path) -> None:
    async with a_show(tmp_path) as (studio, owner, show):
        asked = await owner.post(f"/api/shows/{show}/exports", json={"kind": "opus"})
        await until(owner, show, asked.json()["job"], lambda j: j["state"] == "done")
        pid, _ = await stopped_worker(studio, owner, show)
        assert (await owner.delete(f"/api/shows/{show}")).status_code == 200
        with anyio.fail_after(30):
            while pid in workers() or listed(tmp_path):  # noqa: ASYNC110  another process
                await anyio.sleep(0.02)
        assert not (tmp_path / "exports" / show).exists()
        assert (await owner.get(f"/api/shows/{show}/exports")).status_code == 410


async def stopped_worker(studio: Studio, owner: httpx2.AsyncClient, show: str) -> tuple[int, str]:
    """Ask for an MP3, and stop its worker as soon as it is at work."""
    asked = await owner.post(f"/api/shows/{show}/exports", json={"kind": "mp3"})
    job = str(asked.json()["job"])
    with anyio.fail_after(30):
        while True:
            for worker in workers():
                os.kill(worker, signal.SIGSTOP)
                assert studio.desk.exports.jobs.get(show, job).state is JobState.RUNNING
                return worker, job
            await anyio.sleep(0.005)


def listed(folder: Path) -> list[str]:
    """Return the names of the exports on disk."""
    return [path.name for path in (folder / "exports").glob("*/*")]


def workers() -> list[int]:
    """Return the workers that this process has started."""
    listed = subprocess.run(
        ["ps", "-eo", "pid=,ppid=,command="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split(maxsplit=2) for line in listed.splitlines()]
    return [int(r[0]) for r in rows if int(r[1]) == os.getpid() and "role worker" in r[2]]
