"""Bad days at full size, and what 2,000 who just listen hear of them.

10,000 connections that never speak; 5,000 listeners who leave at once; 1,000 who take nothing, so
that their send buffers are full; a clock that jumps by 400 days, there and back; a process that is
stopped for some seconds; a studio that is gone for a minute. Then an edge is killed, and it counts
how soon its listeners have sound again, a crowd of plain clients and a page in Chromium.
"""

import asyncio
import os
import signal
import socket
import tempfile
import urllib.request
from argparse import Namespace
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any, Final

from bench import killed, rig, servers
from bench.studio import Studio, studio

LISTENING: Final = 2_000
SILENT: Final = 10_000
LEAVING: Final = 5_000
STALLED: Final = 1_000
_JUMP_S: Final = 400 * 86_400
_STOPPED_S: Final = 4.0  # less than the ring holds
_PATIENCE_S: Final = 40  # who never speaks is shown out after 15 s
# 64 KiB of send buffer at 4 KB/s, the ring's 5 s, then 15 s of patience.
_STALL_S: Final = 60

NAMES: Final = ("late_p50", "late_p99", "late_p999", "gaps", "closed")


async def run(flags: Namespace) -> None:
    """Let each day come, one after the other."""
    rig.need("gcc")
    found: dict[str, Any] = {"days": await _days(15.0 if flags.quick else 60.0)}
    rig.table(
        [
            (f"{LISTENING:,} listen on", *NAMES),
            *((day, *(seen[name] for name in NAMES)) for day, seen in found["days"].items()),
        ]
    )
    found |= await killed.measure(times=2 if flags.quick else 5)
    rig.keep("bad_days", found, flags.json)


async def _days(away_s: float) -> dict[str, Any]:
    found: dict[str, Any] = {}
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="vivavoce-bench-"))
        offset = Path(folder) / "offset"
        offset.write_text("0")
        source = await stack.enter_async_context(studio())
        source.beating = {"edge"}
        clock = {"LD_PRELOAD": rig.built("load/clock.c", "-shared", "-fPIC"), "OFFSET": str(offset)}
        edge = await stack.enter_async_context(servers.edge(source, more=clock))
        await asyncio.sleep(2)
        here = await stack.enter_async_context(rig.load(edge.port, edge.path))
        await here.join(LISTENING, rate=2_000)
        found["an ordinary day"] = await _heard(here, partial(asyncio.sleep, 10))
        found["10,000 never speak"] = await _heard(here, partial(_silence, edge.port))
        crowd = await stack.enter_async_context(rig.load(edge.port, edge.path, "127.0.0.2"))
        await crowd.join(LEAVING, rate=2_000)
        found["5,000 leave at once"] = await _heard(here, partial(_leave, crowd))
        found["1,000 take nothing"] = await _heard(here, partial(_stall, edge))
        found["the clock jumps"] = await _heard(here, partial(_jump, offset))
        found["stopped for 4 s"] = await _heard(here, partial(_stop, edge))
        found["the studio is gone"] = await _heard(here, partial(_away, source, away_s))
    return found


async def _heard(here: rig.Load, day: Callable[[], Awaitable[None]]) -> dict[str, Any]:
    await asyncio.sleep(1)
    await here.mark()
    await day()
    return await here.mark()


async def _silence(port: int) -> None:
    """Connect, say nothing, and wait to be shown out."""
    open_: list[socket.socket] = []
    try:
        for number in range(SILENT):
            sock = socket.socket()
            sock.setblocking(False)
            sock.bind(("127.0.0.5", 0))
            sock.connect_ex(("127.0.0.1", port))
            open_.append(sock)
            if number % 100 == 0:
                await asyncio.sleep(0.01)
        for _ in range(_PATIENCE_S):
            await asyncio.sleep(1)
            left = sum(_still_open(sock) for sock in open_)
            if not left:
                break
        else:
            print(f"{left} of {SILENT} were not shown out")
    finally:
        for sock in open_:
            sock.close()


def _still_open(sock: socket.socket) -> bool:
    try:
        return sock.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


async def _leave(crowd: rig.Load) -> None:
    crowd.leave(LEAVING)
    await asyncio.sleep(5)


async def _stall(edge: servers.Server) -> None:
    """Ask for sound, and never take any, until the edge has let go of all who do so."""
    open_: list[socket.socket] = []
    try:
        for number in range(STALLED):
            sock = socket.socket()
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
            sock.bind(("127.0.0.6", 0))
            sock.connect(("127.0.0.1", edge.port))
            sock.send(f"GET {edge.path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            open_.append(sock)
            if number % 50 == 0:
                await asyncio.sleep(0.02)
        for _ in range(_STALL_S):
            await asyncio.sleep(1)
            if await asyncio.to_thread(_let_go, edge.port) >= STALLED:
                return
        print(f"of {STALLED} who took nothing, {_let_go(edge.port)} were let go")
    finally:
        for sock in open_:
            sock.close()


def _let_go(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith("vivavoce_edge_listeners_let_go_total "):
                return int(float(line.split()[1]))
    raise SystemExit("/metrics does not say how many were let go")


async def _jump(offset: Path) -> None:
    """Let the server's time of day be another one, later and then earlier."""
    for days in (_JUMP_S, -_JUMP_S, 0):
        offset.write_text(str(days))  # noqa: ASYNC240  a few bytes
        await asyncio.sleep(4)


async def _stop(edge: servers.Server) -> None:
    """Let nothing of the edge run for some seconds, as on a machine that sleeps."""
    for what, wait_s in ((signal.SIGSTOP, _STOPPED_S), (signal.SIGCONT, 4.0)):
        for pid in edge.running.pids:
            os.kill(pid, what)
        await asyncio.sleep(wait_s)


async def _away(source: Studio, seconds: float) -> None:
    """Hang up on the edge, whenever it comes, for so long; the parts of then are never made."""
    source.beating, number = set(), source.number
    source.leave()
    await asyncio.sleep(seconds)
    source.away = False
    while not source.edges:  # noqa: ASYNC110  seen from outside
        await asyncio.sleep(0.05)
    source.number = number  # on the same count: what follows is no gap
    source.beating = {"edge"}
    await asyncio.sleep(5)


if __name__ == "__main__":
    rig.main(run, about=__doc__ or "")
