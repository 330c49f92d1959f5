"""No queue to a listener or an edge is the record's: full, and shut for good, it costs no part."""

import asyncio
import base64
import json
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
import msgspec
import pytest
from bench.phones import dial, said, voice
from tests.live_server import LiveServer, live_server
from tests.server import get
from websockets.asyncio.client import connect

from vivavoce.bus.messages import Down, Sound
from vivavoce.card import ShowCard
from vivavoce.media import SEGMENTED
from vivavoce.package.cmaf import parts_in
from vivavoce.record.sources import Folder
from vivavoce.record.verify import verify
from vivavoce.testing import level_db
from vivavoce.testing.decode import decode
from vivavoce.units import PART_SAMPLES

pytestmark = pytest.mark.anyio

DOWN = msgspec.msgpack.Decoder(Down)
LONG = "東" * 4_990  # 15 kB on the wire
STREAMS = ("stream.mp3", "stream.mp4", "stream.ogg", "stream.mp4?codec=aac")


def shut(stack: ExitStack, url: str, path: str, *lines: str) -> None:
    """Ask for something with the smallest window there is, and never read a byte of it."""
    address = urlsplit(url)
    sock = stack.enter_context(socket.socket())
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    sock.connect((address.hostname, address.port))
    head = (f"GET {path} HTTP/1.1", f"Host: {address.netloc}", *lines)
    sock.sendall("\r\n".join((*head, "", "")).encode())


def follower(token: str) -> tuple[str, ...]:
    """Return the head by which an edge begins to follow."""
    key = base64.b64encode(bytes(16)).decode()
    return (
        f"Authorization: Bearer {token}", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}",
    )  # fmt: skip


async def until(true: Callable[[], Awaitable[bool]] | Callable[[], bool]) -> None:
    """Wait until something is so, within a minute."""
    async with asyncio.timeout(60):
        while True:
            found = true()
            if found if isinstance(found, bool) else await found:
                return
            await anyio.sleep(0.1)


async def told(url: str, name: str) -> float:
    """Return one of the numbers at /metrics."""
    _, text = await anyio.to_thread.run_sync(get, f"{url}/metrics")
    found = re.search(rf"^{name}(?:_total)? (\S+)$", text.decode(), re.MULTILINE)
    return float(found[1]) if found else 0.0


@asynccontextmanager
async def speaking(whip_url: str, token: str) -> AsyncIterator[None]:
    """Somebody speaks on and on."""
    phone = await dial(whip_url, token, said(voice(150)), ssrc=1)

    async def speak() -> None:
        due = asyncio.get_running_loop().time()
        while True:
            phone.take()
            phone.speak()
            due += 0.02
            await anyio.sleep(max(0, due - asyncio.get_running_loop().time()))

    with phone.sock:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(speak)
            yield
            tasks.cancel_scope.cancel()


async def follow(server: LiveServer, heard: list[Sound]) -> None:
    """Be an edge elsewhere that keeps up."""
    headers = {"Authorization": f"Bearer {(server.data / 'edge.token').read_text().strip()}"}
    url = server.said["studio_url"].replace("http", "ws", 1)
    async with connect(f"{url}/feed", additional_headers=headers, proxy=None) as edge:
        while True:
            message = DOWN.decode(await edge.recv(decode=False))
            if isinstance(message, Sound):
                heard.append(message)


async def fill(server: LiveServer, show: str, listeners: int) -> None:
    """Let every kind of queue run full, until all who take nothing have been let go.

    Words about the show go to edges, and to who listens to events, in the queues of its sound.
    """
    public, studio = server.said["public_url"], server.said["studio_url"]
    number = 0
    while not await told(studio, "vivavoce_feed_edges_behind"):
        number += 1
        about = {"description": f"{number} {LONG}"}
        await anyio.to_thread.run_sync(server.remote.ask, "PATCH", f"/api/shows/{show}", about)

    async def all_let_go() -> bool:
        return await told(public, "vivavoce_edge_listeners_let_go") == listeners

    await until(all_let_go)


async def test_full_queues_to_listeners_and_edges_cost_the_record_nothing(tmp_path: Path) -> None:
    heard: list[Sound] = []
    with live_server(tmp_path / "data") as server, ExitStack() as stack:
        show = server.new_show()["show"]
        live = f"/live/{show}"
        seat = await anyio.to_thread.run_sync(server.seat, show)
        async with speaking(*seat), anyio.create_task_group() as tasks:
            await anyio.to_thread.run_sync(server.start, show)
            tasks.start_soon(follow, server, heard)
            await until(lambda: bool(heard))
            for what in (*STREAMS, "events"):
                shut(stack, server.said["public_url"], f"{live}/{what}")
            edge = follower((server.data / "edge.token").read_text().strip())
            shut(stack, server.said["studio_url"], "/feed", *edge)
            await fill(server, show, len(STREAMS) + 1)
            after = heard[-1].number + 7  # and on it goes
            await until(lambda: heard[-1].number >= after)
            await anyio.to_thread.run_sync(server.end, show)
            tasks.cancel_scope.cancel()
        folder = server.data / "live" / show
        await until(lambda: card_in(folder).seal is not None)
        whole(folder, card_in(folder), heard)
        (track,) = (server.data / "record" / show / "tracks").glob("*.json")
        assert "lost" not in {kind for _, _, kind in json.loads(track.read_bytes())["marks"]}


def card_in(folder: Path) -> ShowCard:
    return msgspec.json.decode((folder / "card.json").read_bytes(), type=ShowCard)


def whole(folder: Path, card: ShowCard, heard: list[Sound]) -> None:
    """All that an edge which kept up was told is there, one part after the other, and sealed."""
    for codec in SEGMENTED:
        data = b"".join(path.read_bytes() for path in sorted((folder / codec).glob("*.m4s")))
        kept = {int(part.number): part.body for part in parts_in(codec, data)}
        assert list(kept) == list(range(len(kept)))
        said = {sound.number: sound.body for sound in heard if sound.codec is codec}
        assert len(said) > 20
        assert list(said) == list(range(min(said), max(said) + 1))
        assert [number for number in said if kept.get(number) != said[number]] == []
        pcm = decode(folder / codec / "replay.m3u8")
        spoken = [level_db(pcm[number * PART_SAMPLES :][:PART_SAMPLES]) > -50 for number in said]
        assert sum(spoken) > len(spoken) / 2, "whoever speaks has to wait for a CPU too"
    assert json.loads((folder / "talk.json").read_bytes())["breaks"] == []
    assert verify(Folder(folder), card).whole
