"""An edge is killed with -9: how soon its listeners have sound again.

Plain clients that come again after a quarter of a second, and a page in Chromium that nobody
touches: the time until the first bytes of its next stream, and for how long what it plays stood
still meanwhile. (Not silence: the filler of a show on which nobody speaks is a sound with pauses.)
"""

import asyncio
import os
import signal
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import sync_playwright
from tests.browser.chromium import chromium

from bench import rig
from bench.ears import listening
from bench.on_air import OnAir, on_air

BACK: Final = 200
GOAL_S: Final = 2.0
_RETRY_S: Final = 0.25  # as the page does at first

# The machine's time at which each pushed stream brought its first bytes, and for how long at most
# what plays stood still.
_STREAMS: Final = """
(() => {
  const ask = window.fetch.bind(window);
  window.__streams = [];
  window.fetch = async (what, ...more) => {
    const answer = await ask(what, ...more);
    if (!String(what).includes("stream.mp4") || !answer.body) return answer;
    let first = true;
    const noted = answer.body.pipeThrough(new TransformStream({
      transform(piece, to) {
        if (first) window.__streams.push(performance.timeOrigin + performance.now());
        first = false;
        to.enqueue(piece);
      },
    }));
    return new Response(noted, { status: answer.status, headers: answer.headers });
  };
  const Plain = window.Audio;
  window.__still = 0;
  window.Audio = function (...given) {
    const audio = new Plain(...given);
    let [at, since] = [0, performance.now()];
    setInterval(() => {
      if (audio.currentTime !== at) [at, since] = [audio.currentTime, performance.now()];
      else window.__still = Math.max(window.__still, performance.now() - since);
    }, 10);
    return audio;
  };
})();
"""


async def measure(times: int) -> dict[str, Any]:
    """Kill an edge ``times`` times beneath a crowd, and beneath a page; print and return both."""
    everywhere = range(os.cpu_count() or 1)
    os.sched_setaffinity(0, everywhere)  # a browser is more than one core's work
    back: list[float] = []
    for _ in range(times):
        async with on_air() as server:
            os.sched_setaffinity(_parent(server.edge.pid), everywhere)  # and so the next edge
            back += await _crowd(server)
    pages, still = [], []
    for _ in range(times):
        async with on_air() as server:
            os.sched_setaffinity(_parent(server.edge.pid), everywhere)
            # Playwright has a loop of its own.
            one, stood = await asyncio.to_thread(_page, server)
            pages.append(one)
            still.append(stood)
    rig.table(
        [
            ("an edge is killed: sound again after, s", "median (range)", "p95", "at most"),
            (f"{BACK} plain clients, {times} times", rig.spread(back), _p95(back), GOAL_S),
            (f"a page in Chromium, {times} times", rig.spread(pages), max(pages), GOAL_S),
            ("  it stood still for", rig.spread(still), max(still), GOAL_S),
        ]
    )
    return {"back_s": back, "back_p95_s": _p95(back), "page_s": pages, "page_still_s": still}


def _p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


async def _crowd(server: OnAir) -> list[float]:
    """Kill the edge; return how long each listener was without a connection that brings sound."""
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(_stream(server)) for _ in range(BACK)]
        await asyncio.sleep(2)
        os.kill(server.edge.pid, signal.SIGKILL)
        began = loop.time()

        async def back(reader: asyncio.StreamReader) -> float:
            try:
                while await reader.read(65_536):
                    pass
            except OSError:
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


def _page(server: OnAir) -> tuple[float, float]:
    """Kill the edge below a page; return the seconds until its next stream, and of still."""
    with (
        sync_playwright() as playwright,
        chromium(playwright) as browser,
        listening(
            browser, server.show["listen_url"], "push", says="calm sound", script=_STREAMS
        ) as page,
    ):
        page.wait_for_timeout(5_000)
        before = len(page.evaluate("__streams"))
        page.evaluate("window.__loaded_once = true")
        page.evaluate("__still = 0")
        os.kill(server.edge.pid, signal.SIGKILL)
        killed = time.time()  # noqa: TID251  two processes compare their clocks
        for _ in range(600):
            page.wait_for_timeout(100)
            if len(page.evaluate("__streams")) > before:
                break
        else:
            raise SystemExit("the page did not come back")
        back = page.evaluate("__streams")[before] / 1000 - killed
        page.wait_for_timeout(5_000)
        still = page.evaluate("__still") / 1000
        if not page.evaluate("window.__loaded_once === true"):
            raise SystemExit("the page was loaded again")
    return back, still
