"""Who listens behind proxies: counted by what listed ones say, whatever anybody forges."""

from pathlib import Path

import pytest
from tests.integration.edge_kit import SHOW, RunningEdge, request, running_edge
from tests.integration.test_edge_files import OPUS, recorded

from vivavoce.bus.messages import Count
from vivavoce.deliver.proxies import Proxies

pytestmark = pytest.mark.anyio

HERE = Proxies.read("127.0.0.1")
LIST = f"{OPUS}/index.m3u8"


def players(edge: RunningEdge) -> int:
    return edge.edge.report().counts.get(SHOW, Count()).hls


async def ask_as(edge: RunningEdge, introduction: bytes) -> bytes:
    client = await edge.connect()
    for at in range(0, len(introduction), 7):
        await client.send(introduction[at : at + 7])
    await client.send(request("GET", LIST, Connection="close"))
    return await client.all()


async def test_listed_proxies_are_believed(tmp_path: Path) -> None:
    recorded(tmp_path, 12)
    async with running_edge(tmp_path, proxies=HERE) as edge:
        for n in range(5):
            await edge.get(LIST, X_Forwarded_For=f"198.51.100.{n}")
        assert players(edge) == 5
        # What the listener himself sent the proxy stands before, and changes nothing.
        for n in range(5):
            await edge.get(LIST, X_Forwarded_For=f"203.0.113.{n}, 198.51.100.0")
        assert players(edge) == 5


async def test_everybody_else_is_not(tmp_path: Path) -> None:
    recorded(tmp_path, 12)
    for proxies in (Proxies(), Proxies.read("192.0.2.1")):
        async with running_edge(tmp_path, proxies=proxies) as edge:
            for n in range(5):
                forged = {"X-Real-IP": f"198.51.100.{n}", "Forwarded": f"for=198.51.100.{n}"}
                await edge.get(LIST, X_Forwarded_For=f"198.51.100.{n}", **forged)
            assert players(edge) == 1
            answer = await ask_as(edge, b"PROXY TCP4 198.51.100.7 127.0.0.1 50000 80\r\n")
            assert answer.startswith(b"HTTP/1.1 400 ")
            assert players(edge) == 1


async def test_an_introduction_counts_for_the_whole_connection(tmp_path: Path) -> None:
    recorded(tmp_path, 12)
    version_2 = b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c" + bytes(
        (198, 51, 100, 9, 127, 0, 0, 1, 200, 0, 0, 80)
    )
    async with running_edge(tmp_path, proxies=HERE) as edge:
        for said in (b"PROXY TCP4 198.51.100.7 127.0.0.1 50000 80\r\n", version_2, b""):
            for _ in range(2):
                assert (await ask_as(edge, said)).startswith(b"HTTP/1.1 200 ")
        assert players(edge) == 3
        broken = await ask_as(edge, b"PROXY TCP4 nonsense\r\n")
        assert broken.startswith(b"HTTP/1.1 400 ")
        assert edge.edge.totals.heads_refused == 1
