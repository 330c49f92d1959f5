"""TLS behind proxies that pass sealed bytes on: who listens is told in the clear, before it."""

import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import anyio
import pytest
from anyio.abc import SocketAttribute
from anyio.streams.tls import TLSStream
from tests.caller import until
from tests.certificates import believing, self_made
from tests.integration.edge_kit import SHOW, RunningEdge, request, running_edge
from tests.integration.test_edge_files import OPUS, recorded

from vivavoce import tls
from vivavoce.bus.messages import Count
from vivavoce.config import Settings
from vivavoce.deliver.proxies import Proxies

pytestmark = pytest.mark.anyio

LIST = f"{OPUS}/index.m3u8"
LINE = b"PROXY TCP4 198.51.100.7 127.0.0.1 50000 443\r\n"
VERSION_2 = b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c" + bytes(
    (198, 51, 100, 9, 127, 0, 0, 1, 200, 0, 1, 187)
)


def players(edge: RunningEdge) -> int:
    return edge.edge.report().counts.get(SHOW, Count()).hls


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, ssl.SSLContext]:
    file, key = self_made(tmp_path)
    made = tls.context(Settings(tls_cert=str(file), tls_key=str(key)))
    assert made is not None
    return file, made


@pytest.fixture
async def edge(
    tmp_path: Path, certificate: tuple[Path, ssl.SSLContext]
) -> AsyncIterator[RunningEdge]:
    recorded(tmp_path, 12)
    believed = Proxies.read("127.0.0.1")
    async with running_edge(tmp_path, tls=certificate[1], proxies=believed) as edge:
        yield edge


async def ask(edge: RunningEdge, certificate: Path, *pieces: bytes, inside: bytes = b"") -> bytes:
    """Say so much in the clear, shake hands, ask; return the beginning of the answer."""
    async with await anyio.connect_tcp("127.0.0.1", edge.port) as stream:
        stream.extra(SocketAttribute.raw_socket).setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
        )
        with anyio.fail_after(30):
            for piece in pieces:
                await stream.send(piece)
            sealed = await TLSStream.wrap(
                stream,
                hostname="localhost",
                ssl_context=believing(certificate),
                standard_compatible=False,
            )
            await sealed.send(inside + request("GET", LIST, Connection="close"))
            return await sealed.receive()


REFUSED = (OSError, anyio.BrokenResourceError, anyio.EndOfStream)
"""The other end went within the handshake, or before it."""


async def test_a_listed_proxy_introduces_who_shakes_hands(
    edge: RunningEdge, certificate: tuple[Path, ssl.SSLContext]
) -> None:
    file, _ = certificate
    for pieces in (
        [LINE],
        [bytes([letter]) for letter in LINE],  # in as many packets
        [VERSION_2],
        [VERSION_2[:13], VERSION_2[13:]],
        [],  # a proxy that looks whether we are there
    ):
        assert (await ask(edge, file, *pieces)).startswith(b"HTTP/1.1 200 ")
    assert players(edge) == 3


async def test_what_is_sealed_introduces_nobody(
    edge: RunningEdge, certificate: tuple[Path, ssl.SSLContext]
) -> None:
    for pieces in ([], [LINE]):
        answer = await ask(edge, certificate[0], *pieces, inside=LINE)
        assert answer.startswith(b"HTTP/1.1 400 ")
    assert players(edge) == 0


@pytest.mark.parametrize("broken", [b"PROXY TCP4 nonsense\r\n", b"PRINT\r\n", LINE + LINE, b"\r\n"])
async def test_a_broken_introduction_gets_no_handshake(
    edge: RunningEdge, certificate: tuple[Path, ssl.SSLContext], broken: bytes
) -> None:
    with pytest.raises(REFUSED):
        await ask(edge, certificate[0], broken)
    assert (await ask(edge, certificate[0], LINE)).startswith(b"HTTP/1.1 200 ")


async def test_nobody_else_introduces_anybody(
    tmp_path: Path, certificate: tuple[Path, ssl.SSLContext]
) -> None:
    file, made = certificate
    recorded(tmp_path, 12)
    async with running_edge(tmp_path, tls=made, proxies=Proxies.read("192.0.2.1")) as edge:
        with pytest.raises(REFUSED):  # a ClientHello begins differently
            await ask(edge, file, LINE)
        assert (await ask(edge, file)).startswith(b"HTTP/1.1 200 ")


async def test_who_never_shakes_hands_takes_part_of_the_limit_and_no_more(
    tmp_path: Path, certificate: tuple[Path, ssl.SSLContext]
) -> None:
    file, made = certificate
    recorded(tmp_path, 12)
    async with running_edge(tmp_path, tls=made, connections=20) as edge:
        silent = [socket.create_connection(("127.0.0.1", edge.port)) for _ in range(30)]
        await until(lambda: edge.edge.totals.connections_refused >= 10)
        for sock in silent:
            sock.close()
        answer = b""
        with anyio.fail_after(30):
            while not answer:
                with suppress(*REFUSED):  # their end has not been noticed yet
                    answer = await ask(edge, file)
        assert answer.startswith(b"HTTP/1.1 200 ")
