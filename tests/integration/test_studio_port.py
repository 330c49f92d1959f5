"""The studio port under people without manners: it goes on serving everybody else."""

import asyncio
import gzip
import resource
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field

import anyio
import anyio.lowlevel
import pytest
from anyio.abc import ByteStream
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect
from websockets.client import ClientProtocol
from websockets.exceptions import ConnectionClosed
from websockets.uri import parse_uri

from vivavoce.app.callers import CONNECTIONS, HEAD_LIMIT, PIPELINE_LIMIT, Callers
from vivavoce.app.http import serve_http
from vivavoce.app.sockets import FRAGMENTS
from vivavoce.deliver.patience import Wait
from vivavoce.testing import FakeClock

pytestmark = pytest.mark.anyio
GET = b"GET / HTTP/1.1\r\nHost: studio\r\n\r\n"
CHUNKED = b"POST /take HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n"
LARGE = b"x" * 16_000_000


@dataclass
class Port:
    number: int
    clock: FakeClock
    callers: Callers
    seen: list[int] = field(default_factory=list)
    """How long each body was that an application read whole."""

    async def open(self) -> ByteStream:
        return await anyio.connect_tcp("127.0.0.1", self.number)

    async def ask(self, request: bytes = GET) -> bytes:
        """Return all that comes until the port closes."""
        async with await self.open() as stream:
            await stream.send(request)
            return await everything(stream)

    async def serves(self) -> bool:
        return (
            await self.ask(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        ).endswith(b"\r\n\r\nhere")

    async def late(self, wait: Wait) -> None:
        """Let so much time pass as the port waits."""
        self.clock.advance(wait.value + 0.1)
        self.callers.tick()


async def everything(stream: ByteStream) -> bytes:
    got = b""
    with anyio.fail_after(30):
        try:
            while True:
                got += await stream.receive()
        except (anyio.EndOfStream, anyio.BrokenResourceError):
            return got


@asynccontextmanager
async def opened(limit: int = CONNECTIONS) -> AsyncIterator[Port]:
    async def here(_: Request) -> Response:
        return PlainTextResponse("here")

    async def large(_: Request) -> Response:
        return Response(LARGE)

    async def take(request: Request) -> Response:
        port.seen.append(len(await request.body()))
        return PlainTextResponse("taken")

    async def talk(sock: WebSocket) -> None:
        await sock.accept()
        async for text in sock.iter_text():
            await sock.send_text(text)

    routes = [
        Route("/", here),
        Route("/large", large),
        Route("/take", take, methods=["POST"]),
        WebSocketRoute("/talk", talk),
    ]
    with socket.create_server(("127.0.0.1", 0)) as door:
        clock = FakeClock()
        port = Port(door.getsockname()[1], clock, Callers(clock.now, limit))
        async with anyio.create_task_group() as tasks:

            async def serve(*, task_status: anyio.abc.TaskStatus[None]) -> None:
                app = Starlette(routes=routes)
                await serve_http(app, [door], callers=port.callers, task_status=task_status)

            await tasks.start(serve)
            yield port
            tasks.cancel_scope.cancel()


async def waited_for(port: Port, count: int) -> None:
    with anyio.fail_after(30):
        while len(port.callers.patience) < count:
            await anyio.lowlevel.checkpoint()


async def test_two_thousand_who_dribble_their_heads_keep_nobody_out() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    many = min(CONNECTIONS, (hard - 256) // 2)  # where so many files may not be open
    try:
        async with opened(limit=many) as port:
            with ExitStack() as crowd:
                for n in range(many):
                    sock = crowd.enter_context(socket.create_connection(("127.0.0.1", port.number)))
                    sock.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
                    if n % 100 == 99:
                        await waited_for(port, n)
                await waited_for(port, many)
                assert await port.serves()
                assert port.callers.displaced >= 1
                assert port.callers.refused == 0
                await port.late(Wait.HEAD)
                with anyio.fail_after(30):
                    while len(port.callers.patience):
                        await port.late(Wait.TAKING)
                        await anyio.lowlevel.checkpoint()
                assert port.callers.late >= many - 1
                assert await port.serves()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_who_says_nothing_goes_before_who_has_begun_and_never_who_is_served() -> None:
    async with opened(limit=3) as port, await port.open() as busy, await port.open() as begun:
        await busy.send(b"POST /take HTTP/1.1\r\nHost: s\r\nContent-Length: 4\r\n\r\nab")
        await begun.send(b"GET / HTTP/1.1\r\n")
        async with await port.open() as silent:
            await waited_for(port, 3)
            assert await port.serves()
            assert await everything(silent) == b""
        await begun.send(b"Host: s\r\n\r\n")
        assert (await begun.receive()).endswith(b"here")
        await busy.send(b"cd")
        assert (await busy.receive()).endswith(b"taken")


async def test_a_port_full_of_sockets_says_so() -> None:
    async with opened(limit=1) as port, connect(f"ws://127.0.0.1:{port.number}/talk") as sock:
        assert (await port.ask()).startswith(b"HTTP/1.1 503 ")
        await sock.send("still here")
        assert await sock.recv() == "still here"
        assert port.callers.refused == 1


@pytest.mark.parametrize(
    ("sent", "wait", "said"),
    [
        (b"", Wait.REQUEST, b""),
        (b"GET / HT", Wait.HEAD, b"HTTP/1.1 408 "),
        (b"POST /take HTTP/1.1\r\nHost: s\r\nContent-Length: 9\r\n\r\nslow", Wait.BODY, b""),
        (CHUNKED + b"4\r\nsl", Wait.BODY, b""),
        (GET[:-2] + b"\r\n" + b"GET / HT", Wait.HEAD, b"HTTP/1.1 200 "),
    ],
)
async def test_nobody_is_waited_for_without_end(sent: bytes, wait: Wait, said: bytes) -> None:
    async with opened() as port, await port.open() as slow:
        await waited_for(port, 1)
        for at in range(len(sent)):
            await slow.send(sent[at : at + 1])
        first = b""
        if said.startswith(b"HTTP/1.1 200 "):
            first = await slow.receive()
        with anyio.fail_after(30):
            while not port.callers.late:
                await port.late(wait)
                await anyio.lowlevel.checkpoint()
        assert (first + await everything(slow)).startswith(said)
        assert port.seen == []
        assert await port.serves()


async def test_a_dribbled_head_does_not_win_time() -> None:
    async with opened() as port, await port.open() as slow:
        await slow.send(b"G")
        await waited_for(port, 1)
        began = port.clock.now()
        for letter in b"ET / HTTP/1.1\r\nX: " + b"y" * 1_000:
            port.clock.advance(0.4)
            port.callers.tick()
            if port.callers.late:
                break
            await slow.send(bytes([letter]))
            await anyio.lowlevel.checkpoint()
        assert (await everything(slow)).startswith(b"HTTP/1.1 408 ")
        assert port.clock.now() - began < Wait.HEAD.value + 1


async def test_who_takes_nothing_of_an_answer_is_let_go() -> None:
    async with opened() as port:
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            sock.connect(("127.0.0.1", port.number))
            sock.sendall(GET.replace(b"/ ", b"/large ", 1))
            with anyio.fail_after(30):
                while not port.callers.late:
                    await port.late(Wait.TAKING)
                    await anyio.lowlevel.checkpoint()
        assert await port.serves()


async def test_who_takes_an_answer_slowly_gets_it_whole() -> None:
    async with opened() as port:
        loop = asyncio.get_running_loop()
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
            sock.setblocking(False)
            await loop.sock_connect(sock, ("127.0.0.1", port.number))
            await loop.sock_sendall(sock, GET.replace(b"/ ", b"/large ", 1))
            got = 0
            with anyio.fail_after(30):
                while got < len(LARGE):
                    piece = await loop.sock_recv(sock, 200_000)
                    assert piece, got
                    got += len(piece)
                    port.clock.advance(1)
                    port.callers.tick()
        assert port.callers.late == 0


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET / HTTP/1.1\r\nX: " + b"y" * (2 * HEAD_LIMIT), b"431"),
        (b"GET /" + b"y" * (2 * HEAD_LIMIT), b"431"),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * HEAD_LIMIT + b"\r\n", b"4"),
        (b"\x16\x03\x01\x02\x00", b"400"),
        (b"GET / HTTP/1.1\r\nHost: s\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked, x\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\nHost: s\n\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost : s\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: s\r\n folded\r\n\r\n", b"400"),
        (b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + GET, b"400"),
    ],
)
async def test_what_is_no_request_is_refused(head: bytes, status: bytes) -> None:
    async with opened() as port:
        answer = await port.ask(head)
        assert answer.startswith(b"HTTP/1.1 " + status)
        assert answer.count(b"HTTP/1.1 ") == 1, "what follows is not taken for another request"
        assert b"here" not in answer
        assert port.callers.malformed == 1
        assert await port.serves()


