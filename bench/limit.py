"""How many listeners one core has: p99 lateness at most 250 ms and no gap, at each batch."""

import asyncio
from argparse import Namespace
from contextlib import AsyncExitStack
from typing import Any

from bench import rig, servers
from bench.studio import studio

LATE_MS = 250

# (batch, edges on the one core, listeners to try, each). The descriptor limit here is 20,000.
FULL = (
    (320, 1, (8_000, 12_000, 15_000)),
    (1_920, 1, (15_000, 18_000)),
    (960, 2, (10_000, 15_000)),
)


async def run(flags: Namespace) -> None:
    """Fill edges step by step until one of them is late or misses something."""
    rig.need("gcc")
    seconds = 8.0 if flags.quick else 30.0
    found: list[dict[str, Any]] = []
    for batch_ms, edges, steps in FULL:
        for seen in await _climb(batch_ms, edges, steps, seconds):
            found.append({"batch_ms": batch_ms, "edges": edges, **seen})
    head = ("batch ms", "edges", "listeners", "late p50", "late p99", "gaps", "core", "verdict")
    rig.table(
        [
            head,
            *(
                (r["batch_ms"], r["edges"], r["listeners"], r["late_p50"], r["late_p99"],
                 r["gaps"], f"{r['core']:.0%}", r["void"] or ("good" if r["good"] else "too many"))
                for r in found
            ),
        ]
    )  # fmt: skip
    rig.keep("limit", {"late_ms": LATE_MS, "runs": found}, flags.json)


async def _climb(
    batch_ms: int, edges: int, steps: tuple[int, ...], seconds: float
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    async with AsyncExitStack() as stack:
        source = await stack.enter_async_context(studio())
        source.beating = {"edge"}
        made = [
            await stack.enter_async_context(servers.edge(source, batch_ms=batch_ms))
            for _ in range(edges)
        ]
        await asyncio.sleep(4)
        loads = [
            await stack.enter_async_context(rig.load(s.port, s.path, f"127.0.0.{2 + at}"))
            for at, s in enumerate(made)
        ]
        have = 0
        for listeners in steps:
            for one in loads:
                await one.join(listeners - have, rate=3_000, within_s=90)
            have = listeners
            await asyncio.sleep(2 * batch_ms / 1000 + 1)
            found.append(await _hold(made, loads, seconds))
            print(f"batch {batch_ms} ms, {edges} x {listeners}: {found[-1]}")
            if not found[-1]["good"]:
                break
    return found


async def _hold(
    made: list[servers.Server], loads: list[rig.Load], seconds: float
) -> dict[str, Any]:
    for one in loads:
        await one.mark()
    before = [server.running.cpu_s() for server in made]
    await asyncio.sleep(seconds)
    seen = [await one.mark() for one in loads]
    used = sum(server.running.cpu_s() - b for server, b in zip(made, before, strict=True))
    whole = {
        "seconds": seen[0]["seconds"],
        "cpu": sum(one["cpu"] for one in seen),
        "gaps": sum(one["gaps"] + one["closed"] for one in seen),
    }
    late = {name: max(one[name] for one in seen) for name in ("late_p50", "late_p99", "late_p999")}
    return {
        "listeners": sum(one["playing"] for one in seen),
        **late,
        "gaps": whole["gaps"],
        "core": used / whole["seconds"],
        "generator": whole["cpu"] / whole["seconds"],
        "void": rig.void(whole),
        "good": late["late_p99"] <= LATE_MS and not whole["gaps"],
    }


if __name__ == "__main__":
    rig.main(run, about=__doc__ or "")
