"""HLS: blocking playlists and parts beside nginx serving equal files; the origin behind nginx.

1. Players with low latency wait for each part's list and then ask for the part. Beside it, nginx
   has the same bytes as files, and as many players ask it for lists and parts at the same beat.
   Both are counted by what a request costs, so by what one core has of them.
2. The documented nginx before an edge, with 100 players and with 10,000: what the edge costs.
"""

import asyncio
import os
import tempfile
import urllib.request
from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

from tests.proxies import nginx_before

from bench import rig
from bench.on_air import OnAir, on_air
from vivavoce.package.live_edge import part_name, read_listed
from vivavoce.package.playlist import LIVE, WINDOW
from vivavoce.units import PARTS_PER_SEGMENT, first_part_of

PLAYERS: Final = 2_000
PART_MS: Final = 320
SEGMENT_MS: Final = 1_920
FEW: Final = 100
MANY: Final = 10_000

_NGINX: Final = """daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
{user} events {{ worker_connections 19000; }}
http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
open_file_cache max=100 inactive=1h; open_file_cache_valid 1h;
types {{ application/vnd.apple.mpegurl m3u8; audio/mp4 m4s; }}
server {{ listen 127.0.0.1:{port} backlog=4096; root {folder}/root;
add_header Cache-Control "public, max-age=1"; add_header Access-Control-Allow-Origin "*"; }} }}"""


async def run(flags: Namespace) -> None:
    """Measure both; A B B A."""
    rig.need("gcc", "nginx")
    found: dict[str, Any] = {"players": PLAYERS}
    found["blocking"] = await _blocking(*((5, 4.0) if flags.quick else (9, 10.0)))
    found["behind"] = await _behind(*((3, 8.0) if flags.quick else (5, 40.0)))
    rig.keep("hls", found, flags.json)


async def _blocking(pairs: int, seconds: float) -> dict[str, Any]:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(on_air(VIVAVOCE_HLS_LOW_LATENCY="true"))
        files = await _files(server)
        beside = await stack.enter_async_context(_nginx(*files))
        runs: dict[str, list[dict[str, Any]]] = {"edge": [], "nginx": []}
        for side in rig.abba(("edge", "nginx"), pairs):
            taken = _follow(server, seconds) if side == "edge" else _beat(*beside, seconds)
            runs[side].append(await taken)
    return _show_blocking(runs)


async def _follow(server: OnAir, seconds: float) -> dict[str, Any]:
    number, sequence = _newest(await _text(server, f"{server.live}/opus/{LIVE}"))
    order = f"follow {PLAYERS} {server.live}/opus {sequence + 1} {number + 1} 0"
    return await _take(server.port, order, server.edge, seconds)


async def _beat(port: int, nginx: rig.Running, seconds: float) -> dict[str, Any]:
    return await _take(port, f"beat {PLAYERS} /index.m3u8 /part.m4s {PART_MS}", nginx, seconds)


async def _take(
    port: int, order: str, server: rig.Role | rig.Running, seconds: float
) -> dict[str, Any]:
    """Let the players play for so long; return what each request has cost ``server``."""
    async with rig.generator("load/players.c", "127.0.0.2", "127.0.0.1", str(port)) as process:
        players = rig.Generator(process)
        players.say(order)
        await asyncio.sleep(3)  # all are in, and have caught up
        await players.mark()
        before = server.cpu_s()
        await asyncio.sleep(seconds)
        seen = await players.mark()
        used = server.cpu_s() - before
    requests = seen["lists"] + seen["files"]
    why = rig.void(seen) or (f"{seen['failed']} players failed" if seen["failed"] else None)
    return seen | {
        "used": used / seen["seconds"],
        "per_s": requests / seen["seconds"],
        "per_core_s": requests / used,
        "bytes_each": seen["bytes"] / max(requests, 1),
        "void": why,
    }


