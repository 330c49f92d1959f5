"""How soon a guest is on air again, with no click: after a network change, a reload, a sleep.

python -m bench.mend [--quick] [--json FOLDER] [network wifi port reload sleep]

A real Chromium, in a network namespace (it needs root), speaks a tone; another person on the stage
listens. Measured is the time from the event until the tone is heard again on the stage, for good:

- network: the link in use is pulled out and another is left, as with a cable beside a Wi-Fi. The
  browser says nothing of it to its pages;
- wifi: the only link is pulled out and another is plugged in at once, with another address, which
  the browser has not known; every second time after 2 s without any, counted from their end;
- port: a router before the server gives the caller another UDP port, and tells nobody;
- reload: the page is loaded anew;
- sleep: all of the browser's processes stand still for 30 s; counted from the waking.

Before a change of network there are 5 s of unbroken tone: browsers note the one before late.
"""

import argparse
import asyncio
import contextlib
import os
import shutil
import signal
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
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
from bench.mend_links import (
    LINKS,
    NAMESPACE,
    ROUTER,
    SERVER,
    Router,
    connect,
    pull,
    router,
    two_links,
)
from bench.phones import Phone, dial, room, said, talk
from vivavoce.mix.opus import Decoder
from vivavoce.testing import tone
from vivavoce.units import samples

TONE_HZ: Final = 700
LOUD: Final = 300  # RMS; the tone comes back at a few thousand, a quiet room at some ten
SILENT_S: Final = 0.12  # between two loud packets: longer than the jitter buffer covers
GIVEN_UP_S: Final = 30.0
FOR_GOOD_S: Final = 3.0  # what breaks a connection a second time has happened by then
QUICK: Final = {"sleep": 3}
SLEEP_S: Final = 30.0
QUICK_SLEEP_S: Final = 12.0  # longer than the server waits for a voice that vanished
SETTLED_S: Final = 5.0
NO_NETWORK_S: Final = 2.0


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

    async def steady(self, seconds: float) -> None:
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
        """Return how long after ``event`` the tone was there again for good; at most 30 s."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GIVEN_UP_S):
                while time.monotonic() - event < FOR_GOOD_S or time.monotonic() - self.last < 1:
                    await asyncio.sleep(0.1)
                    self.take()
        times = [event, *(at for at in self.loud if at > event)]
        if time.monotonic() - self.last < 1:
            return GIVEN_UP_S
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
    router: Router
    quick: bool


@asynccontextmanager
async def guest(
    folder: Path, server: LiveServer, way: Router, *, quick: bool
) -> AsyncIterator[Guest]:
    show = server.new_show()
    server.start(show["show"])
    path = f"/api/shows/{show['show']}/invitations"
    wanted = {"role": "speaker", "standing": "air", "name": "Rosa"}
    url = server.remote.ask("POST", path, wanted)["url"]
    phone = await dial(*server.seat(show["show"]), said(room()), 1, keep=True)
    origin = f"http://{SERVER}:{server.said['studio_url'].rpartition(':')[2]}"
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
            yield Guest(page, root, Ear(phone), way, quick)
            await browser.close()
    finally:
        talking.cancel()


def _command(pid: int) -> str:
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_text().partition("\0")[0]
    except OSError:
        return ""


async def network(guest: Guest, repeat: int) -> float:
    """Pull out the link in use, and leave the other."""
    event = time.monotonic()
    pull(repeat % 2)
    took = await guest.ear.back(event)
    connect(repeat % 2)
    return took


async def wifi(guest: Guest, repeat: int) -> float:
    """Pull out the only link, and plug in another: at once, or after a while without any."""
    event = time.monotonic()
    pull(repeat % 2)
    if repeat % 4 >= 2:
        await asyncio.sleep(NO_NETWORK_S)
        guest.ear.take()
        event = time.monotonic()
    connect(1 - repeat % 2)
    return await guest.ear.back(event)


async def port(guest: Guest, _repeat: int) -> float:
    """Have another UDP port, behind the same address."""
    event = time.monotonic()
    guest.router.rebind([f"{net}.2" for _, net in LINKS])
    return await guest.ear.back(event)


async def reload(guest: Guest, _repeat: int) -> float:
    """Load the page anew."""
    event = time.monotonic()
    await guest.page.reload(wait_until="commit")
    return await guest.ear.back(event)


async def sleep(guest: Guest, _repeat: int) -> float:
    """Let all of the browser stand still."""
    for pid in family(guest.root):
        os.kill(pid, signal.SIGSTOP)
    await asyncio.sleep(QUICK_SLEEP_S if guest.quick else SLEEP_S)
    guest.ear.take()
    event = time.monotonic()
    for pid in family(guest.root):
        os.kill(pid, signal.SIGCONT)
    return await guest.ear.back(event)


Break = Callable[[Guest, int], Awaitable[float]]
PARTS: Final[dict[str, Break]] = {
    "network": network,
    "wifi": wifi,
    "port": port,
    "reload": reload,
    "sleep": sleep,
}


async def measure(names: list[str], *, quick: bool) -> dict[str, Any]:
    found = {}
    for name in names:
        with tempfile.TemporaryDirectory() as folder, two_links():
            found[name] = summary(await repeated(name, Path(folder), quick=quick))
        print(name, found[name], flush=True)
    return found


async def repeated(name: str, folder: Path, *, quick: bool) -> list[float]:
    """Return what each repeat took, on a server and with a browser of its own."""
    udp = rig.free_port()
    address = ROUTER if name == "port" else SERVER
    flags = (f"--udp-port={udp}", f"--announce={address},127.0.0.1")
    took: list[float] = []
    with live_server(folder / "data", *flags) as server, router(udp) as way:
        async with guest(folder, server, way, quick=quick) as here:
            if name == "wifi":
                pull(1)
            for repeat in range(QUICK.get(name, 4) if quick else 20):
                await here.ear.steady(SETTLED_S if name in ("network", "wifi") else 2.0)
                took.append(round(await PARTS[name](here, repeat), 3))
                print(f"{name}: {took[-1]:.2f} s", flush=True)
    return took


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
    parser.add_argument("--quick", action="store_true", help="four repeats instead of twenty")
    parser.add_argument("--json", type=Path, metavar="FOLDER", help="keep the result there")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=[])
    options = parser.parse_args()
    found = asyncio.run(measure(options.parts or list(PARTS), quick=options.quick))
    rig.keep("mend", {"found": found}, options.json)


if __name__ == "__main__":
    main()
