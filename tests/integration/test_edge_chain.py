"""Edges behind edges: the same sound, counted together, through studios that come and go."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import msgspec
import pytest
from tests.integration.edge_kit import (
    GREETING,
    SHOW,
    TOKEN,
    FakeStudio,
    RunningEdge,
    body,
    fake_studio,
    request,
    running_edge,
    sounds,
)
from websockets.asyncio.client import connect

from vivavoce.bus.messages import Count, Hello, Report, Sound
from vivavoce.media import Codec
from vivavoce.package.heads import HEADS

pytestmark = pytest.mark.anyio

MP4 = f"/live/{SHOW}/stream.mp4"


@asynccontextmanager
async def chain(
    tmp_path: Path,
) -> AsyncIterator[tuple[FakeStudio, RunningEdge, RunningEdge]]:
    async with (
        fake_studio(*GREETING) as studio,
        running_edge(tmp_path, studio) as parent,
        running_edge(tmp_path, FakeStudio(parent.port), follow=False) as child,
    ):
        await until_ready(child)
        yield studio, parent, child


async def until_ready(edge: RunningEdge) -> None:
    while (await edge.get("/readyz")).status != 200:  # noqa: ASYNC110  asked as a proxy asks
        await anyio.sleep(0.02)


async def test_a_listener_at_the_end_of_a_chain_hears_every_part_and_is_counted(
    tmp_path: Path,
) -> None:
    with anyio.fail_after(20):
        async with chain(tmp_path) as (studio, _, child):
            client = await child.connect()
            await client.send(request("GET", MP4))
            await client.until(HEADS[Codec.OPUS])
            for number in range(5, 9):
                await studio.say(*sounds(number))
            wanted = b"".join(body(Codec.OPUS, number) for number in range(5, 9))
            got = await client.until(wanted[-400:])
            assert got.endswith(HEADS[Codec.OPUS] + wanted)
            await studio.until_reported(Report({SHOW: Count(push=1)}))
            client.close()
            await studio.until_reported(Report({}))


async def test_who_joins_the_chain_late_is_told_what_is_on_air(tmp_path: Path) -> None:
    with anyio.fail_after(20):
        async with fake_studio(*GREETING) as studio, running_edge(tmp_path, studio) as parent:
            listener = await parent.connect()
            await listener.send(request("GET", MP4))
            await studio.say(*sounds(7))
            await listener.until(body(Codec.OPUS, 7))
            async with running_edge(tmp_path, FakeStudio(parent.port), follow=False) as child:
                await until_ready(child)
                late = await child.connect()
                await late.send(request("GET", MP4))
                await late.until(HEADS[Codec.OPUS] + body(Codec.OPUS, 7))


async def test_a_studio_that_goes_and_returns_leaves_the_whole_chain_connected(
    tmp_path: Path,
) -> None:
    with anyio.fail_after(30):
        async with chain(tmp_path) as (studio, _, child):
            client = await child.connect()
            await client.send(request("GET", MP4))
            await studio.say(*sounds(3))
            await client.until(body(Codec.OPUS, 3))
            await studio.hang_up()
            await studio.until_followed()
            number = 50
            while body(Codec.OPUS, number)[:40] not in bytes(client.got):
                # The parts of the time between are heard by nobody; the numbers go on.
                await studio.say(*sounds(number))
                await anyio.sleep(0.05)
                if body(Codec.OPUS, number) in bytes(client.got):
                    break
                with anyio.move_on_after(0.3):
                    await client.receive()
                if any(body(Codec.OPUS, n) in bytes(client.got) for n in range(50, number + 1)):
                    break
                number += 1
            assert number < 100


def follow(edge: RunningEdge) -> connect:
    """Follow an edge by a foreign client."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    url = f"ws://127.0.0.1:{edge.port}/feed"
    return connect(url, additional_headers=headers, proxy=None, max_queue=None)


async def test_an_edge_that_vanishes_takes_its_listeners_with_it(tmp_path: Path) -> None:
    counted = Report({SHOW: Count(push=7)})
    with anyio.fail_after(60):
        async with fake_studio(*GREETING) as studio, running_edge(tmp_path, studio) as parent:
            for way in ("shut", "abort"):
                async with follow(parent) as child:
                    await child.recv()
                    await child.send(msgspec.msgpack.encode(counted))
                    await studio.until_reported(counted)
                    if way == "abort":
                        child.transport.abort()
                await studio.until_reported(Report({}))


async def test_one_that_follows_and_does_not_read_is_let_go_and_no_other(tmp_path: Path) -> None:
    with anyio.fail_after(60):
        async with fake_studio(*GREETING) as studio, running_edge(tmp_path, studio) as parent:
            stuck = await parent.connect(receive_buffer=4_096)
            upgrade = {"Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
            token = {"Authorization": f"Bearer {TOKEN}", "Connection": "Upgrade"}
            key = {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
            await stuck.send(request("GET", "/feed", **upgrade, **token, **key))
            await stuck.until(b"101 Switching Protocols")
            async with follow(parent) as well:
                for _ in (Hello, *GREETING):
                    await well.recv()
                # Far more than the buffers of two sockets and what may wait besides.
                for number in range(200):
                    said = Sound(SHOW, Codec.OPUS, number, bytes(65_536))
                    await studio.say(said)
                    assert await well.recv() == msgspec.msgpack.encode(said)
                await until_one_follows(parent)


async def until_one_follows(edge: RunningEdge) -> None:
    while b"vivavoce_edge_followers 1" not in (await edge.get("/metrics")).body:  # noqa: ASYNC110
        await anyio.sleep(0.05)


async def test_nobody_follows_without_the_token(tmp_path: Path) -> None:
    upgrade = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    with anyio.fail_after(20):
        async with fake_studio(*GREETING) as studio, running_edge(tmp_path, studio) as edge:
            for shown in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic x"}):
                client = await edge.connect()
                await client.send(request("GET", "/feed", **upgrade, **shown))
                assert (await client.all()).startswith(b"HTTP/1.1 401")
            client = await edge.connect()
            await client.send(request("GET", "/feed", Authorization="Bearer edge-token"))
            assert b"404" in await client.until(b"\r\n\r\n")
