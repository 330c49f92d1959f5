"""What lies beside the sound, and clips: cut at the public port, without a studio."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from tests.integration.edge_kit import RunningEdge, running_edge

from vivavoce.media import Pcm
from vivavoce.testing import correlate
from vivavoce.testing.decode import decode
from vivavoce.testing.ended_show import SHOW, EndedShow
from vivavoce.units import SEGMENT_SAMPLES

pytestmark = pytest.mark.anyio

LIVE = f"/live/{SHOW}"
SEGMENTS = 8


def sweep() -> Pcm:
    time = np.arange(SEGMENTS * SEGMENT_SAMPLES) / 48_000
    return (8_000 * np.sin(2 * np.pi * (200 * time + 40 * time**2))).astype(np.int16)


def write(tmp_path: Path, **more: object) -> Pcm:
    sound = sweep()
    shown = {"speakers": ["Vera </script>"], "spans": [(0, 0, 9_000)], "starts_ms": 640}
    EndedShow(round=sound, rounds=1, more=more, **shown).write(  # type: ignore[arg-type]
        tmp_path / "live"
    )
    return sound


async def code_of(edge: RunningEdge, name: str) -> tuple[int, str]:
    reply = await edge.get(f"{LIVE}/clip/{name}")
    return reply.status, reply.code


async def test_a_clip_is_cut_to_the_sample_and_can_be_asked_for_in_pieces(tmp_path: Path) -> None:
    sound = write(tmp_path)
    async with running_edge(tmp_path) as edge:
        for ending, kind, over in (("opus", "audio/ogg", 0), ("m4a", "audio/mp4", 1_024)):
            reply = await edge.get(f"{LIVE}/clip/3000-9001.{ending}")
            assert (reply.status, reply.headers["content-type"]) == (200, kind)
            heard = decode(reply.body)
            assert 0 <= len(heard) - 6_001 * 48 <= over
            assert correlate(sound[3_000 * 48 : 9_001 * 48], heard).offset == 0
            piece = await edge.get(f"{LIVE}/clip/3000-9001.{ending}", Range="bytes=10-19")
            assert (piece.status, piece.body) == (206, reply.body[10:20])


async def test_what_cannot_be_cut_is_said_with_a_code(tmp_path: Path) -> None:
    write(
        tmp_path,
        **{
            "withdrawn.json": [[1_000, 7_000], "rubbish", [1]],
            "takedowns.json": [{"from_ms": 9_000, "to_ms": 9_500, "at_ms": 1, "segments": [4]}],
        },
    )
    async with running_edge(tmp_path) as edge:
        assert await code_of(edge, "1000-7000.m4a") == (410, "clip_withdrawn")
        assert (await edge.get(f"{LIVE}/clip/1000-7001.m4a")).status == 200
        assert await code_of(edge, "4000-9001.opus") == (410, "clip_taken_down")
        assert await code_of(edge, "7000-1000.opus") == (400, "clip_reversed")
        assert await code_of(edge, "1000-1000.opus") == (400, "clip_reversed")
        assert await code_of(edge, "1000-5999.opus") == (400, "clip_too_short")
        assert await code_of(edge, "9500-15361.opus") == (404, "clip_beyond_end")
        assert await code_of(edge, "../../card.json") == (404, "not_found")
        unknown = await edge.get("/live/zzzzzzzzzz/clip/0-9000.opus")
        assert (unknown.status, unknown.code) == (404, "show_unknown")


async def test_sound_that_lacks_is_said_to_and_may_come_back(tmp_path: Path) -> None:
    write(tmp_path)
    segment = tmp_path / "live" / SHOW / "opus" / "00000002.m4s"
    kept = segment.read_bytes()
    async with running_edge(tmp_path) as edge:
        segment.unlink()
        assert await code_of(edge, "3000-9000.opus") == (404, "sound_missing")
        assert (await edge.get(f"{LIVE}/clip/3000-9000.m4a")).status == 200
        segment.write_bytes(kept)
        assert (await edge.get(f"{LIVE}/clip/3000-9000.opus")).status == 200


async def test_files_beside_the_sound_and_what_the_page_begins_with(tmp_path: Path) -> None:
    write(tmp_path)
    async with running_edge(tmp_path) as edge:
        peaks = await edge.get(f"{LIVE}/peaks.bin")
        assert len(peaks.body) == SEGMENTS * 6
        assert peaks.headers["access-control-allow-origin"] == "*"
        talk = await edge.get(f"{LIVE}/talk.json")
        assert talk.headers["content-type"] == "application/json"
        missing = await edge.get(f"{LIVE}/cover.png")
        assert (missing.status, missing.code) == (404, "file_missing")
        page = await edge.get(f"/{SHOW}")
        assert b'id="start">{"breaks":[],"starts_ms":640,"heads":{"opus":"' in page.body


async def test_a_show_without_chapters_take_downs_or_withdrawn_clips_has_empty_lists(
    tmp_path: Path,
) -> None:
    write(tmp_path)
    async with running_edge(tmp_path) as edge:
        chapters = await edge.get(f"{LIVE}/chapters.json")
        assert chapters.headers["content-type"] == "application/json+chapters"
        assert msgspec.json.decode(chapters.body) == {"version": "1.2.0", "chapters": []}
        for name in ("takedowns.json", "withdrawn.json"):
            reply = await edge.get(f"{LIVE}/{name}")
            assert (reply.status, reply.body) == (200, b"[]")
            other = await edge.get(f"/live/zzzzzzzzzz/{name}")
            assert (other.status, other.code) == (404, "show_unknown")


URL = "https://live.example.org"


async def test_a_clip_has_a_page_or_one_that_says_why_not(tmp_path: Path) -> None:
    write(tmp_path, **{"withdrawn.json": [[1_000, 7_000]]})
    async with running_edge(tmp_path, public_url=URL) as edge:
        page = await edge.get(f"/{SHOW}/clip/3000-9000")
        assert (page.status, page.headers["cache-control"]) == (200, "no-cache")
        assert b'"from_ms":3000,"to_ms":9000,"names":"Vera \\u003c/script>"' in page.body
        file = f"{URL}/live/{SHOW}/clip/3000-9000"
        assert f'"og:image" content="{file}.png"'.encode() in page.body
        picture = await edge.get(f"{LIVE}/clip/3000-9000.png")
        assert (picture.status, picture.headers["content-type"]) == (200, "image/png")
        assert picture.body.startswith(b"\x89PNG")
        for name, status, words in (
            ("1000-7000", 410, b"The host has withdrawn this clip."),
            ("9000-3000", 400, b"A clip ends after it begins."),
            ("3000-3001", 400, b"at least 5 seconds"),
            ("9500-15361", 404, b"does not reach so far"),
            ("some-thing", 404, b"no address of a clip"),
        ):
            refused = await edge.get(f"/{SHOW}/clip/{name}")
            assert (refused.status, refused.headers["content-type"][:9]) == (status, "text/html")
            assert words in refused.body
        assert (await edge.get("/zzzzzzzzzz/clip/3000-9000")).body == b"<html>missing</html>"
        assert await code_of(edge, "1000-7000.png") == (410, "clip_withdrawn")


async def test_the_small_player_may_be_framed_and_nothing_else(tmp_path: Path) -> None:
    write(tmp_path)
    async with running_edge(tmp_path, public_url=URL) as edge:
        for path, ancestors in ((f"/{SHOW}", "'none'"), (f"/{SHOW}/embed", "*")):
            page = await edge.get(path)
            policy = page.headers["content-security-policy"].split("; ")
            assert f"frame-ancestors {ancestors}" in policy
            assert [one for one in policy if "ancestors" in one] == [f"frame-ancestors {ancestors}"]
            assert b'id="card"' in page.body
        clip = await edge.get(f"/{SHOW}/clip/3000-9000")
        assert "frame-ancestors 'none'" in clip.headers["content-security-policy"]


async def test_oembed_says_what_to_embed(tmp_path: Path) -> None:
    write(tmp_path)
    async with running_edge(tmp_path, public_url=URL) as edge:

        async def told(query: str) -> tuple[int, dict[str, object]]:
            reply = await edge.get(f"/oembed?{query}")
            return reply.status, msgspec.json.decode(reply.body)

        status, whole = await told(f"url={URL}/{SHOW}&format=json")
        assert status == 200
        required = {"version": "1.0", "type": "rich", "width": 560, "height": 220}
        assert whole.items() >= required.items()
        assert f'<iframe src="{URL}/{SHOW}/embed" width="560" height="220"' in str(whole["html"])
        _, small = await told(f"url={URL}/{SHOW}%3Ft=1:02&maxwidth=300&maxheight=9000")
        assert (small["width"], small["height"]) == (300, 220)
        assert f"{URL}/{SHOW}/embed?t=1:02" in str(small["html"])
        _, clip = await told(f"url=http://edge.test/{SHOW}/clip/3000-9500")
        assert "/embed?t=3,9.5" in str(clip["html"])
        for query, status, code in (
            ("", 400, "url_missing"),
            (f"url={URL}/{SHOW}&format=xml", 501, "format_unknown"),
            (f"url={URL}/{SHOW}&maxwidth=-1", 400, "bad_request"),
            (f"url={URL}/{SHOW}&maxwidth=wide", 400, "bad_request"),
            ("url=https://elsewhere.example/0123456789", 404, "url_unknown"),
            (f"url={URL}/zzzzzzzzzz", 404, "show_unknown"),
            (f"url={URL}/{SHOW}/clip/9-3", 400, "clip_reversed"),
            (f"url={URL}/{SHOW}/clip/90000-99000", 404, "clip_beyond_end"),
            (f"url={URL}/{SHOW}%3Ft=%22%3E%3Cscript%3E", 200, None),
        ):
            got, body = await told(query)
            assert (got, body.get("code")) == (status, code), query
            assert "<script" not in str(body.get("html"))
