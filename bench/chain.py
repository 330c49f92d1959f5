"""An edge behind an edge: the delay that it adds, and what it costs its parent.

And the small figures of push: time to the first byte, wire bytes to audio bytes.
"""

import asyncio
import statistics
import sys
from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import msgspec

from bench import rig, servers
from bench.studio import PACKET, PART_S, SHOW, TOKEN, Studio, packets, studio
from vivavoce.bus.messages import Count, Report
from vivavoce.bus.tally import LOOK_EVERY_S, SAY_AGAIN, SILENT_AFTER_S
from vivavoce.media import Codec
from vivavoce.package import ogg
from vivavoce.package.cmaf import chunk
from vivavoce.package.joined import joined
from vivavoce.units import PartNumber

# Ethernet with its gap and preamble, IPv4, TCP with timestamps; and the segment size they leave.
FRAME = 38 + 20 + 32
SEGMENT = 1_448


# As many of the one as of the other, beside a crowd. What fewer cost would be lost in the noise of
# what the parent costs alone, and more may not follow one edge.
EACH = 250
CROWD = 250

# What an edge asks for, as ``bus.feed_client`` does.
UPGRADE = (
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    f"Authorization: Bearer {TOKEN}",
)

# Seconds that are whole parts (0.32 s) and whole intervals at which counts are told.
WINDOW_S = 8


async def run(flags: Namespace) -> None:
    """Hold listeners at the end of a chain, and beside its parent; then followers."""
    rig.need("gcc")
    seconds = 5 if flags.quick else 60
    async with AsyncExitStack() as stack:
        source = await stack.enter_async_context(studio())
        source.beating = {"edge"}
        parent = await stack.enter_async_context(servers.edge(source))
        await asyncio.sleep(2)
        costs = await _costs(source, parent, windows=1 if flags.quick else 3, pairs=5)
        child = await stack.enter_async_context(servers.edge(source, upstream=parent.port))
        await asyncio.sleep(3)
        near = await stack.enter_async_context(rig.load(parent.port, parent.path))
        far = await stack.enter_async_context(rig.load(child.port, child.path))
        await near.join(50)
        await far.join(50)
        await asyncio.sleep(1)
        await near.mark()
        await far.mark()
        await asyncio.sleep(2 * seconds)
        here, there = await near.mark(), await far.mark()
        firsts = [await _first(parent) for _ in range(20)]
    found: dict[str, Any] = costs | {
        "parent_late_p50": here["late_p50"], "parent_late_p95": here["late_p95"],
        "child_late_p50": there["late_p50"], "child_late_p95": there["late_p95"],
        "child_late_p99": there["late_p99"],
        "added_p95_ms": there["late_p95"] - here["late_p95"],
        "void": rig.void(there),
        "first_sound_p95_ms": statistics.quantiles(firsts, n=20)[-1],
        "wire_to_audio": {320 * parts: _wire(parts) for parts in (1, 3, 6)},
    }  # fmt: skip
    rig.table([("what", "measured"), *found.items()])
    rig.keep("chain", found, flags.json)


