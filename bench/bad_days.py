"""Bad days at full size, and what those who just listen hear of them.

10,000 connections that never speak; 5,000 listeners who leave at once; a studio that is silent for
a minute; an edge that is killed, until its listeners have sound again.
"""

import asyncio
import os
import signal
import socket
import statistics
from argparse import Namespace
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

from bench import rig, servers
from bench.on_air import OnAir, on_air
from bench.studio import Studio, studio

LISTENING: Final = 2_000
SILENT: Final = 10_000
LEAVING: Final = 5_000
BACK: Final = 200
_PATIENCE_S: Final = 40  # who never speaks is shown out after 15 s
_RETRY_S: Final = 0.25  # as the page does at first


async def run(flags: Namespace) -> None:
    """Let each day come, one after the other."""
    rig.need("gcc")
    away_s = 15.0 if flags.quick else 60.0
    found: dict[str, Any] = {}
    async with AsyncExitStack() as stack:
        source = await stack.enter_async_context(studio())
        source.beating = {"edge"}
        edge = await stack.enter_async_context(servers.edge(source))
        await asyncio.sleep(2)
        here = await stack.enter_async_context(rig.load(edge.port, edge.path))
        await here.join(LISTENING, rate=2_000)
        found["an ordinary day"] = await _heard(here, lambda: asyncio.sleep(10))
        found["10,000 never speak"] = await _heard(here, lambda: _silence(edge.port))
        crowd = await stack.enter_async_context(rig.load(edge.port, edge.path, "127.0.0.2"))
        await crowd.join(LEAVING, rate=2_000)
        found["5,000 leave at once"] = await _heard(here, lambda: _leave(crowd))
        found["the studio is silent"] = await _heard(here, lambda: _away(source, away_s))
    names = ("late_p50", "late_p99", "late_p999", "gaps", "closed")
    rig.table(
        [
            (f"{LISTENING:,} listen on", *names),
            *((day, *(seen[name] for name in names)) for day, seen in found.items()),
        ]
    )
    async with on_air() as server:
        back = await _killed(server)
    found["an edge is killed"] = {"back_s": back}
    p95 = statistics.quantiles(back, n=20)[-1]
    print(
        f"\nan edge is killed: its {BACK} listeners have sound again after {rig.spread(back)} s, "
    )
    print(f"p95 {p95:.2f} s (goal 2 s)")
    rig.keep("bad_days", found, flags.json)


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


async def _away(source: Studio, seconds: float) -> None:
    """Send nothing for so long; the parts of then are never made."""
    source.beating = set()
    number = source.number
    await asyncio.sleep(seconds)
    source.number = number  # on the same count: what follows is no gap
    source.beating = {"edge"}
    await asyncio.sleep(3)


async def _killed(server: OnAir) -> list[float]:
    """Kill the edge; return how long each listener was without a connection that brings sound."""
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(_stream(server)) for _ in range(BACK)]
        await asyncio.sleep(2)
        os.kill(server.edge.pid, signal.SIGKILL)
        began = loop.time()

        async def back(reader: asyncio.StreamReader) -> float:
            while await reader.read(65_536):
                pass
            while True:
                try:
                    async with _stream(server):
                        return loop.time() - began
                except (OSError, EOFError):
                    await asyncio.sleep(_RETRY_S)

        async with asyncio.TaskGroup() as tasks:
            waiting = [tasks.create_task(back(reader)) for reader in streams]
        return [task.result() for task in waiting]


@asynccontextmanager
async def _stream(server: OnAir) -> AsyncIterator[asyncio.StreamReader]:
    """Connect, and wait for sound: a second packet after the head of the stream."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        writer.write(f"GET {server.live}/stream.mp4 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        status = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in status:
            raise EOFError
        await reader.readuntil(b"mdat")
        yield reader
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise EOFError from error
    finally:
        writer.close()


if __name__ == "__main__":
    rig.main(run, about=__doc__ or "")
