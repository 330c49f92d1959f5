"""The feed over a real WebSocket: one studio's end, our own and a foreign client at the other."""

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio
import msgspec
import pytest
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from vivavoce.app.http import serve_http
from vivavoce.bus.feed_client import follow
from vivavoce.bus.feed_server import QUEUE, Feed
from vivavoce.bus.messages import Card, Count, Down, Head, Hello, Report, Sound
from vivavoce.bus.tally import SILENT_AFTER_S
from vivavoce.card import ShowCard, State
from vivavoce.media import Codec
from vivavoce.testing.clock import FakeClock

pytestmark = pytest.mark.anyio

LIVE = Card(
    ShowCard(
        show="0123456789",
        version=1,
        title="t",
        description="",
        language="en",
        state=State.LIVE,
        epoch_ms=0,
    )
)
DOWN = msgspec.msgpack.Decoder(Down)


def sound(number: int, size: int = 100) -> Sound:
    return Sound("0123456789", Codec.OPUS, number, bytes(size))


@dataclass
class Served:
    feed: Feed
    clock: FakeClock
    url: str


@asynccontextmanager
async def serve() -> AsyncIterator[Served]:
    clock = FakeClock()
    feed = Feed(clock, boot="boot", known=lambda token: token == "edge")
    with socket.create_server(("127.0.0.1", 0)) as door:
        async with anyio.create_task_group() as tasks:
            await tasks.start(serve_http, Starlette(routes=[feed.route()]), [door])
            yield Served(feed, clock, f"ws://127.0.0.1:{door.getsockname()[1]}/feed")
            tasks.cancel_scope.cancel()


def dial(served: Served, token: str = "edge") -> connect:
    headers = {"Authorization": f"Bearer {token}"}
    return connect(served.url, additional_headers=headers, proxy=None)


async def hear(edge: ClientConnection) -> Down:
    with anyio.fail_after(30):
        message: Down = DOWN.decode(await edge.recv(decode=False))
        return message


async def until(true: Callable[[], bool]) -> None:
    with anyio.fail_after(30):
        while not true():  # noqa: ASYNC110  the other end is another process' business
            await anyio.sleep(0.01)


async def test_a_newcomer_is_told_all_and_then_hears_what_happens() -> None:
    async with serve() as served:
        head = Head("0123456789", Codec.OPUS, b"head")
        said: list[Down] = [LIVE, head, *map(sound, range(20))]
        for message in said:
            served.feed.publish(message)
        async with dial(served) as edge:
            hello = await hear(edge)
            assert isinstance(hello, Hello)
            assert (hello.boot, hello.now_ms) == ("boot", 1_723_509_720_000)
            told = [await hear(edge) for _ in range(10)]
            assert told == [LIVE, head, *map(sound, range(12, 20))]
            served.feed.publish(sound(20))
            assert await hear(edge) == sound(20)
            assert served.feed.edges == 1
        await until(lambda: served.feed.edges == 0)


@pytest.mark.parametrize("token", ["", "wrong", "edge2"])
async def test_without_the_token_nothing_is_told(token: str) -> None:
    async with serve() as served:
        with pytest.raises(InvalidStatus) as refused:
            async with dial(served, token):
                pass
        assert refused.value.response.status_code == 403
        assert served.feed.edges == 0


async def test_counts_come_back_and_fade_with_silence() -> None:
    async with serve() as served:
        feed, show = served.feed, "0123456789"
        async with dial(served) as one, dial(served) as two:
            await one.send(msgspec.msgpack.encode(Report({show: Count(3, 1, 1)})))
            await two.send(msgspec.msgpack.encode(Report({show: Count(4, 0, 0)})))
            await until(lambda: feed.count(show) == Count(7, 1, 1))
            served.clock.advance(SILENT_AFTER_S)
            assert feed.count(show) == Count()
            await one.send(msgspec.msgpack.encode(Report({show: Count(2)})))
            await until(lambda: feed.count(show) == Count(2))
        await until(lambda: feed.edges == 0)
        assert feed.count(show) == Count()


@pytest.mark.parametrize("nonsense", [b"\xc1", b"", "text", msgspec.msgpack.encode({"type": "x"})])
async def test_nonsense_costs_that_edge_its_place(nonsense: str | bytes) -> None:
    async with serve() as served, dial(served) as good, dial(served) as bad:
        await bad.send(nonsense)
        with anyio.fail_after(30):
            await bad.wait_closed()
        await until(lambda: served.feed.edges == 1)
        served.feed.publish(LIVE)
        assert isinstance(await hear(good), Hello)
        assert await hear(good) == LIVE


async def test_an_edge_that_does_not_read_is_let_go_and_no_other() -> None:
    async with serve() as served, dial(served) as good:
        assert isinstance(await hear(good), Hello)
        with socket.create_connection(_address(served.url)) as stuck:
            stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            stuck.sendall(_handshake(served.url))
            await until(lambda: served.feed.edges == 2)
            # Far more than two sockets' buffers; it may not hold up the one who reads.
            for number in range(200 + QUEUE):
                served.feed.publish(sound(number, 65_536))
                assert await hear(good) == sound(number, 65_536)
            await until(lambda: served.feed.let_go == 1)
            await until(lambda: served.feed.edges == 1)


async def test_our_own_edges_follow_a_studio_through_its_restart() -> None:
    heard: list[Down] = []
    here: list[bool] = []
    with socket.create_server(("127.0.0.1", 0)) as door:
        url = f"ws://127.0.0.1:{door.getsockname()[1]}/feed"

        async def studio(card: Card, scope: anyio.CancelScope) -> None:
            feed = Feed(FakeClock(), boot="x", known=lambda token: token == "edge")
            feed.publish(card)
            with scope:
                await serve_http(Starlette(routes=[feed.route()]), [door.dup()])

        async with anyio.create_task_group() as tasks:
            first, second = anyio.CancelScope(), anyio.CancelScope()
            tasks.start_soon(studio, LIVE, first)
            tasks.start_soon(
                follow, url, "edge", heard.append, here.append, lambda: Report({}), FakeClock()
            )
            await until(lambda: LIVE in heard and here == [True])
            first.cancel()
            await until(lambda: here[-1] is False)
            again = Card(msgspec.structs.replace(LIVE.card, version=2))
            tasks.start_soon(studio, again, second)
            await until(lambda: again in heard and here[-1])
            tasks.cancel_scope.cancel()


def _address(url: str) -> tuple[str, int]:
    host, _, port = url.removeprefix("ws://").removesuffix("/feed").partition(":")
    return host, int(port)


def _handshake(url: str) -> bytes:
    host, port = _address(url)
    return (
        f"GET /feed HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nAuthorization: Bearer edge\r\n\r\n"
    ).encode()
