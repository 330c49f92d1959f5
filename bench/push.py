"""CPU per listener-second of push, beside Icecast and the C floor: same bytes, same cadence."""

import asyncio
import statistics
from argparse import Namespace
from contextlib import AsyncExitStack
from typing import Any

from bench import rig, servers
from bench.studio import PART_S, studio

LISTENERS = 8_000


async def run(flags: Namespace) -> None:
    """Hold all listeners of all servers at once; give sound to one server after the other."""
    rig.need("gcc", "icecast2")
    pairs, seconds = (5, 5.0) if flags.quick else (9, 12.0)
    sides = ("edge", "icecast", "floor")
    cost: dict[str, list[float]] = {side: [] for side in sides}
    rows: list[dict[str, Any]] = []
    async with AsyncExitStack() as stack:
        source = await stack.enter_async_context(studio())
        made = [
            await stack.enter_async_context(servers.edge(source)),
            await stack.enter_async_context(servers.icecast(source)),
            await stack.enter_async_context(servers.floor(source)),
        ]
        source.beating = set(sides)
        await asyncio.sleep(2)
        loads = {}
        for server in made:
            load = loads[server.name] = await stack.enter_async_context(
                rig.load(server.port, server.path)
            )
            # Icecast's backlog is 5: faster joins would wait for retries of a second each.
            await load.join(
                LISTENERS, rate=300 if server.name == "icecast" else 2_000, within_s=150
            )
            print(f"{server.name}: {LISTENERS} listeners are in")
        of = {server.name: server for server in made}
        for pair in range(pairs):
            for side in rig.abba(sides, 2)[:3] if pair % 2 == 0 else rig.abba(sides, 2)[3:]:
                source.beating = {side}
                await asyncio.sleep(3 * PART_S)
                await loads[side].mark()
                before = of[side].running.cpu_s()
                await asyncio.sleep(seconds)
                seen, used = await loads[side].mark(), of[side].running.cpu_s() - before
                heard = seen["on_time"] * PART_S
                rows.append({"side": side, "pair": pair, "server_cpu": used, **seen})
                rows[-1]["void"] = rig.void(seen, gaps=True)
                cost[side].append(1e6 * used / max(heard, 1e-9))
        _void_by_bytes(rows, sides)
    show(rows, cost, flags)


def _void_by_bytes(rows: list[dict[str, Any]], sides: tuple[str, ...]) -> None:
    """Compare bytes by part: a run may hold one part more or less than another."""
    for at in range(0, len(rows), len(sides)):
        per_part = [row["bytes"] / max(row["parts"], 1) for row in rows[at : at + len(sides)]]
        if max(per_part) / max(min(per_part), 1) - 1 > rig.BYTES_LIMIT:
            for row in rows[at : at + len(sides)]:
                row["void"] = row["void"] or "the sides delivered different bytes"


def show(rows: list[dict[str, Any]], cost: dict[str, list[float]], flags: Namespace) -> None:
    """Print and keep what was found."""
    void = {row["pair"] for row in rows if row["void"]}
    good = {
        side: [v for pair, v in enumerate(values) if pair not in void]
        for side, values in cost.items()
    }
    for row in rows:
        if row["void"]:
            print(f"pair {row['pair']}, {row['side']}: void, {row['void']}")
    head = ("side", "us CPU per listener-second", "late p99 ms", "gaps")
    body = [
        (
            side,
            rig.spread(values),
            statistics.median(row["late_p99"] for row in rows if row["side"] == side),
            sum(row["gaps"] for row in rows if row["side"] == side),
        )
        for side, values in (good if all(good.values()) else cost).items()
    ]
    rig.table([head, *body])
    found: dict[str, Any] = {"listeners": LISTENERS, "batch_ms": 320, "cost_us": cost, "runs": rows}
    for other in ("icecast", "floor"):
        if good["edge"]:
            ratio = found[f"edge_to_{other}"] = rig.ratios(good["edge"], good[other])
            print(f"edge / {other}: {ratio['median']:.3f} ({ratio['low']:.3f}-{ratio['high']:.3f})")
    rig.keep("push", found, flags.json)


if __name__ == "__main__":
    rig.main(run, about=__doc__ or "")
