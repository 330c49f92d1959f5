"""Low-latency HLS at the public port: parts as they come, requests that wait for them."""

import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest
from tests.integration.edge_kit import (
    SHOW,
    Client,
    FakeStudio,
    Reply,
    RunningEdge,
    body,
    card,
    fake_studio,
    parse,
    request,
    running_edge,
    sounds,
)
from tests.integration.test_edge_files import parts

from vivavoce.bus.messages import Card
from vivavoce.card import State
from vivavoce.media import Codec
from vivavoce.package.heads import HEADS
from vivavoce.record.programme import Programme
from vivavoce.testing import FakeClock, hls_rules, hls_versions
from vivavoce.testing.hls_text import read

pytestmark = pytest.mark.anyio

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
LIVE = card(epoch_ms=int(EPOCH.timestamp() * 1000))
OPUS = f"/live/{SHOW}/opus"
LIST = f"{OPUS}/index.m3u8"


class Show:
    """A studio that writes files and tells edges, as the real one does."""

    def __init__(self, folder: Path, studio: FakeStudio, edge: RunningEdge) -> None:
        self.programme = Programme(folder / "live" / SHOW, HEADS, EPOCH)
        self.studio, self.edge = studio, edge
        self.next = 0

    async def say(self, count: int, *, on_disk: bool = True, told: bool = True) -> None:
        """Make so many parts, and wait until the edge has them."""
        for number in range(self.next, self.next + count):
            if on_disk:
                self.programme.append(parts([number]))
            if told:
                wanted = self.edge.edge.totals.parts_received + 2
                await self.studio.say(*sounds(number))
                while self.edge.edge.totals.parts_received < wanted:
                    await anyio.lowlevel.checkpoint()
        self.next += count

    async def list(self, query: str = "", path: str = LIST, **headers: str) -> str:
        reply = await self.edge.get(f"{path}{query}", **headers)
        assert reply.status == 200
        text = reply.body.decode()
        assert hls_rules.media(text) == []
        return text


@asynccontextmanager
async def on_air(tmp_path: Path, count: int = 0, **more: object) -> AsyncIterator[Show]:
    async with (
        fake_studio(Card(LIVE)) as studio,
        running_edge(tmp_path, studio, low_latency=True, **more) as edge,  # type: ignore[arg-type]
    ):
        show = Show(tmp_path, studio, edge)
        await show.say(count)
        yield show


async def asking(show: Show, path: str, **headers: str) -> Client:
    """Ask, and make sure that the edge lets the request wait."""
    before = show.edge.edge.totals.requests_held
    client = await show.edge.connect()
    await client.send(request("GET", path, Connection="close", **headers))
    while show.edge.edge.totals.requests_held == before:
        await anyio.lowlevel.checkpoint()
    return client


async def answer(client: Client) -> Reply:
    with anyio.fail_after(30):
        return parse(await client.all())


async def test_without_the_option_nothing_is_offered(tmp_path: Path) -> None:
    async with (
        fake_studio(Card(LIVE)) as studio,
        running_edge(tmp_path, studio) as edge,
    ):
        show = Show(tmp_path, studio, edge)
        await show.say(14)
        text = await show.list("?_HLS_msn=9999")  # a directive that was not offered is ignored
        assert "EXT-X-PART" not in text
        assert "SERVER-CONTROL" not in text
        assert (await edge.get(f"{OPUS}/00000000.0.m4s")).status == 404


async def test_parts_are_listed_and_to_be_had(tmp_path: Path) -> None:
    async with on_air(tmp_path, 15) as show:
        text = await show.list()
        found = read(text)
        assert [segment.uri for segment in found.segments] == ["00000000.m4s", "00000001.m4s"]
        assert found.open is not None
        uris = [part.uri for part in found.open.parts]
        assert uris == ["00000002.0.m4s", "00000002.1.m4s", "00000002.2.m4s"]
        for number, uri in enumerate(uris, 12):
            part = await show.edge.get(f"{OPUS}/{uri}")
            assert part.body == body(Codec.OPUS, number)
            assert "immutable" in part.headers["cache-control"]
        assert (await show.edge.get(f"{OPUS}/{uris[0]}", Range="bytes=0-9")).status == 206
        other = await show.list(path=f"/live/{SHOW}/aac/index.m3u8")
        assert hls_versions.together([text, other]) == []
        assert found.reports[0]["URI"] == '"../aac/index.m3u8"'


