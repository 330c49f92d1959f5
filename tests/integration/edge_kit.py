"""A fake studio, an edge in this process, and raw clients without manners."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import msgspec
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from vivavoce.bus.messages import FEED_VERSION, Card, Down, Head, Hello, Report, Sound
from vivavoce.card import ShowCard, State
from vivavoce.clock import Clock, SystemClock
from vivavoce.deliver.edge import Edge, EdgeSettings
from vivavoce.media import Codec
from vivavoce.package.heads import HEADS
from vivavoce.package.silence import silent_part
from vivavoce.units import PartNumber

SHOW = "0123456789"
TOKEN = "edge-token"


def card(
    show: str = SHOW, *, state: State = State.LIVE, version: int = 1, **more: object
) -> ShowCard:
    fields = {
        "show": show,
        "version": version,
        "title": "A <b>title</b>",
        "description": "Words & more",
        "language": "en",
        "state": state,
    }
    return msgspec.convert(fields | more, ShowCard)


def body(codec: Codec, number: int) -> bytes:
    if codec is Codec.MP3:
        return b"\xff\xfb" + number.to_bytes(4, "big") * 300
    return silent_part(codec, PartNumber(number)).body


def sounds(number: int, codecs: Sequence[Codec] = (Codec.OPUS, Codec.AAC)) -> list[Down]:
    return [Sound(SHOW, codec, number, body(codec, number)) for codec in codecs]


@dataclass
class FakeStudio:
    """Speaks the feed; ``say`` goes to all edges, ``greeting`` to each that comes."""

    port: int
    greeting: list[Down] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    edges: set[ServerConnection] = field(default_factory=set)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    server: Server | None = None

    async def say(self, *messages: Down) -> None:
        for edge in list(self.edges):
            for message in messages:
                await edge.send(msgspec.msgpack.encode(message))

    async def hang_up(self) -> None:
        """Lose all edges, as a studio does that dies; they come again."""
        for edge in list(self.edges):
            edge.transport.abort()
        while self.edges:
            await self._change()

    async def close(self) -> None:
        """Be gone: whoever comes from now on is refused."""
        assert self.server is not None
        self.server.close(close_connections=True)
        await self.server.wait_closed()

    async def until_followed(self) -> None:
        while not self.edges:
            await self._change()

    async def until_reported(self, wanted: Report) -> None:
        while not self.reports or self.reports[-1] != wanted:
            await self._change()

    async def _change(self) -> None:
        self.changed.clear()
        await self.changed.wait()

    async def talk(self, edge: ServerConnection) -> None:
        assert edge.request is not None
        self.tokens.append(edge.request.headers.get("Authorization"))
        for message in (Hello(FEED_VERSION, "boot", 0), *self.greeting):
            await edge.send(msgspec.msgpack.encode(message))
        self.edges.add(edge)
        self.changed.set()
        try:
            async for data in edge:
                assert isinstance(data, bytes)
                self.reports.append(msgspec.msgpack.decode(data, type=Report))
                self.changed.set()
        except ConnectionClosed:
            pass
        finally:
            self.edges.discard(edge)
            self.changed.set()


@asynccontextmanager
async def fake_studio(*greeting: Down, port: int = 0) -> AsyncIterator[FakeStudio]:
    studio = FakeStudio(port, list(greeting))
    async with serve(studio.talk, "127.0.0.1", port, compression=None) as server:
        studio.server = server
        studio.port = next(iter(server.sockets)).getsockname()[1]
        yield studio
        server.close(close_connections=True)


GREETING: tuple[Down, ...] = (
    Card(card()),
    Head(SHOW, Codec.OPUS, HEADS[Codec.OPUS]),
    Head(SHOW, Codec.AAC, HEADS[Codec.AAC]),
)


def write_card(live: Path, show_card: ShowCard) -> None:
    (live / show_card.show).mkdir(parents=True)
    (live / show_card.show / "card.json").write_bytes(msgspec.json.encode(show_card))


def write_pages(folder: Path) -> Path:
    (folder / "assets").mkdir(parents=True)
    listen = "<html><head><!--meta--></head><body><!--card--></body></html>"
    for name in ("listen", "clip", "embed"):
        (folder / f"{name}.html").write_text(listen)
    (folder / "home.html").write_text("<html>home</html>")
    (folder / "missing.html").write_text("<html>missing</html>")
    (folder / "assets" / "page-abc.js").write_text("'use strict';" * 100)
    return folder


def listening() -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", 0))
    return sock


@dataclass
class RunningEdge:
    edge: Edge
    port: int
    clients: list["Client"] = field(default_factory=list)

    async def connect(self, *, receive_buffer: int | None = None) -> "Client":
        sock = socket.socket()
        sock.setblocking(False)
        if receive_buffer is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", self.port))
        self.clients.append(Client(sock))
        return self.clients[-1]

    async def get(self, path: str, **headers: str) -> "Reply":
        return await self.ask("GET", path, **headers)

    async def ask(self, method: str, path: str, **headers: str) -> "Reply":
        client = await self.connect()
        try:
            await client.send(request(method, path, Connection="close", **headers))
            return parse(await client.all())
        finally:
            client.close()


@asynccontextmanager
async def running_edge(
    tmp_path: Path,
    studio: FakeStudio | None = None,
    *,
    sock: socket.socket | None = None,
    connections: int = 10_000,
    clock: Clock | None = None,
    follow: bool = True,
    **more: Any,
) -> AsyncIterator[RunningEdge]:
    pages = tmp_path / "pages"
    if not pages.exists():
        write_pages(pages)
    (tmp_path / "live").mkdir(exist_ok=True)
    url = f"ws://127.0.0.1:{studio.port}/feed" if studio is not None else None
    settings = EdgeSettings(
        tmp_path / "live", pages, studio_ws=url, token=TOKEN, connections=connections, **more
    )
    edge = Edge(settings, clock or SystemClock())
    sock = sock or listening()
    port = sock.getsockname()[1]
    bugs: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: bugs.append(context))
    async with anyio.create_task_group() as tasks:
        await tasks.start(lambda *, task_status: edge.serve([sock], task_status=task_status))
        if studio is not None and follow:
            await studio.until_followed()
        running = RunningEdge(edge, port)
        try:
            yield running
        finally:
            for client in running.clients:
                client.close()
        tasks.cancel_scope.cancel()
    assert bugs == [], "an exception reached the event loop"


def request(method: str, path: str, version: str = "1.1", **headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/{version}", "Host: edge.test"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        found: str = msgspec.json.decode(self.body)["code"]
        return found


def parse(data: bytes) -> Reply:
    head, _, rest = data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert len(headers) == len(lines), "a field is given twice"
    return Reply(int(first.split(" ")[1]), {k.lower(): v for k, v in headers.items()}, rest)


@dataclass
class Client:
    """A socket; waits are bounded by the test's own timeout."""

    sock: socket.socket
    got: bytearray = field(default_factory=bytearray)

    async def send(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self.sock, data)

    async def receive(self) -> bytes:
        """Return what has come; empty at the end, be it orderly or not."""
        try:
            data = await asyncio.get_running_loop().sock_recv(self.sock, 1 << 16)
        except ConnectionError:
            data = b""
        self.got += data
        return data

    async def until(self, wanted: bytes) -> bytes:
        """Receive until ``wanted`` has come; return all that has."""
        while wanted not in self.got:
            assert await self.receive(), (
                f"closed before {wanted[:40]!r}: {bytes(self.got[-200:])!r}"
            )
        return bytes(self.got)

    async def all(self) -> bytes:
        """Receive until the edge closes."""
        while await self.receive():
            pass
        return bytes(self.got)

    def close(self) -> None:
        self.sock.close()