@pytest.mark.parametrize(
    "body",
    [
        b"4;a=\n\r\nabcd\r\n0\r\n\r\n",  # a line end hidden in a chunk's extension
        b"4\nabcd\r\n0\r\n\r\n",
        b"-4\r\nabcd\r\n0\r\n\r\n",
        b"0x4\r\nabcd\r\n0\r\n\r\n",
        b"FFFFFFFFFFFFFFFFF\r\nabcd",
    ],
)
async def test_a_chunk_that_lies_smuggles_nothing(body: bytes) -> None:
    async with opened() as port:
        answer = await port.ask(CHUNKED + body + GET)
        assert b"here" not in answer
        assert b"taken" not in answer
        assert port.seen == []
        assert await port.serves()


async def test_a_flood_of_requests_in_one_packet_is_cut_off() -> None:
    async with opened() as port:
        answer = await port.ask(GET * 10_000)
        assert answer.count(b"HTTP/1.1 200 ") <= PIPELINE_LIMIT + 2
        assert await port.serves()
        async with await port.open() as polite:
            await polite.send(GET * 4)
            got = b""
            with anyio.fail_after(30):
                while got.count(b"here") < 4:
                    got += await polite.receive()


def frames(*parts: bytes) -> bytes:
    """Return the client's frames of one text message, as many as there are parts."""
    protocol = ClientProtocol(parse_uri("ws://x/"))
    protocol.state = protocol.state.OPEN
    for n, part in enumerate(parts):
        last = n == len(parts) - 1
        if n == 0:
            protocol.send_text(part, fin=last)
        else:
            protocol.send_continuation(part, fin=last)
    return b"".join(protocol.data_to_send())