async def test_a_request_waits_for_its_part(tmp_path: Path) -> None:
    async with on_air(tmp_path, 12) as show:
        before = await show.list()
        waits = await asking(show, f"{LIST}?_HLS_msn=2&_HLS_part=0")
        hinted = await asking(show, f"{OPUS}/00000002.0.m4s")
        whole = await asking(show, f"{LIST}?_HLS_msn=2")
        await show.say(1)
        reply = await answer(waits)
        text = reply.body.decode()
        assert hls_rules.media(text) == []
        assert hls_versions.renewed(before, text) == []
        assert "00000002.0.m4s" in text
        assert reply.headers["cache-control"] == "public, max-age=12"
        assert (await answer(hinted)).body == body(Codec.OPUS, 12)
        await show.say(4)
        assert show.edge.edge.totals.responses[200] == 3  # one still waits
        await show.say(1)
        assert "\n00000002.m4s\n" in (await answer(whole)).body.decode()
        # The segment's address answers as soon as it is listed, from memory.
        segment = await show.edge.get(f"{OPUS}/00000002.m4s")
        assert segment.body == b"".join(body(Codec.OPUS, number) for number in range(12, 18))


async def test_a_hundred_waiters_cost_one_rendering(tmp_path: Path) -> None:
    async with on_air(tmp_path, 13) as show:
        totals = show.edge.edge.totals
        await show.list()
        rendered = totals.playlists_rendered
        waiting = [
            await asking(show, f"{LIST}?_HLS_msn=2&_HLS_part=1{'&_HLS_skip=YES' if n % 2 else ''}")
            for n in range(100)
        ]
        assert totals.playlists_rendered == rendered
        await show.say(1)
        bodies = {(await answer(client)).body for client in waiting}
        assert totals.playlists_rendered == rendered + 1
        assert len(bodies) == 1  # 13 parts: nothing is old enough to be skipped
        metrics = (await show.edge.get("/metrics")).body
        assert b"vivavoce_edge_requests_held_total 100.0" in metrics
        assert b"vivavoce_edge_requests_held 0.0" in metrics


@pytest.mark.parametrize(
    "query",
    ["?_HLS_part=1", "?_HLS_msn=-1", "?_HLS_msn=x", "?_HLS_msn=4", "?_HLS_msn=99999999999999999",
     "?_HLS_msn=3&_HLS_part=99999999", f"?_HLS_msn={'9' * 500}", "?_HLS_msn=1&_HLS_part=",
     "?_HLS_msn=1&_HLS_msn=1", "?_hls_msn=1", "?_HLS_Part=1&_HLS_msn=1"],
)  # fmt: skip
async def test_what_cannot_be_asked_for(tmp_path: Path, query: str) -> None:
    async with on_air(tmp_path, 12) as show:
        await show.list()
        assert (await show.edge.get(f"{LIST}{query}")).status == 400
        assert show.edge.edge.totals.requests_held == 0


async def test_parts_of_the_far_past_and_the_future_are_not_there(tmp_path: Path) -> None:
    async with on_air(tmp_path, 180) as show:
        await show.list()
        for name in ("00000000.0", "00000030.1", "00000031.0", "99999999.5", "00000029.6"):
            assert (await show.edge.get(f"{OPUS}/{name}.m4s")).status == 404
        # 6.2.2: to be had for three target durations after it has left the list.
        listed = [part.uri for part in read(await show.list()).parts]
        assert listed[0] == "00000027.0.m4s"
        assert (await show.edge.get(f"{OPUS}/00000014.0.m4s")).status == 200


