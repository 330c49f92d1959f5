"""Chapters and withdrawn clips over HTTP: kept in the show's folder, whatever is sent."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.studio import COMMAND_LINE, Studio

from vivavoce.testing.ended_show import EndedShow
from vivavoce.units import SEGMENT_SAMPLES

pytestmark = pytest.mark.anyio

SECONDS = 1.92 * 8


async def on_air(studio: Studio, folder: Path) -> str:
    """Return a live show with 15.36 s of sound on disk."""
    async with studio.client(COMMAND_LINE) as owner:
        made = (await owner.post("/api/shows", json={"title": "A talk"})).json()
        show: str = made["show"]
        await owner.post(f"/api/shows/{show}/start", json={})
    sound = np.zeros(8 * SEGMENT_SAMPLES, dtype=np.int16)
    EndedShow(round=sound, rounds=1).write(folder / "live", show)
    return show


def kept(folder: Path, show: str, name: str) -> Any:
    return json.loads((folder / "live" / show / name).read_bytes())


async def test_a_host_marks_now_and_edits_afterwards(studio: Studio, tmp_path: Path) -> None:
    show = await on_air(studio, tmp_path)
    address = f"/api/shows/{show}/chapters"
    async with studio.client(COMMAND_LINE) as owner:
        assert (await owner.get(address)).json() == {"chapters": []}
        studio.clock.advance(7.5)
        marked = await owner.post(address, json={"title": "The <b>flood</b> \u05d0"})
        assert (marked.status_code, marked.json()["start_s"]) == (201, 7.5)
        file = kept(tmp_path, show, "chapters.json")
        assert file["chapters"] == [{"startTime": 7.5, "title": "The <b>flood</b> \u05d0"}]
        # Twice at one moment: the later word counts.
        await owner.post(address, json={"title": "The flood"})
        await owner.post(f"/api/shows/{show}/end", json={})
        late = await owner.post(address, json={"title": "Too late"})
        assert (late.status_code, late.json()["code"]) == (409, "not_live")
        wanted = [{"start_s": 9.25, "title": "Two"}, {"start_s": 0, "title": "One"}]
        put = await owner.put(address, json={"chapters": wanted})
        assert put.json()["chapters"] == sorted(wanted, key=lambda one: str(one["start_s"]))
    assert [c["title"] for c in kept(tmp_path, show, "chapters.json")["chapters"]] == ["One", "Two"]


@pytest.mark.parametrize(
    ("chapters", "status", "code"),
    [
        ([{"start_s": 1, "title": "a\x00b"}], 422, "invalid_field"),
        ([{"start_s": 1, "title": "a\nb"}], 422, "invalid_field"),
        ([{"start_s": 1, "title": "a\u202eb"}], 422, "invalid_field"),
        ([{"start_s": 1, "title": " "}], 422, "invalid_field"),
        ([{"start_s": 1, "title": "x" * 10_000}], 422, "invalid_field"),
        ([{"start_s": -1, "title": "x"}], 422, "invalid_field"),
        ([{"start_s": "1", "title": "x"}], 422, "invalid_field"),
        ([{"start_s": 1e300, "title": "x"}], 422, "invalid_field"),
        ([{"start_s": 60, "title": "x"}], 400, "chapter_beyond_end"),
        ([{"start_s": 1, "title": "x"}] * 2, 400, "chapter_twice"),
        ([{"start_s": n, "title": "x"} for n in range(201)], 422, "invalid_field"),
    ],
)
async def test_bad_chapters_change_nothing(
    studio: Studio, tmp_path: Path, chapters: list[object], status: int, code: str
) -> None:
    show = await on_air(studio, tmp_path)
    address = f"/api/shows/{show}/chapters"
    studio.clock.advance(SECONDS)
    async with studio.client(COMMAND_LINE) as owner:
        good = {"chapters": [{"start_s": 2, "title": "Stays"}]}
        await owner.put(address, json=good)
        refused = await owner.put(address, json={"chapters": chapters})
        assert (refused.status_code, refused.json()["code"]) == (status, code)
        assert (await owner.get(address)).json() == good


async def test_a_clip_is_withdrawn_and_allowed_again(studio: Studio, tmp_path: Path) -> None:
    show = await on_air(studio, tmp_path)
    studio.clock.advance(SECONDS)
    address = f"/api/shows/{show}/withdrawn"
    clip = {"from_ms": 1_000, "to_ms": 7_000}
    async with studio.client(COMMAND_LINE) as owner:
        for _ in range(2):
            made = await owner.post(address, json=clip)
            assert (made.status_code, made.json()) == (201, {"withdrawn": [clip]})
        assert kept(tmp_path, show, "withdrawn.json") == [[1_000, 7_000]]
        for odd, code in (
            ({"from_ms": 7_000, "to_ms": 1_000}, "clip_reversed"),
            ({"from_ms": 1_000, "to_ms": 1_000}, "clip_reversed"),
            ({"from_ms": 0, "to_ms": 90_000}, "clip_beyond_end"),
            ({"from_ms": 0, "to_ms": 100}, "clip_too_short"),
            ({"from_ms": -1, "to_ms": 100}, "invalid_field"),
        ):
            assert (await owner.post(address, json=odd)).json()["code"] == code
        assert (await owner.delete(f"{address}/some-clip")).status_code == 404
        assert (await owner.delete(f"{address}/1000-7000")).status_code == 204
        assert (await owner.get(address)).json() == {"withdrawn": []}


async def test_strangers_and_planned_shows(studio: Studio, tmp_path: Path) -> None:
    show = await on_air(studio, tmp_path)
    async with studio.client() as stranger:
        for name in ("chapters", "withdrawn"):
            assert (await stranger.get(f"/api/shows/{show}/{name}")).status_code == 401
    async with studio.client(COMMAND_LINE) as owner:
        planned = (await owner.post("/api/shows", json={"title": "Later"})).json()["show"]
        answer = await owner.put(f"/api/shows/{planned}/chapters", json={"chapters": []})
        assert (answer.status_code, answer.json()["code"]) == (409, "not_live")
        unknown = await owner.get("/api/shows/zzzzzzzzzz/chapters")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "show_unknown")
