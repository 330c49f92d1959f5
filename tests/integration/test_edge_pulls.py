"""An edge on another machine: files that it lacks come from where its feed comes from."""

import random
from datetime import UTC, datetime
from pathlib import Path

import anyio
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from tests.integration.edge_kit import (
    GREETING,
    SHOW,
    FakeStudio,
    card,
    fake_studio,
    running_edge,
    write_card,
)

from vivavoce.bus.feed_files import files_route
from vivavoce.bus.messages import Card, Gone
from vivavoce.card import State
from vivavoce.deliver.upstream import Upstream
from vivavoce.package.heads import HEADS
from vivavoce.package.silence import silent_part
from vivavoce.record.programme import Programme
from vivavoce.units import PartNumber

FILES = ("index.m3u8", "opus/index.m3u8", "aac/show.m3u8", "opus/init.mp4", "opus/00000001.m4s")


def record(live: Path) -> None:
    write_card(live, card())
    programme = Programme(live / SHOW, HEADS, datetime(2026, 1, 1, tzinfo=UTC))
    programme.append([silent_part(c, PartNumber(n)) for n in range(12) for c in HEADS])


@pytest.mark.anyio
async def test_files_come_through_a_chain_and_are_the_same_bytes(tmp_path: Path) -> None:
    record(tmp_path / "live")
    (tmp_path / "far").mkdir()
    with anyio.fail_after(30):
        async with (
            fake_studio(*GREETING) as studio,
            running_edge(tmp_path, studio) as near,
            running_edge(tmp_path / "far", FakeStudio(near.port), follow=False, pulls=True) as far,
        ):
            while (await far.get("/readyz")).status != 200:  # noqa: ASYNC110  as a proxy asks
                await anyio.sleep(0.02)
            for name in FILES:
                here = await near.get(f"/live/{SHOW}/{name}")
                there = await far.get(f"/live/{SHOW}/{name}")
                assert (there.status, there.body) == (200, here.body), name
                assert there.headers["etag"] == here.headers["etag"]
            assert (await far.get(f"/live/{SHOW}/opus/00000002.m4s")).status == 404
            # What the feed has not told of is not asked for.
            read = near.edge.totals.responses.copy()
            assert (await far.get("/live/zzzzzzzzzz/index.m3u8")).status == 404
            assert near.edge.totals.responses == read


@pytest.mark.anyio
async def test_podcasts_come_through_a_chain(tmp_path: Path) -> None:
    series = "abcdefghjk"
    live = tmp_path / "live"
    write_card(live, card(state=State.ENDED, series=series))
    (live / "series").mkdir()
    sound = random.Random(5).randbytes(900_000)
    for name, body in {
        "feed.xml": b"<rss/>",
        f"series/{series}.xml": b"<rss>one</rss>",
        f"series/{series}.png": b"\x89PNG",
        f"{SHOW}/episode.mp3": sound,
        f"{SHOW}/episode-chapters.json": b"{}",
    }.items():
        (live / name).write_bytes(body)
    (tmp_path / "far").mkdir()
    told = Card(card(state=State.ENDED, series=series))
    with anyio.fail_after(30):
        async with (
            fake_studio(told) as studio,
            running_edge(tmp_path, studio) as near,
            running_edge(tmp_path / "far", FakeStudio(near.port), follow=False, pulls=True) as far,
        ):
            # Only what the feed has told of is asked for.
            while (await far.get(f"/live/{SHOW}/card.json")).status != 200:  # noqa: ASYNC110
                await anyio.sleep(0.02)
            episode = f"/live/{SHOW}/episode.mp3"
            for path in (
                *("/feed.xml", f"/series/{series}.xml", f"/series/{series}.png"),
                f"/live/{SHOW}/episode-chapters.json",
                episode,
            ):
                here, there = await near.get(path), await far.get(path)
                assert (there.status, there.body) == (200, here.body), path
                for field in ("content-type", "etag"):
                    assert there.headers[field] == here.headers[field], path
            piece = await far.get(episode, Range="bytes=300000-300099")
            assert (piece.status, piece.body) == (206, sound[300_000:300_100])
            assert (await far.ask("HEAD", episode)).headers["content-length"] == "900000"
            # A series that no show is in is not asked for.
            read = near.edge.totals.responses.copy()
            assert (await far.get("/series/0000000000.xml")).status == 404
            assert near.edge.totals.responses == read


