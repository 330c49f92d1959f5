"""A crowd comes in while 5,000 listen: joins a second, what those hear of it, memory of each.

Beside it, how fast nginx accepts and answers connections of one request on the same core.
"""

import asyncio
import os
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
    """Measure ours and nginx in turn."""
    rig.need("gcc", "nginx")
    rows = [await _ours() for _ in range(3 if flags.quick else 5)]
    nginx = [await _nginx() for _ in range(3 if flags.quick else 5)]
    rates = [row["joins_per_s"] for row in rows]
    ratio = rig.ratios(rates, nginx)
    rig.table(
        [
            ("what", "median (range)"),
            ("joins/s while 5,000 listen", rig.spread(rates)),
            ("nginx: connections/s", rig.spread(nginx)),
            ("ours / nginx", f"{ratio['median']:.2f}"),
            ("those who listen: late p99.9 ms", rig.spread([r["late_p999"] for r in rows])),
            ("those who listen: gaps", sum(r["gaps"] for r in rows)),
            ("time to the first byte p95 ms", rig.spread([r["first_p95"] for r in rows])),
            ("bytes of the process per listener", rig.spread([r["bytes_each"] for r in rows])),
        ]
    )
    found = {"runs": rows, "nginx_per_s": nginx, "ratio": ratio}
    rig.keep("joins", found, flags.json)


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
        began = asyncio.get_running_loop().time()
        crowd.start(CROWD)
        seen: dict[str, Any] = {"playing": 0}
        opened = 0
        first: list[float] = []
        while seen["playing"] < CROWD + few:
            await asyncio.sleep(0.05)
            seen = await crowd.mark()
            opened += seen["opened"]
            first.append(seen["first_p95"])
            if asyncio.get_running_loop().time() - began > 60:
                break
        took = asyncio.get_running_loop().time() - began
        heard = await there.mark()
        await asyncio.sleep(1)
        each = (server.running.rss() - empty) / (LISTENING + CROWD)
        return {
            "joins_per_s": opened / took,
            "late_p999": heard["late_p999"],
            "gaps": heard["gaps"] + heard["closed"],
            "first_p95": max(first),
            "bytes_each": each,
            "generator": heard["cpu"] / heard["seconds"],
        }


async def _nginx() -> float:
    program = rig.find("nginx")
    assert program is not None
    port = rig.free_port()
    with tempfile.TemporaryDirectory(prefix="vivavoce-bench-") as folder:
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        text = _NGINX.format(
            folder=folder,
            port=port,
            user="user root;" if os.geteuid() == 0 else "",
            temp="".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds),
            body="x" * 4_000,
        )
        config = Path(folder) / "nginx.conf"
        config.write_text(text)
        async with rig.running(program, "-c", str(config), log=Path(folder) / "out"):
            await rig.until_open(port)
            async with rig.load(port, "/") as crowd:
                began = asyncio.get_running_loop().time()
                crowd.start(CROWD)
                opened = 0
                while opened < CROWD:
                    await asyncio.sleep(0.05)
                    opened += (await crowd.mark())["opened"]
                    if asyncio.get_running_loop().time() - began > 30:
                        break
                return opened / (asyncio.get_running_loop().time() - began)


if __name__ == "__main__":
    rig.main(run, about=__doc__ or "")
