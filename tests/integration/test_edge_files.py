"""Files at the public port: playlists, segments, pages, and what nobody may get."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.integration.edge_kit import SHOW, card, request, running_edge, write_card

from vivavoce.bus.messages import Count
from vivavoce.card import State
from vivavoce.media import Codec, Part
from vivavoce.package.heads import HEADS
from vivavoce.package.silence import silent_part
from vivavoce.record.programme import Programme
from vivavoce.testing.clock import FakeClock
from vivavoce.units import PartNumber

pytestmark = pytest.mark.anyio

LIVE = f"/live/{SHOW}"
OPUS = f"{LIVE}/opus"
SECOND = f"{OPUS}/00000001.m4s"


def parts(numbers: Sequence[int]) -> list[Part]:
    codecs = (Codec.OPUS, Codec.AAC)
    return [silent_part(codec, PartNumber(number)) for number in numbers for codec in codecs]


def recorded(tmp_path: Path, count: int, *, state: State = State.LIVE) -> Programme:
    """Write a show's folder as the studio does."""
    write_card(tmp_path / "live", card(state=state))
    programme = Programme(tmp_path / "live" / SHOW, HEADS, datetime(2026, 1, 1, tzinfo=UTC))
    programme.append(parts(range(count)))
    return programme


async def test_the_files_of_a_live_show(tmp_path: Path) -> None:
    recorded(tmp_path, 14)  # two whole segments, and two parts of a third
    async with running_edge(tmp_path) as edge:
        master = await edge.get(f"{LIVE}/index.m3u8")
        assert master.status == 200
        assert b"opus/index.m3u8" in master.body
        playlist = await edge.get(f"{OPUS}/index.m3u8")
        assert playlist.headers["content-type"] == "application/vnd.apple.mpegurl"
        assert playlist.headers["access-control-allow-origin"] == "*"
        assert playlist.headers["cache-control"].startswith("public, max-age=1, ")
        assert playlist.body == (tmp_path / "live" / SHOW / "opus" / "index.m3u8").read_bytes()
        init = await edge.get(f"{OPUS}/init.mp4")
        assert init.body == HEADS[Codec.OPUS]
        segment = await edge.get(SECOND)
        assert segment.body == b"".join(p.body for p in parts(range(6, 12)) if p.codec == "opus")
        assert "immutable" in segment.headers["cache-control"]
        assert segment.headers["content-type"] == "audio/mp4"
        assert edge.edge.report().counts == {SHOW: Count(hls=1)}


async def test_a_growing_segment_is_not_there_until_it_is_whole(tmp_path: Path) -> None:
    programme = recorded(tmp_path, 8)
    assert (tmp_path / "live" / SHOW / "opus" / "00000001.m4s").exists()
    async with running_edge(tmp_path) as edge:
        reply = await edge.get(SECOND)
        assert (reply.status, reply.code) == (404, "sound_missing")
        assert reply.headers["cache-control"] == "no-store"
        assert (await edge.get(f"{OPUS}/99999999.m4s")).status == 404
        programme.append(parts(range(8, 12)))
        whole = await edge.get(SECOND)
        assert whole.status == 200
        assert len(whole.body) == len(b"".join(p.body for p in parts(range(6, 12))[::2]))


async def test_a_list_of_any_age_says_what_is_whole(tmp_path: Path) -> None:
    recorded(tmp_path, 14)
    clock = FakeClock()
    async with running_edge(tmp_path, clock=clock) as edge:
        assert (await edge.get(f"{OPUS}/index.m3u8")).status == 200
        clock.advance(600.0)
        read = edge.edge.totals.files_read
        assert (await edge.get(SECOND)).status == 200
        assert edge.edge.totals.files_read == read + 1


async def test_the_same_address_is_the_replay(tmp_path: Path) -> None:
    programme = recorded(tmp_path, 8)
    async with running_edge(tmp_path) as edge:
        assert b"ENDLIST" not in (await edge.get(f"{OPUS}/index.m3u8")).body
        programme.finish()
        clock = edge.edge.totals.files_read
        while b"ENDLIST" not in (reply := await edge.get(f"{OPUS}/index.m3u8")).body:
            assert reply.status == 200  # for at most as long as a playlist is kept in memory
        assert edge.edge.totals.files_read > clock
        assert (await edge.get(SECOND)).status == 200


async def test_conditions_and_ranges(tmp_path: Path) -> None:
    recorded(tmp_path, 12)
    async with running_edge(tmp_path) as edge:
        whole = await edge.get(SECOND)
        etag = whole.headers["etag"]
        same = await edge.get(SECOND, If_None_Match=etag)
        assert (same.status, same.body) == (304, b"")
        assert same.headers["etag"] == etag
        piece = await edge.get(SECOND, Range="bytes=10-19")
        assert (piece.status, piece.body) == (206, whole.body[10:20])
        assert piece.headers["content-range"] == f"bytes 10-19/{len(whole.body)}"
        tail = await edge.get(SECOND, Range="bytes=-5")
        assert (tail.status, tail.body) == (206, whole.body[-5:])
        beyond = await edge.get(SECOND, Range=f"bytes={len(whole.body)}-")
        assert (beyond.status, beyond.body) == (416, b"")
        many = await edge.get(SECOND, Range="bytes=0-1,2-3," * 50)
        assert (many.status, many.body) == (200, whole.body)
        head = await edge.ask("HEAD", SECOND)
        assert (head.status, head.body) == (200, b"")
        assert head.headers["content-length"] == str(len(whole.body))
        playlist = await edge.get(f"{OPUS}/index.m3u8", Range="bytes=0-3")
        assert playlist.status == 200


