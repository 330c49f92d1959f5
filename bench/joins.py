"""A crowd comes in while 5,000 listen: joins a second, what those hear of it, memory of each.

Beside it, how fast nginx accepts and answers connections of one request on the same core.
"""

import asyncio
import tempfile
from argparse import Namespace
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from bench import rig, servers
from bench.studio import studio

LISTENING = 5_000
CROWD = 10_000

_NGINX = """daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
{user} events {{ worker_connections 19000; }}
http {{ access_log off; {temp}
server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ return 200 "{body}"; }} }} }}"""


async def run(flags: Namespace) -> None:
    """Measure ours and nginx in pairs, A B B A.

    The generator may be the slower one of the two, so joins are also counted by what they cost:
    a server whose core is full takes as many a second as its CPU for one goes into a second. Ours
    includes what the 5,000 cost who listen meanwhile; nginx has nobody.
    """
    rig.need("gcc", "nginx")
    found: dict[str, list[dict[str, Any]]] = {"edge": [], "nginx": []}
    for side in rig.abba(("edge", "nginx"), 5 if flags.quick else 9):
        found[side].append(await (_ours() if side == "edge" else _nginx()))
    ours, nginx = found["edge"], found["nginx"]
    ratio = rig.ratios([r["joins_per_s"] for r in ours], [r["joins_per_s"] for r in nginx])
    by_cpu = rig.ratios([r["per_core_s"] for r in ours], [r["per_core_s"] for r in nginx])
    rig.table(
        [
            ("what", "median (range)"),
            ("joins/s while 5,000 listen", rig.spread([r["joins_per_s"] for r in ours])),
            ("joins a second of CPU", rig.spread([r["per_core_s"] for r in ours])),
            ("nginx: connections/s", rig.spread([r["joins_per_s"] for r in nginx])),
            ("nginx: connections a second of CPU", rig.spread([r["per_core_s"] for r in nginx])),
            ("ours / nginx, joins/s", f"{ratio['median']:.2f}"),
            ("ours / nginx, by CPU", f"{by_cpu['median']:.2f}"),
            ("those who listen: late p99.9 ms", rig.spread([r["late_p999"] for r in ours])),
            ("those who listen: gaps", sum(r["gaps"] for r in ours)),
            ("time to the first byte p95 ms", rig.spread([r["first_p95"] for r in ours])),
            ("bytes of the process per listener", rig.spread([r["bytes_each"] for r in ours])),
            ("the generator's core, ours", rig.spread([r["generator"] for r in ours])),
            ("the generator's core, nginx", rig.spread([r["generator"] for r in nginx])),
        ]
    )
    busy = {s: any(r["generator"] > rig.BUSY_LIMIT for r in runs) for s, runs in found.items()}
    for side in (side for side, full in busy.items() if full):
        print(f"{side}: joins/s are VOID as its limit, the generator's core was full; by CPU holds")
    rig.keep(
        "joins",
        {"runs": ours, "nginx": nginx, "ratio": ratio, "ratio_by_cpu": by_cpu, "void": busy},
        flags.json,
    )


async def _ours() -> dict[str, Any]:
    async with AsyncExitStack() as stack:
        source = await stack.enter_async_context(studio())
        source.beating = {"edge"}
        server = await stack.enter_async_context(servers.edge(source))
        await asyncio.sleep(2)
        there = await stack.enter_async_context(rig.load(server.port, server.path))
        crowd = await stack.enter_async_context(rig.load(server.port, server.path, "127.0.0.2"))
        await crowd.join(200)
        await crowd.mark()
        empty, few = server.running.rss(), 200
        await there.join(LISTENING, rate=2_000)
        await asyncio.sleep(1)
        await there.mark()
        await crowd.mark()
        began, used = asyncio.get_running_loop().time(), server.running.cpu_s()
        crowd.start(CROWD)
        seen: dict[str, Any] = {"playing": 0}
        opened, busy = 0, 0.0
        first: list[float] = []
        while seen["playing"] < CROWD + few:
            await asyncio.sleep(0.05)
            seen = await crowd.mark()
            opened, busy = opened + seen["opened"], busy + seen["cpu"]
            first.append(seen["first_p95"])
            if asyncio.get_running_loop().time() - began > 60:
                break
        took, used = asyncio.get_running_loop().time() - began, server.running.cpu_s() - used
        heard = await there.mark()
        await asyncio.sleep(1)
        each = (server.running.rss() - empty) / (LISTENING + CROWD)
        return {
            "joins_per_s": opened / took,
            "per_core_s": opened / used,
            "late_p999": heard["late_p999"],
            "gaps": heard["gaps"] + heard["closed"],
            "first_p95": max(first),
            "bytes_each": each,
            "generator": (busy + heard["cpu"]) / took,
        }


async def _nginx() -> dict[str, Any]:
    program = rig.find("nginx")
    assert program is not None
    port = rig.free_port()
    with tempfile.TemporaryDirectory(prefix="vivavoce-bench-") as folder:
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        text = _NGINX.format(
            folder=folder,
            port=port,
            user=rig.as_root(),
            temp="".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds),
            body="x" * 4_000,
        )
        config = Path(folder) / "nginx.conf"
        config.write_text(text)
        async with rig.running(program, "-c", str(config), log=Path(folder) / "out") as process:
            await rig.until_open(port)
            async with rig.load(port, "/") as crowd:
                began, used = asyncio.get_running_loop().time(), process.cpu_s()
                crowd.start(CROWD)
                opened, busy = 0, 0.0
                while opened < CROWD:
                    await asyncio.sleep(0.05)
                    seen = await crowd.mark()
                    opened, busy = opened + seen["opened"], busy + seen["cpu"]
                    if asyncio.get_running_loop().time() - began > 30:
                        break
                took = asyncio.get_running_loop().time() - began
                return {
                    "joins_per_s": opened / took,
                    "per_core_s": opened / (process.cpu_s() - used),
                    "generator": busy / took,
                }


if __name__ == "__main__":
    rig.main(run, about=__doc__ or "")
