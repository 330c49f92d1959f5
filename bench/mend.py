"""How soon a guest is on air again, with no click: after a network change, a reload, a sleep.

python -m bench.mend [--quick] [--json FOLDER] [network reload sleep]

A real Chromium, in a network namespace with two links (it needs root), speaks a tone; another
person on the stage listens. A link is taken away and the other is left, with another address; the
page is loaded anew; all of the browser's processes stand still for 30 s. What is measured is the
time from the event (from the waking) until the tone is heard again on the stage.
"""

import argparse
import asyncio
import contextlib
import os
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from playwright.async_api import Page, async_playwright
from tests.browser.chromium import FAKE_MICROPHONE, FLAGS
from tests.live_server import LiveServer, live_server
from tests.staircase import write_wav

from bench import rig
from bench.phones import Phone, dial, room, said, talk
from vivavoce.mix.opus import Decoder
from vivavoce.testing import tone
from vivavoce.units import samples

TONE_HZ: Final = 700
LOUD: Final = 300  # RMS; the tone comes back at a few thousand, a quiet room at some ten
SILENT_S: Final = 0.12  # between two loud packets: longer than the jitter buffer covers
GIVEN_UP_S: Final = 30.0
SLEEP_S: Final = 30.0
LINKS: Final = (("vv-a", "10.231.1"), ("vv-b", "10.231.2"))
NAMESPACE: Final = "vv-bench"


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


@contextmanager
def two_links() -> Iterator[None]:
    """Make a namespace with two links to this machine, the first of which is preferred."""
    ip("netns", "add", NAMESPACE)
    try:
        for number, (link, net) in enumerate(LINKS):
            ip("link", "add", link, "type", "veth", "peer", "name", "eth", "netns", NAMESPACE)
            ip("addr", "add", f"{net}.1/24", "dev", link)
            ip("link", "set", link, "up")
            ip("-n", NAMESPACE, "link", "set", "eth", "name", f"eth{number}")
            connect(number)
        ip("-n", NAMESPACE, "link", "set", "lo", "up")
        yield
    finally:
        ip("netns", "del", NAMESPACE)


def connect(number: int) -> None:
    """Plug a link in."""
    net = LINKS[number][1]
    subprocess.run(["ip", "-n", NAMESPACE, "addr", "flush", "dev", f"eth{number}"], check=True)
    ip("-n", NAMESPACE, "addr", "add", f"{net}.2/24", "dev", f"eth{number}")
    ip("-n", NAMESPACE, "link", "set", f"eth{number}", "up")
    metric = str(100 + number)
    ip("-n", NAMESPACE, "route", "replace", "default", "via", f"{net}.1", "metric", metric)


def pull(number: int) -> None:
    """Pull a link out; its address goes too."""
    ip("-n", NAMESPACE, "link", "set", f"eth{number}", "down")
    ip("-n", NAMESPACE, "addr", "flush", "dev", f"eth{number}")