async def _costs(
    source: Studio, parent: servers.Server, windows: int, pairs: int
) -> dict[str, Any]:
    """Return what a follower and a listener cost the parent, each beyond what it costs alone."""
    more: dict[str, list[float]] = {"follower": [], "listener": [], "restless": []}
    both = {"alone of two": 0.0, "follower of two": 0.0}
    order = rig.abba(("follower", "listener"), pairs)
    # A window of the parent alone stands between each follower's and the listener's beside it.
    for at in range(pairs, 0, -1):
        order.insert(2 * at - 1, "alone")
    order += ["alone", "restless", "alone", "alone of two", "follower of two"]
    found: list[tuple[str, float]] = []
    async with rig.load(parent.port, parent.path) as crowd:
        await crowd.join(CROWD, rate=2_000)
        for kind in order:
            source.both = kind in both
            async with _more(kind, parent):
                await asyncio.sleep(0.5)
                found.append((kind, await _cpu(source, parent, windows * WINDOW_S)))
            await asyncio.sleep(0.5)
    source.both = False
    for at, (kind, cost) in enumerate(found):
        if kind in both:
            both[kind] = cost
        elif kind != "alone":
            beside = found[at + 1 : at + 2] + found[at - 1 : at] if at else found[1:2]
            alone = next(cost for one, cost in beside if one == "alone")
            more[kind].append(1e6 * (cost - alone) / EACH)
    ratio = rig.ratios(more["follower"], more["listener"])
    return {
        "follower_us_per_s": statistics.median(more["follower"]),
        "listener_us_per_s": statistics.median(more["listener"]),
        "follower_to_listener": ratio["median"],
        "follower_to_listener_range": (ratio["low"], ratio["high"]),
        "follower_of_two_codecs_us_per_s": (
            1e6 * (both["follower of two"] - both["alone of two"]) / EACH
        ),
        "restless_follower_us_per_s": statistics.median(more["restless"]),
        "restless_follower_to_listener": (
            statistics.median(more["restless"]) / statistics.median(more["listener"])
        ),
    }


@asynccontextmanager
async def _more(kind: str, parent: servers.Server) -> AsyncIterator[None]:
    """Have ``EACH`` followers or listeners more for a while; or nobody.

    One program receives for both: who is slow to go back to sleep is cheaper to send to.
    """
    if kind.startswith("alone"):
        yield
        return
    path, fields = (parent.path, ()) if kind == "listener" else ("/feed", UPGRADE)
    async with rig.load(parent.port, path, fields=fields) as load:
        if kind == "restless":
            _tell(load, LOOK_EVERY_S, 40, 41)
        elif kind != "listener":
            _tell(load, SAY_AGAIN * SILENT_AFTER_S, 40, 40)
        await load.join(EACH, rate=2_000)
        yield
        seen = await load.mark()
        if seen["closed"] or seen["refused"] or not seen["parts"]:
            sys.exit(f"not every {kind} stayed: {seen}")


def _tell(load: rig.Load, every_s: float, *pushes: int) -> None:
    """Have each follower tell its counts so often, as ``bus.feed_client`` does."""
    bodies = [msgspec.msgpack.encode(Report({SHOW: Count(push)})).hex() for push in pushes]
    load.say(f"tell {round(1000 * every_s)} {' '.join(bodies)}")


async def _cpu(source: Studio, server: servers.Server, seconds: float) -> float:
    """Return CPU seconds per second, over whole parts: taken in the middle between two."""
    await _middle(source, source.number + 1)
    before, first = server.running.cpu_s(), source.number
    await _middle(source, first + round(seconds / PART_S))
    return (server.running.cpu_s() - before) / ((source.number - first) * PART_S)


async def _middle(source: Studio, number: int) -> None:
    while source.number < number:  # noqa: ASYNC110  the studio has no event for it
        await asyncio.sleep(0.002)
    await asyncio.sleep(PART_S / 2)


async def _first(server: servers.Server) -> float:
    """Return the milliseconds from connecting to having an opening's sound."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(f"GET {server.path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    got = b""
    while got.count(b"VVbench\x01") < 2:
        got += await reader.read(65_536)
    writer.close()
    return 1000 * (loop.time() - began)


def _wire(parts: int) -> dict[str, float]:
    """Return bytes for each byte of Opus: as sent by the socket, and on an Ethernet."""
    numbers = [PartNumber(number) for number in range(parts)]
    made = {
        "mp4": joined([chunk(Codec.OPUS, number, packets(number)) for number in numbers]),
        "ogg": b"".join(ogg.part_page(packets(number), number, 1) for number in numbers),
    }
    audio = PACKET * parts * round(PART_S / 0.02)
    found = {}
    for name, body in made.items():
        found[f"{name} sent"] = round(len(body) / audio, 3)
        frames = -(-len(body) // SEGMENT)
        found[f"{name} on the wire"] = round((len(body) + frames * FRAME) / audio, 3)
    return found


if __name__ == "__main__":
    rig.main(run, about=__doc__ or "")
