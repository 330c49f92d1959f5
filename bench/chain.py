"""An edge behind an edge: the delay that it adds, and what it costs its parent.

And the small figures of push: time to the first byte, wire bytes to audio bytes.
"""

import asyncio
import statistics
import sys
from argparse import Namespace
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
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
PAIRS = 8
SINGLES = 2
# An edge that has left is noticed, and written down, at a tick.
SETTLE_S = 1.0

# What the parent costs, in seconds a second, with ``EACH`` of a load more; of None, with nobody.
Measure = Callable[[rig.Load | None], Awaitable[float]]

# What an edge asks for, as ``bus.feed_client`` does.
UPGRADE = (
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    f"Authorization: Bearer {TOKEN}",
)


async def run(flags: Namespace) -> None:
    """Hold listeners at the end of a chain, and beside its parent; then followers."""
    rig.need("gcc")
    seconds = 5 if flags.quick else 60
    async with AsyncExitStack() as stack:
        source = await stack.enter_async_context(studio())
        source.beating = {"edge"}
        parent = await stack.enter_async_context(servers.edge(source))
        await asyncio.sleep(2)
        costs = await _costs(source, parent, 10 * PART_S if flags.quick else 30 * PART_S)
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


async def _costs(source: Studio, parent: servers.Server, window_s: float) -> dict[str, Any]:
    """Return what a follower and a listener cost the parent, each beyond what it costs alone."""
    async with (
        rig.load(parent.port, parent.path) as crowd,
        rig.load(parent.port, parent.path) as listeners,
        rig.load(parent.port, "/feed", fields=UPGRADE) as followers,
    ):
        await crowd.join(CROWD, rate=2_000)

        async def measure(load: rig.Load | None = None) -> float:
            return await _window(source, parent, load, window_s)

        _tell(followers, SAY_AGAIN * SILENT_AFTER_S, 40, 40)
        pairs = await _pairs(measure, {"follower": followers, "listener": listeners})
        _tell(followers, LOOK_EVERY_S, 40, 41)
        restless = [await _beyond(measure, followers) for _ in range(SINGLES)]
        _tell(followers, SAY_AGAIN * SILENT_AFTER_S, 40, 40)
        source.both = True
        of_two = [await _beyond(measure, followers) for _ in range(SINGLES)]
        source.both = False
    ratio = rig.ratios(pairs["follower"], pairs["listener"])
    listener = statistics.median(pairs["listener"])
    return {
        "follower_us_per_s": statistics.median(pairs["follower"]),
        "listener_us_per_s": listener,
        "follower_to_listener": ratio["median"],
        "follower_to_listener_range": (ratio["low"], ratio["high"]),
        "restless_follower_us_per_s": statistics.median(restless),
        "restless_follower_to_listener": statistics.median(restless) / listener,
        "follower_of_two_codecs_us_per_s": statistics.median(of_two),
    }


async def _pairs(measure: Measure, loads: dict[str, rig.Load]) -> dict[str, list[float]]:
    """Return what one of each load costs, in microseconds a second, A B B A …

    Between two windows of the parent alone stands one of each; their mean is what it costs alone.
    """
    found: dict[str, list[float]] = {kind: [] for kind in loads}
    before, pair = await measure(None), dict[str, float]()
    for kind in rig.abba(tuple(loads), PAIRS):
        pair[kind] = await measure(loads[kind])
        if len(pair) == len(loads):
            after = await measure(None)
            for one, cost in pair.items():
                found[one].append(1e6 * (cost - (before + after) / 2) / EACH)
            before, pair = after, {}
    return found


async def _beyond(measure: Measure, load: rig.Load) -> float:
    """Return what one of a load costs, in microseconds a second."""
    alone = await measure(None)
    return 1e6 * (await measure(load) - alone) / EACH


async def _window(
    source: Studio, parent: servers.Server, load: rig.Load | None, seconds: float
) -> float:
    """Return CPU seconds per second of the parent with ``EACH`` of a load more, or with nobody."""
    if load is not None:
        await load.join(EACH, rate=2_000)
        await asyncio.sleep(SETTLE_S / 2)
        await load.mark()
    cost = await _cpu(source, parent, seconds)
    if load is not None:
        seen = await load.mark()
        load.leave(EACH)
        if seen["closed"] or seen["refused"] or seen["playing"] != EACH or not seen["parts"]:
            sys.exit(f"not all stayed: {seen}")
        await asyncio.sleep(SETTLE_S)
    return cost


def _tell(load: rig.Load, every_s: float, *pushes: int) -> None:
    """Have each follower tell its counts so often, as ``bus.feed_client`` does.

    They begin at any time, so that a window of any length has its part of the reports.
    """
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