def family(root: int) -> list[int]:
    """Return a process and all that come of it."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            of = int(stat.read_text().rpartition(")")[2].split()[1])
            parents.setdefault(of, []).append(int(stat.parent.name))
    found = [root]
    for pid in found:
        found += parents.get(pid, [])
    return found


@dataclass
class Ear:
    """Decodes what comes back to somebody on the stage."""

    phone: Phone
    loud: list[float] = field(default_factory=list)
    """When packets with the tone in them came."""
    _decoder: Decoder = field(default_factory=Decoder)

    def take(self) -> None:
        heard, self.phone.heard = self.phone.heard, []
        for at, _, payload in heard:
            pcm = self._decoder.decode(payload).astype(np.float64)
            if np.sqrt(np.mean(pcm**2)) > LOUD:
                self.loud.append(at)

    async def steady(self, seconds: float = 2.0) -> None:
        """Wait until the tone has been there without a break."""
        async with asyncio.timeout(2 * GIVEN_UP_S):
            while True:
                await asyncio.sleep(0.2)
                self.take()
                since = [at for at in self.loud if at > time.monotonic() - seconds]
                times = [time.monotonic() - seconds, *since, time.monotonic()]
                if since and max(np.diff(times)) < 3 * SILENT_S:
                    self.loud = since
                    return

    async def back(self, event: float) -> float:
        """Return how long after ``event`` the tone was there again for good."""
        async with asyncio.timeout(GIVEN_UP_S):
            while time.monotonic() - event < 4 or time.monotonic() - self.last < 1:
                await asyncio.sleep(0.1)
                self.take()
        times = [event, *(at for at in self.loud if at > event)]
        ends = [b for a, b in pairwise(times) if b - a > SILENT_S]
        return (ends[-1] if ends else event) - event

    @property
    def last(self) -> float:
        """When the tone was last heard, if it is heard now; otherwise now."""
        now = time.monotonic()
        fresh = bool(self.loud) and now - self.loud[-1] < SILENT_S
        return self.began if fresh else now

    @property
    def began(self) -> float:
        """When the present stretch of tone began."""
        at = self.loud[-1]
        for earlier in reversed(self.loud):
            if at - earlier > SILENT_S:
                break
            at = earlier
        return at


@dataclass
class Guest:
    """A real browser on the stage, and who hears it."""

    page: Page
    root: int
    ear: Ear


@asynccontextmanager
async def guest(folder: Path, server: LiveServer) -> AsyncIterator[Guest]:
    show = server.new_show()
    server.start(show["show"])
    path = f"/api/shows/{show['show']}/invitations"
    wanted = {"role": "speaker", "standing": "air", "name": "Rosa"}
    url = server.remote.ask("POST", path, wanted)["url"]
    phone = await dial(*server.seat(show["show"]), said(room()), 1, keep=True)
    origin = f"http://{LINKS[0][1]}.1:{server.said['studio_url'].rpartition(':')[2]}"
    url = origin + url[url.index("/stage/") :]
    program = folder / "chromium"
    real = shutil.which("chromium")
    program.write_text(f'#!/bin/sh\nexec ip netns exec {NAMESPACE} {real} "$@"\n')
    program.chmod(0o755)
    voice = write_wav(folder / "tone.wav", tone(TONE_HZ, samples(10)))
    flags = [*FLAGS, *FAKE_MICROPHONE, f"--use-file-for-fake-audio-capture={voice}",
             f"--unsafely-treat-insecure-origin-as-secure={origin}"]  # fmt: skip
    talking = asyncio.create_task(talk([phone], 36_000))  # noqa: TID251  ended below
    try:
        async with async_playwright() as playwright:
            before = set(family(os.getpid()))
            browser = await playwright.chromium.launch(executable_path=program, args=flags)
            page = await browser.new_page()
            page.on("dialog", lambda dialog: dialog.accept())
            await page.goto(url)
            await page.get_by_text("The studio hears you").first.wait_for()
            await page.get_by_label("Music").check()
            born = [pid for pid in family(os.getpid()) if pid not in before]
            root = next(pid for pid in born if "chromium" in _command(pid))
            yield Guest(page, root, Ear(phone))
            await browser.close()
    finally:
        talking.cancel()


def _command(pid: int) -> str:
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_text().partition("\0")[0]
    except OSError:
        return ""


async def network(guest: Guest, repeat: int) -> float:
    """Take the link in use away, and leave another one with another address."""
    event = time.monotonic()
    pull(repeat % 2)
    took = await guest.ear.back(event)
    connect(repeat % 2)
    return took


async def reload(guest: Guest, _repeat: int) -> float:
    """Load the page anew."""
    event = time.monotonic()
    await guest.page.reload(wait_until="commit")
    return await guest.ear.back(event)


async def sleep(guest: Guest, _repeat: int) -> float:
    """Let all of the browser stand still for half a minute."""
    for pid in family(guest.root):
        os.kill(pid, signal.SIGSTOP)
    await asyncio.sleep(SLEEP_S)
    guest.ear.take()
    event = time.monotonic()
    for pid in family(guest.root):
        os.kill(pid, signal.SIGCONT)
    return await guest.ear.back(event)


Break = Callable[[Guest, int], Awaitable[float]]
PARTS: Final[dict[str, Break]] = {"network": network, "reload": reload, "sleep": sleep}


async def measure(names: list[str], repeats: int) -> dict[str, Any]:
    found = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        two_links(),
        live_server(Path(folder) / "data") as server,
    ):
        for name in names:
            async with guest(Path(folder), server) as here:
                took: list[float] = []
                for repeat in range(repeats):
                    await here.ear.steady()
                    took.append(round(await PARTS[name](here, repeat), 3))
                    print(f"{name}: {took[-1]:.2f} s", flush=True)
                found[name] = summary(took)
                print(name, found[name], flush=True)
    return found


def summary(took: list[float]) -> dict[str, Any]:
    p95 = statistics.quantiles(took, n=20, method="inclusive")[-1] if len(took) > 1 else took[0]
    return {
        "p95_s": round(p95, 2),
        "median_s": round(statistics.median(took), 2),
        "range_s": [round(min(took), 2), round(max(took), 2)],
        "repeats": len(took),
        "load": round(os.getloadavg()[0], 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="five repeats instead of twenty")
    parser.add_argument("--json", type=Path, metavar="FOLDER", help="keep the result there")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=[])
    options = parser.parse_args()
    found = asyncio.run(measure(options.parts or list(PARTS), 5 if options.quick else 20))
    rig.keep("mend", {"found": found}, options.json)


if __name__ == "__main__":
    main()
