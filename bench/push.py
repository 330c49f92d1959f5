"""CPU per listener-second of push, beside Icecast and the C floor: same bytes, same cadence."""

import asyncio
import statistics
from argparse import Namespace
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from bench import rig, servers
from bench.studio import PART_S, Studio, studio

LISTENERS = 8_000
OTHERS = ("icecast", "floor")


@dataclass
class Held:
    """All servers with all their listeners; sound goes to one server at a time."""

    source: Studio
    of: dict[str, servers.Server] = field(default_factory=dict)
    loads: dict[str, rig.Load] = field(default_factory=dict)

    async def take(self, side: str, seconds: float) -> dict[str, Any]:
        """Give sound to ``side`` alone; return what it cost."""
        self.source.beating = {side}
        await asyncio.sleep(3 * PART_S)
        await self.loads[side].mark()
        before = self.of[side].running.cpu_s()
        await asyncio.sleep(seconds)
        seen = await self.loads[side].mark()
        used = self.of[side].running.cpu_s() - before
        cost = 1e6 * used / max(seen["on_time"] * PART_S, 1e-9)
        return {"side": side, "cost_us": cost, **seen, "void": rig.void(seen, gaps=True)}


async def run(flags: Namespace) -> None:
    """Measure ours and each other one in pairs, A B B A."""
    rig.need("gcc", "icecast2")
    pairs, seconds = (5, 4.0) if flags.quick else (9, 12.0)
    found: dict[str, Any] = {"listeners": LISTENERS, "batch_ms": 320}
    async with AsyncExitStack() as stack:
        held = await _held(stack)
        for other in OTHERS:
            runs = [await held.take(s, seconds) for s in rig.abba(("edge", other), pairs)]
            found[f"edge_to_{other}"] = show(other, runs)
    rig.keep("push", found, flags.json)


async def _held(stack: AsyncExitStack) -> Held:
    source = await stack.enter_async_context(studio())
    held = Held(source)
    made = [
        await stack.enter_async_context(servers.edge(source)),
        await stack.enter_async_context(servers.icecast(source)),
        await stack.enter_async_context(servers.floor(source)),
    ]
    source.beating = {server.name for server in made}
    await asyncio.sleep(2)
    for server in made:
        load = await stack.enter_async_context(rig.load(server.port, server.path))
        # Icecast's backlog is 5: faster joins would wait for retries of a second each.
        await load.join(LISTENERS, rate=300 if server.name == "icecast" else 2_000, within_s=240)
        print(f"{server.name}: {LISTENERS} listeners are in")
        held.of[server.name], held.loads[server.name] = server, load
    return held


def show(other: str, runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Print and return what the pairs with one other server gave."""
    pairs = list(zip(runs[::2], runs[1::2], strict=True))
    good = [pair for pair in pairs if not _void(pair)]
    for number, pair in enumerate(pairs):
        if why := _void(pair):
            print(f"pair {number} with {other}: void, {why}")
    cost = {
        side: [run["cost_us"] for pair in good for run in pair if run["side"] == side]
        for side in ("edge", other)
    }
    head = ("side", "us CPU per listener-second", "late p99 ms", "gaps")
    body = [
        (
            side,
            rig.spread(values) if values else "void",
            statistics.median(run["late_p99"] for run in runs if run["side"] == side),
            sum(run["gaps"] for run in runs if run["side"] == side),
        )
        for side, values in cost.items()
    ]
    rig.table([head, *body])
    found: dict[str, Any] = {"pairs": len(pairs), "void": len(pairs) - len(good), "runs": runs}
    if good:
        found |= rig.ratios(cost["edge"], cost[other])
        spread = f"{found['low']:.3f}-{found['high']:.3f}"
        print(f"edge / {other}: {found['median']:.3f} ({spread}), {len(good)} pairs\n")
    return found


def _void(pair: tuple[dict[str, Any], dict[str, Any]]) -> str | None:
    """Return why a pair does not count; bytes are compared by part, for a run may hold one more."""
    one, other = (run["bytes"] / max(run["parts"], 1) for run in pair)
    if max(one, other) / max(min(one, other), 1) - 1 > rig.BYTES_LIMIT:
        return "the sides delivered different bytes"
    why: str | None = pair[0]["void"] or pair[1]["void"]
    return why


if __name__ == "__main__":
    rig.main(run, about=__doc__ or "")