OUTSIDE = [
    "/../secret",
    "/..%2fsecret",
    "/%2e%2e/secret",
    "/assets/../../secret",
    "/assets/..%2f..%2fsecret",
    "/live/../secret",
    "/live/%2e%2e/secret",
    f"{LIVE}/../../secret",
    f"{LIVE}/..%2f..%2fsecret",
    f"{LIVE}/opus/..%2f..%2f..%2fsecret",
    f"{LIVE}/opus/%2e%2e%2f%2e%2e%2f%2e%2e%2fsecret",
    f"{LIVE}/opus/..\\..\\..\\secret",
    f"{LIVE}/opus/%5c..%5csecret",
    f"{LIVE}//opus/init.mp4",
    f"{LIVE}/opus/0000000%31.m4s%00",
    "//etc/passwd",
    "/%2fetc%2fpasswd",
    "/listen.html",
]


@pytest.mark.parametrize("path", OUTSIDE)
async def test_nothing_outside_is_to_be_had(tmp_path: Path, path: str) -> None:
    recorded(tmp_path, 12)
    for place in (tmp_path, tmp_path / "live", tmp_path / "live" / SHOW):
        (place / "secret").write_text("the owner's key")
    async with running_edge(tmp_path) as edge:
        reply = await edge.get(path)
        assert reply.status in (400, 404)
        assert b"owner" not in reply.body


async def test_an_encoded_digit_is_a_digit(tmp_path: Path) -> None:
    recorded(tmp_path, 12)
    async with running_edge(tmp_path) as edge:
        assert (await edge.get(f"{OPUS}/0000000%31.m4s")).status == 200


async def test_the_listeners_page_carries_the_card(tmp_path: Path) -> None:
    write_card(tmp_path / "live", card(state=State.PLANNED))
    async with running_edge(tmp_path) as edge:
        page = await edge.get(f"/{SHOW}")
        assert page.status == 200
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.headers["cache-control"] == "no-cache"
        assert b"<title>A &lt;b&gt;title&lt;/b&gt;</title>" in page.body
        assert b'<script type="application/json" id="card">{"show":"0123456789"' in page.body
        policy = page.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in page.headers
        again = await edge.get(f"/{SHOW}", If_None_Match=page.headers["etag"])
        assert again.status == 304
        assert (await edge.get(f"{LIVE}/card.json")).headers["access-control-allow-origin"] == "*"


async def test_assets_are_kept_for_ever_and_packed(tmp_path: Path) -> None:
    async with running_edge(tmp_path) as edge:
        plain = await edge.get("/assets/page-abc.js")
        assert plain.headers["content-type"] == "text/javascript; charset=utf-8"
        assert "immutable" in plain.headers["cache-control"]
        packed = await edge.get("/assets/page-abc.js", Accept_Encoding="br, gzip")
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.headers["vary"] == "Accept-Encoding"
        assert len(packed.body) < len(plain.body)
        assert (await edge.get("/")).body == b"<html>home</html>"


async def test_unknown_shows_get_helpful_words(tmp_path: Path) -> None:
    async with running_edge(tmp_path) as edge:
        for path in ("/zzzzzzzzzz", "/nonsense", "/assets/none.js"):
            reply = await edge.get(path)
            assert (reply.status, reply.body) == (404, b"<html>missing</html>")
        for path in ("card.json", "events", "stream.mp4", "index.m3u8", "opus/00000000.m4s"):
            reply = await edge.get(f"/live/zzzzzzzzzz/{path}")
            assert (reply.status, reply.code) == (404, "show_unknown")
        assert (await edge.get("/live/zzzzzzzzzz/other")).code == "not_found"


async def test_a_damaged_card_is_as_good_as_none(tmp_path: Path) -> None:
    folder = tmp_path / "live" / SHOW
    folder.mkdir(parents=True)
    (folder / "card.json").write_bytes(b'{"show": "0123')
    async with running_edge(tmp_path) as edge:
        assert (await edge.get(f"{LIVE}/card.json")).code == "show_unknown"


async def test_a_crowd_asking_for_one_file_reads_it_once(tmp_path: Path) -> None:
    recorded(tmp_path, 12)
    async with running_edge(tmp_path) as edge:
        clients = [await edge.connect() for _ in range(50)]
        for client in clients:
            await client.send(request("GET", SECOND, Connection="close"))
        for client in clients:
            assert (await client.all()).startswith(b"HTTP/1.1 200 OK")
        assert edge.edge.totals.files_read <= 4  # its playlist, perhaps twice, and the segment


async def test_health(tmp_path: Path) -> None:
    async with running_edge(tmp_path) as edge:
        assert (await edge.get("/healthz")).status == 200
        assert (await edge.get("/readyz")).status == 200
        metrics = await edge.get("/metrics")
        assert b"vivavoce_edge_listeners_push 0.0" in metrics.body
        assert b'vivavoce_edge_responses_outbound_total{status="200"} 2.0' in metrics.body
