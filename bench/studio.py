"""A studio that sends stamped sound every 320 ms, to edges, to Icecast and to the floor."""

import asyncio
import os
import random
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

import msgspec
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from vivavoce.bus.messages import FEED_VERSION, Card, Down, Head, Hello, Report, Sound
from vivavoce.bus.tally import SILENT_AFTER_S
from vivavoce.card import ShowCard, State
from vivavoce.media import Codec
from vivavoce.package import ogg
from vivavoce.package.cmaf import PACKETS_PER_PART, chunk
from vivavoce.package.heads import HEADS
from vivavoce.units import PartNumber

SHOW: Final = "0123456789"
TOKEN: Final = "bench"
PART_S: Final = 0.32

# 80 bytes each 20 ms are 32 kbit/s.
PACKET: Final = 80
# 64 kbit/s in packets of 1,024 samples at 48 kHz.
AAC_PACKET: Final = 171
_MAGIC: Final = b"VVbench\x01"


def packets(number: int) -> list[bytes]:
    """Return one part's packets: noise, but for the stamp in the first."""
    noise = random.Random(number)
    stamp = _MAGIC + struct.pack("<QI", time.monotonic_ns(), number)
    made = [b"\xf8" + noise.randbytes(PACKET - 1) for _ in range(PACKETS_PER_PART[Codec.OPUS])]
    made[0] = (b"\xf8" + stamp).ljust(PACKET, b"\0")
    return made


def card() -> ShowCard:
    epoch = int(time.time() * 1000)  # noqa: TID251  a benchmark is its own clock
    return ShowCard(
        show=SHOW, version=1, title="Bench", description="", language="en", state=State.LIVE,
        epoch_ms=epoch,
    )  # fmt: skip


@dataclass
class Studio:
    """Speaks the feed. ``beating`` names the sides that get sound."""

    port: int = 0
    edges: dict[ServerConnection, str] = field(default_factory=dict)
    others: dict[str, asyncio.StreamWriter] = field(default_factory=dict)
    beating: set[str] = field(default_factory=set)
    number: int = 0
    serial: int = 1
    sent: int = 0
    """Bytes of sound (packets alone) to one listener, since the start."""
    both: bool = False
    """Whether edges get each part in AAC, too; after its Opus by two frames, as from a studio."""
    away: bool = False
    """Whether every edge is hung up on."""

    def leave(self) -> None:
        """Be gone, until ``away`` is false again."""
        self.away = True
        for edge in list(self.edges):
            edge.transport.abort()

    async def talk(self, edge: ServerConnection) -> None:
        if self.away:
            edge.transport.abort()
            return
        greeting: tuple[Down, ...] = (
            Hello(FEED_VERSION, "bench", 0, SILENT_AFTER_S),
            Card(card()),
            Head(SHOW, Codec.OPUS, HEADS[Codec.OPUS]),
        )
        for message in greeting:
            await edge.send(msgspec.msgpack.encode(message))
        assert edge.request is not None
        self.edges[edge] = "edge"
        try:
            async for data in edge:
                msgspec.msgpack.decode(data, type=Report)
        except ConnectionClosed:
            pass
        finally:
            self.edges.pop(edge, None)

    async def beat(self) -> None:
        """Send parts for ever, on the beat."""
        due = time.monotonic()
        while True:
            due += PART_S
            await asyncio.sleep(due - time.monotonic())
            await self.part()

    async def part(self) -> None:
        made = packets(self.number)
        self.sent += sum(map(len, made))
        page = ogg.part_page(made, PartNumber(self.number), self.serial)
        if "edge" in self.beating:
            await self._tell(Codec.OPUS, made)
            if self.both:
                await asyncio.sleep(0.04)
                await self._tell(Codec.AAC, [os.urandom(AAC_PACKET)] * PACKETS_PER_PART[Codec.AAC])
        for name, writer in self.others.items():
            if name in self.beating:
                writer.write(_framed(page) if name == "floor" else page)
        self.number += 1

    async def _tell(self, codec: Codec, made: list[bytes]) -> None:
        body = chunk(codec, PartNumber(self.number), made)
        data = msgspec.msgpack.encode(Sound(SHOW, codec, self.number, body))
        for edge in list(self.edges):
            with suppress(ConnectionClosed):  # an edge that is done
                await edge.send(data)


def _framed(body: bytes) -> bytes:
    return struct.pack("=I", len(body)) + body


def head_frame() -> bytes:
    """Return what the floor must be told first."""
    return _framed(ogg.head_pages(1))


@asynccontextmanager
async def studio() -> AsyncIterator[Studio]:
    """Run a studio on a free port, beating."""
    made = Studio()
    async with (
        serve(made.talk, "127.0.0.1", 0, compression=None, ping_interval=None) as server,
        asyncio.TaskGroup() as tasks,
    ):
        made.port = next(iter(server.sockets)).getsockname()[1]
        beating = tasks.create_task(made.beat())
        try:
            yield made
        finally:
            beating.cancel()
            server.close(close_connections=True)


def environment() -> dict[str, str]:
    """Return the environment of a server under test: its settings are the flags' alone."""
    return {name: value for name, value in os.environ.items() if not name.startswith("VIVAVOCE_")}