async def test_the_past_is_answered_at_once_and_deltas_are_short(tmp_path: Path) -> None:
    async with on_air(tmp_path, 100) as show:
        whole = await show.list("?_HLS_msn=3")
        short = await show.list("?_HLS_msn=3&_HLS_part=2&_HLS_skip=YES")
        assert read(short).skipped == len(read(whole).segments) - 7
        packed = await show.edge.get(LIST, Accept_Encoding="gzip")
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.headers["vary"] == "Accept-Encoding"
        assert gzip.decompress(packed.body).decode() == await show.list()


async def test_a_missed_part_is_the_disks_to_tell(tmp_path: Path) -> None:
    async with on_air(tmp_path, 14) as show:
        before = await show.list()
        await show.say(1, told=False)
        await show.say(2)
        text = await show.list()
        assert "PRELOAD-HINT" not in text
        assert read(text).parts == read(before).parts
        waits = await asking(show, f"{LIST}?_HLS_msn=3&_HLS_part=1")
        await show.say(3)
        reply = await answer(waits)  # at the edge's next tick
        text = reply.body.decode()
        assert hls_rules.media(text) == []
        assert "\n00000002.m4s\n" in text
        assert "00000003.1.m4s" in text
        segment = await show.edge.get(f"{OPUS}/00000002.m4s")
        assert segment.body == b"".join(body(Codec.OPUS, number) for number in range(12, 18))


async def test_the_end_answers_all_who_wait(tmp_path: Path) -> None:
    async with on_air(tmp_path, 15) as show:
        await show.list()
        waiting = [await asking(show, f"{LIST}?_HLS_msn=2&_HLS_part=3") for _ in range(3)]
        show.programme.finish()
        await show.studio.say(Card(card(state=State.ENDED, version=2)))
        for client in waiting:
            reply = await answer(client)
            assert reply.status == 200
            assert reply.body.endswith(b"#EXT-X-ENDLIST\n")
        text = await show.list("?_HLS_msn=9&_HLS_part=3&_HLS_skip=YES")  # 6.2.5: ignored
        assert "EXT-X-SKIP" not in text


async def test_who_leaves_while_waiting_is_forgotten(tmp_path: Path) -> None:
    async with on_air(tmp_path, 12) as show:
        await show.list()
        client = await asking(show, f"{LIST}?_HLS_msn=2&_HLS_part=0")
        client.close()
        while b"vivavoce_edge_requests_held 0.0" not in (await show.edge.get("/metrics")).body:
            await anyio.lowlevel.checkpoint()
        await show.say(1)


async def test_who_waits_in_vain_is_told(tmp_path: Path) -> None:
    clock = FakeClock()
    async with on_air(tmp_path, 12, clock=clock) as show:
        await show.list()
        client = await asking(show, f"{LIST}?_HLS_msn=2&_HLS_part=0")
        clock.advance(6.1)
        reply = await answer(client)
        assert (reply.status, reply.code) == (503, "busy")
        assert show.edge.edge.totals.requests_held_late == 1


async def test_the_whole_show_is_followed_by_deltas(tmp_path: Path) -> None:
    async with on_air(tmp_path, 72) as show:
        path = f"{OPUS}/show.m3u8"
        whole = await show.list(path=path)
        assert len(read(whole).segments) == 12
        assert "CAN-SKIP-UNTIL" in whole
        short = await show.list("?_HLS_skip=YES", path=path)
        assert read(short).skipped == 5
        assert hls_versions.renewed(whole, short) == []
        show.programme.finish()
        while "ENDLIST" not in (ended := await show.list("?_HLS_skip=YES", path=path)):
            pass  # for at most as long as a playlist is kept in memory
        assert len(read(ended).segments) == 12
        assert (await show.edge.get(f"/live/{SHOW}/rewind.m3u8")).status == 200
