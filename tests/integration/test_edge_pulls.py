"""An edge on another machine: files that it lacks come from where its feed comes from."""

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
from vivavoce.package.heads import HEADS
from vivavoce.package.silence import silent_part
from vivavoce.record import Programme
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
        wrong = {"Authorization": "Bearer others"}
        assert client.get(f"/live/{SHOW}/index.m3u8", headers=wrong).status_code == 401
        for path in ("../secret", "%2e%2e/secret", f"{SHOW}/..%2f..%2fsecret", f"{SHOW}/opus/", ""):
            assert client.get(f"/live/{path}", headers=edges).status_code == 404