UPGRADE = (
    b"GET /talk HTTP/1.1\r\nHost: studio\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


async def test_a_message_in_pieces_is_taken_and_one_in_countless_is_not() -> None:
    async with opened() as port, await port.open() as good, await port.open() as bad:
        for stream in (good, bad):
            await stream.send(UPGRADE)
            assert (await stream.receive()).startswith(b"HTTP/1.1 101 ")
        await bad.send(frames(*[b""] * (10 * FRAGMENTS))[:-6])  # the last one never comes
        assert b"abc" not in await everything(bad)
        await good.send(frames(b"a", b"b", b"c"))
        assert (await good.receive()).endswith(b"abc")


async def test_pings_whose_pongs_nobody_reads_are_not_kept() -> None:
    async with opened() as port, connect(f"ws://127.0.0.1:{port.number}/talk") as good:
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            sock.settimeout(30)
            sock.connect(("127.0.0.1", port.number))
            sock.sendall(UPGRADE)
            pings = (b"\x89\xfd" + bytes(4) + bytes(125)) * 1_000

            def flood() -> None:
                for _ in range(1_000):  # 131 MB
                    sock.sendall(pings)

            with pytest.raises(OSError, match=r"reset|pipe"):
                await anyio.to_thread.run_sync(flood)
        await good.send("still here")
        assert await good.recv() == "still here"


async def test_what_breaks_the_rules_of_sockets_ends_that_socket() -> None:
    async with opened() as port, connect(f"ws://127.0.0.1:{port.number}/talk") as good:
        for wrong in (
            b"\x81\x03abc",  # not masked (RFC 6455 section 5.1)
            b"\x83\x80\x00\x00\x00\x00",  # an opcode that there is not
            b"\xf1\x80\x00\x00\x00\x00",  # reserved bits
            b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff",  # eight exbibytes
            b"\x89\xfe\x01\x00" + bytes(260),  # a ping of more than 125 bytes
            b"\x80\x80\x00\x00\x00\x00",  # goes on with nothing
        ):
            async with await port.open() as bad:
                await bad.send(UPGRADE)
                assert (await bad.receive()).startswith(b"HTTP/1.1 101 ")
                await bad.send(wrong)
                last = await everything(bad)
                assert last[:1] in (b"\x88", b"")
        async with connect(f"ws://127.0.0.1:{port.number}/talk") as long:
            await long.send("x" * 200_000)
            with pytest.raises(ConnectionClosed):
                await long.recv()
        await good.send("still here")
        assert await good.recv() == "still here"


async def test_nothing_compressed_is_taken() -> None:
    bomb = gzip.compress(bytes(10_000_000))
    async with opened() as port:
        async with connect(f"ws://127.0.0.1:{port.number}/talk", compression="deflate") as sock:
            assert sock.response is not None
            assert "sec-websocket-extensions" not in sock.response.headers
        head = b"POST /take HTTP/1.1\r\nHost: s\r\nConnection: close\r\nContent-Encoding: gzip\r\n"
        await port.ask(head + b"Content-Length: %d\r\n\r\n" % len(bomb) + bomb)
        assert port.seen == [len(bomb)]