@pytest.mark.anyio
async def test_a_deleted_show_is_gone_on_another_machine_too(tmp_path: Path) -> None:
    with anyio.fail_after(30):
        async with (
            fake_studio(*GREETING) as studio,
            running_edge(tmp_path / "far", studio, pulls=True) as far,
        ):
            while (await far.get(f"/live/{SHOW}/card.json")).status != 200:  # noqa: ASYNC110
                await anyio.sleep(0.02)
            await studio.say(Gone(SHOW))
            while (reply := await far.get(f"/live/{SHOW}/card.json")).status == 200:  # noqa: ASYNC110
                await anyio.sleep(0.02)
            assert (reply.status, reply.code) == (410, "show_deleted")


def test_the_studio_gives_files_to_edges_alone(tmp_path: Path) -> None:
    record(tmp_path / "live")
    (tmp_path / "secret").write_text("secret")
    app = Starlette(routes=[files_route(tmp_path / "live", lambda token: token == "edges")])
    with TestClient(app) as client:
        edges = {"Authorization": "Bearer edges"}
        for name in FILES:
            found = client.get(f"/live/{SHOW}/{name}", headers=edges)
            assert found.content == (tmp_path / "live" / SHOW / name).read_bytes()
            assert client.get(f"/live/{SHOW}/{name}").status_code == 401
        (tmp_path / "live" / "feed.xml").write_bytes(b"<rss/>")
        (tmp_path / "live" / SHOW / "episode.mp3").write_bytes(bytes(range(100)))
        assert client.get("/live/feed.xml", headers=edges).content == b"<rss/>"
        whole = client.head(f"/live/{SHOW}/episode.mp3", headers=edges).headers
        assert whole["content-length"] == "100"
        wanted = edges | {"Range": "bytes=10-19", "If-Range": whole["etag"]}
        piece = client.get(f"/live/{SHOW}/episode.mp3", headers=wanted)
        assert (piece.status_code, piece.content) == (206, bytes(range(10, 20)))
        other = wanted | {"If-Range": '"other"'}
        assert client.get(f"/live/{SHOW}/episode.mp3", headers=other).status_code == 200
        assert client.get(f"/live/{SHOW}/episode.mp3").status_code == 401
        wrong = {"Authorization": "Bearer others"}
        assert client.get(f"/live/{SHOW}/index.m3u8", headers=wrong).status_code == 401
        for path in ("../secret", "%2e%2e/secret", f"{SHOW}/..%2f..%2fsecret", f"{SHOW}/opus/", ""):
            assert client.get(f"/live/{path}", headers=edges).status_code == 404


@pytest.mark.anyio
async def test_no_piece_of_another_file_is_taken(tmp_path: Path) -> None:
    write_card(tmp_path / "live", card(state=State.ENDED))
    file = tmp_path / "live" / SHOW / "episode.mp3"
    file.write_bytes(b"a" * 1_000)
    async with running_edge(tmp_path) as edge:
        upstream = Upstream(f"ws://127.0.0.1:{edge.port}/feed", None, lambda show: show == SHOW)
        found = await anyio.to_thread.run_sync(upstream.find, f"{SHOW}/episode.mp3")
        assert found is not None
        assert found.rest is not None
        piece = found.rest.part(100, 200)
        assert await anyio.to_thread.run_sync(piece.read) == b"a" * 100
        file.unlink()
        file.write_bytes(b"b" * 999)
        with pytest.raises(OSError, match="file"):
            await anyio.to_thread.run_sync(piece.read)
        for name in ("zzzzzzzzzz/episode.mp3", "series/abcdefghjk.xml"):
            assert await anyio.to_thread.run_sync(upstream.find, name) is None