def _show_blocking(runs: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    pairs = list(zip(runs["edge"], runs["nginx"], strict=True))
    good = [pair for pair in pairs if not any(run["void"] for run in pair)]
    for why in {str(run["void"]) for pair in pairs for run in pair if run["void"]}:
        print(f"void: {why}")
    head = ("side", "requests a second of CPU", "requests/s", "core", "bytes each")
    columns = ("per_core_s", "per_s", "used", "bytes_each")
    body = [
        (side, *(rig.spread([run[name] for run in taken]) for name in columns))
        for side, taken in runs.items()
    ]
    rig.table([head, *body])
    found: dict[str, Any] = {"void": len(pairs) - len(good), **runs}
    if good:
        ours, theirs = zip(*good, strict=True)
        found |= rig.ratios([r["per_core_s"] for r in ours], [r["per_core_s"] for r in theirs])
        print(f"edge / nginx: {found['median']:.3f} ({found['low']:.3f}-{found['high']:.3f})\n")
    return found


async def _behind(pairs: int, seconds: float) -> dict[str, Any]:
    """Return what the edge costs behind nginx with many players and with few."""
    runs: dict[str, list[dict[str, Any]]] = {"few": [], "many": []}
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(on_air(VIVAVOCE_TRUSTED_PROXIES="127.0.0.1"))
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="vivavoce-bench-"))
        os.chmod(folder, 0o755)  # noqa: PTH101  nothing else happens here meanwhile
        port = stack.enter_context(nginx_before(Path(folder) / "nginx", server.port, MANY * 2))
        await asyncio.sleep(8)  # a few segments
        for side in rig.abba(("few", "many"), pairs):
            runs[side].append(await _slide(server, port, FEW if side == "few" else MANY, seconds))
    ratio = rig.ratios([r["used"] for r in runs["many"]], [r["used"] for r in runs["few"]])
    body = [
        (FEW if side == "few" else MANY, *(rig.spread([run[name] for run in taken])
         for name in ("used", "asked_per_s", "per_s", "generator")))
        for side, taken in runs.items()
    ]  # fmt: skip
    rig.table([("players", "edge's core", "asked of it/s", "asked of nginx/s", "generator"), *body])
    for why in {str(run["void"]) for taken in runs.values() for run in taken if run["void"]}:
        print(f"void: {why}")
    print(f"10,000 / 100: {ratio['median']:.3f} ({ratio['low']:.3f}-{ratio['high']:.3f})")
    return {**runs, **ratio, "void": any(r["void"] for taken in runs.values() for r in taken)}


async def _slide(server: OnAir, port: int, players: int, seconds: float) -> dict[str, Any]:
    order = f"slide {players} {server.live}/opus {SEGMENT_MS}"
    async with rig.generator("load/players.c", "127.0.0.3", "127.0.0.1", str(port)) as process:
        generator = rig.Generator(process)
        generator.say(order)
        await asyncio.sleep(6)
        await generator.mark()
        before, answered = server.edge.cpu_s(), await _answered(server)
        await asyncio.sleep(seconds)
        used, asked = server.edge.cpu_s() - before, await _answered(server) - answered
        seen = await generator.mark()
    why = rig.void(seen) or (f"{seen['failed']} players failed" if seen["failed"] else None)
    return seen | {
        "used": used / seen["seconds"],
        "asked_per_s": asked / seen["seconds"],
        "per_s": (seen["lists"] + seen["files"]) / seen["seconds"],
        "generator": seen["cpu"] / seen["seconds"],
        "void": why,
    }


async def _answered(server: OnAir) -> float:
    lines = (await _text(server, "/metrics")).splitlines()
    return sum(
        float(line.split()[-1]) for line in lines if "edge_responses_outbound_total{" in line
    )


@asynccontextmanager
async def _nginx(playlist: bytes, part: bytes) -> AsyncIterator[tuple[int, rig.Running]]:
    program = rig.find("nginx")
    assert program is not None
    port = rig.free_port()
    with tempfile.TemporaryDirectory(prefix="vivavoce-bench-") as folder:
        root = Path(folder) / "root"
        root.mkdir()
        (root / "index.m3u8").write_bytes(playlist)
        (root / "part.m4s").write_bytes(part)
        config = Path(folder) / "nginx.conf"
        config.write_text(_NGINX.format(folder=folder, port=port, user=rig.as_root()))
        async with rig.running(program, "-c", str(config), log=Path(folder) / "out") as process:
            await rig.until_open(port)
            yield port, process


async def _files(server: OnAir) -> tuple[bytes, bytes]:
    """Wait until the list is as long as it gets; return one of middling length, and a part."""
    path = f"{server.live}/opus"
    lists: dict[int, str] = {}
    while len(lists) < PARTS_PER_SEGMENT:
        try:
            text = await _text(server, f"{path}/{LIVE}")
            if len(read_listed(text)) == WINDOW:
                lists[text.count("#EXT-X-PART:") % PARTS_PER_SEGMENT] = text
        except OSError:
            pass  # no list yet
        await asyncio.sleep(0.1)
    middling = sorted(lists.values(), key=len)[PARTS_PER_SEGMENT // 2]
    part = part_name(first_part_of(read_listed(middling)[-1].number))
    return middling.encode(), await asyncio.to_thread(_read, server, f"{path}/{part}")


def _newest(text: str) -> tuple[int, int]:
    """Return number and media sequence number of the newest whole segment."""
    last = read_listed(text)[-1]
    return last.number, last.sequence


async def _text(server: OnAir, path: str) -> str:
    return (await asyncio.to_thread(_read, server, path)).decode()


def _read(server: OnAir, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=10) as answer:
        body: bytes = answer.read()
    return body


if __name__ == "__main__":
    rig.main(run, about=__doc__ or "")
