"""From the press to the sound, and from a seek to the sound, in a recording of three hours.

The recording says where it is heard: each segment is one tone, and a place is heard once its tone
is most of what goes to the loudspeaker. Beside the real page stands the floor, a page of a few
lines that has the same files in the browser's memory, a MediaSource open and the first of them in
it: what is left of its time is the browser's own, and the difference is ours and the server's.
"""

import asyncio
import json
import os
import random
import sys
import tempfile
from argparse import Namespace
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE
from typing import Any, Final

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright
from tests.browser.chromium import chromium
from tests.recorded import written

from bench import rig
from bench.studio import environment
from vivavoce.testing import tone
from vivavoce.testing.ended_show import SHOW, EndedShow
from vivavoce.units import SEGMENT_SAMPLES, Samples

HOURS: Final = 3
SEGMENT_S: Final = 1.92
TONES_HZ: Final = [400 + 100 * n for n in range(30)]
GOAL_MS: Final = 300
_SEED: Final = 5

# Looks every few milliseconds at what goes to the loudspeaker: the newest 512 samples.
_PROBE: Final = r"""
(() => {
  const window_ = 512, probe = { meter: null, samples: new Float32Array(1024) };
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode && !probe.meter) {
      probe.meter = new AnalyserNode(this.context, { fftSize: 1024 });
      connect.call(this, probe.meter);
    }
    return connect.call(this, to, ...rest);
  };
  // How much of the sound is a tone of `hz`: Goertzel's filter, 0..1.
  const share = (hz) => {
    probe.meter.getFloatTimeDomainData(probe.samples);
    const newest = probe.samples.subarray(-window_);
    const turn = (2 * Math.PI * hz) / probe.meter.context.sampleRate;
    let [real, imaginary, power] = [0, 0, 0];
    newest.forEach((sample, at) => {
      real += sample * Math.cos(turn * at);
      imaginary += sample * Math.sin(turn * at);
      power += sample * sample;
    });
    if (power < 1e-3) return 0;
    return (2 * (real * real + imaginary * imaginary)) / (window_ * power);
  };
  performance.setResourceTimingBufferSize(10000);
  // Requests for sound that were begun between two moments.
  const asked = (from, to) => performance.getEntriesByType("resource").filter(
    ({ name, startTime }) =>
      /\.(m4s|mp4|m3u8)$/.test(name) && startTime >= from && startTime <= to,
  ).length;
  window.__before = () => asked(0, performance.now());
  window.__fetched = async (count) => {
    while (__before() < count) await new Promise((done) => setTimeout(done, 50));
  };
  window.__heard = (hz, since) => new Promise((done, fail) => {
    const late = setTimeout(() => fail(new Error(`${hz} Hz was not heard`)), 30000);
    const timer = setInterval(() => {
      if (!probe.meter || share(hz) < 0.7) return;
      const at = performance.now();
      clearInterval(timer);
      clearTimeout(late);
      done({ ms: at - since, requests: asked(since, at) });
    }, 2);
  });
  window.__pressed = (hz) => {
    addEventListener("click", (event) => {
      window.__first = window.__heard(hz, event.timeStamp);
    }, { capture: true, once: true });
  };
})();
"""

# The floor: all it will play is in memory before it is asked for.
_FLOOR: Final = """<!doctype html><title>Floor</title><button>Play</button><script>
const { base, segments, first } = PLACES;
const audio = new Audio(), media = new MediaSource(), held = new Map();
audio.src = URL.createObjectURL(media);
const bytes = async (name) => (await fetch(`${base}/${name}`)).arrayBuffer();
const name = (segment) => `${String(segment).padStart(8, "0")}.m4s`;
let buffer;
const append = (piece) => new Promise((done) => {
  buffer.addEventListener("updateend", done, { once: true });
  buffer.appendBuffer(piece);
});
window.__to = (at, segment) => {
  audio.currentTime = at;
  void append(held.get(segment)).then(() => append(held.get(segment + 1)));
};
document.querySelector("button").addEventListener("click", () => {
  const context = new AudioContext({ latencyHint: "playback" });
  context.createMediaElementSource(audio).connect(context.destination);
  void audio.play();
});
media.addEventListener("sourceopen", async () => {
  buffer = media.addSourceBuffer('audio/mp4; codecs="opus"');
  media.duration = 12000;
  const all = segments.flatMap((segment) => [segment, segment + 1]);
  await Promise.all(all.map(async (one) => held.set(one, await bytes(name(one)))));
  await append(await bytes("init.mp4"));
  await append(held.get(first.segment));
  await append(held.get(first.segment + 1));
  audio.currentTime = first.at;
  document.title = "Ready";
}, { once: true });
</script>"""


@dataclass(frozen=True)
class Place:
    """Somewhere in the recording, within a segment and far enough from its end to be heard."""

    segment: int
    into_s: float

    @property
    def at(self) -> float:
        return round(self.segment * SEGMENT_S + self.into_s, 3)

    @property
    def hz(self) -> float:
        return TONES_HZ[self.segment % len(TONES_HZ)]


def places(count: int, segments: int) -> list[Place]:
    """Return random places, each of another tone than those before and after it."""
    dice = random.Random(_SEED)
    found: list[Place] = []
    while len(found) < count:
        place = Place(dice.randrange(segments - 60), round(dice.uniform(0.1, 1.4), 3))
        if not found or abs(place.hz - found[-1].hz) > 250:
            found.append(place)
    return found


async def run(flags: Namespace) -> None:
    """Press and seek on both pages by turns."""
    os.sched_setaffinity(0, range(os.cpu_count() or 1))  # a browser is more than one core's work
    pages, each = (2, 5) if flags.quick else (6, 10)
    async with recording() as (public_url, segments):
        # Playwright has a loop of its own.
        found = await asyncio.to_thread(_in_browser, public_url, segments, pages, each)
    found["hours"] = segments * SEGMENT_S / 3600
    _show(found)
    rig.keep("replay", found, flags.json)


@asynccontextmanager
async def recording() -> AsyncIterator[tuple[str, int]]:
    """Serve a recording; yield the public address and how many segments it has."""
    rounds = round(HOURS * 3600 / SEGMENT_S / len(TONES_HZ))
    sound = np.concatenate([tone(hz, Samples(SEGMENT_SAMPLES)) for hz in TONES_HZ])
    round_ms = round(len(TONES_HZ) * SEGMENT_S * 1000)
    turns = [(n % 4, at, at + 7_000) for n, at in enumerate(range(0, round_ms - 7_000, 7_200))]
    with tempfile.TemporaryDirectory(prefix="vivavoce-bench-") as folder:
        data = Path(folder) / "data"
        ended = EndedShow(round=sound, rounds=rounds, speakers=tuple("ABCD"), spans=turns)
        await asyncio.to_thread(written, data, SHOW, ended)
        command = (
            sys.executable, "-m", "vivavoce", "serve", "--json",
            "--port", "0", "--studio-port", "0", "--data", str(data),
        )  # fmt: skip
        log = (Path(folder) / "log").open("ab")
        pipes: dict[str, Any] = {"stdout": PIPE, "stderr": log, "env": environment()}
        async with rig.running(*command, core=rig.SERVER_CORE, **pipes) as process:
            assert process.process.stdout is not None
            said = json.loads(await process.process.stdout.readline())
            yield said["public_url"], rounds * len(TONES_HZ)


def _in_browser(url: str, segments: int, pages: int, each: int) -> dict[str, Any]:
    sides = ("page", "floor")
    found: dict[str, Any] = {
        "press_ms": {side: [] for side in sides},
        "seek_ms": {side: [] for side in sides},
        "requests": {"press": [], "seek": []},
    }
    wanted = iter(places(pages * (each + 1), segments))
    turns = [[next(wanted) for _ in range(each + 1)] for _ in range(pages)]
    with sync_playwright() as playwright, chromium(playwright) as browser:
        for number, turn in enumerate(turns):
            for side in sides if number % 2 == 0 else reversed(sides):
                visit = _floor if side == "floor" else _page
                visit(browser, url, turn, found)
    return found


def _page(browser: Browser, url: str, turn: Sequence[Place], found: dict[str, Any]) -> None:
    page = browser.new_context().new_page()
    page.add_init_script(_PROBE)
    page.goto(f"{url}/{SHOW}?t={turn[0].at}")
    button = page.get_by_role("button", name="Play from")
    button.wait_for()
    page.evaluate("__fetched(2)")  # by itself, before anybody presses
    page.wait_for_timeout(500)
    page.evaluate("(hz) => __pressed(hz)", turn[0].hz)
    before = page.evaluate("__before()")
    button.click()
    first = page.evaluate("__first")
    found["press_ms"]["page"].append(first["ms"])
    found["requests"]["press"].append(before + first["requests"])
    slider = page.get_by_role("slider", name="Position in the show")
    slider.wait_for()
    for place in turn[1:]:
        page.wait_for_timeout(600)
        took = slider.evaluate(
            """(slider, { at, hz }) => {
              slider.step = "any";
              slider.value = String(at);
              const heard = __heard(hz, performance.now());
              slider.dispatchEvent(new Event("input", { bubbles: true }));
              return heard;
            }""",
            {"at": place.at, "hz": place.hz},
        )
        found["seek_ms"]["page"].append(took["ms"])
        found["requests"]["seek"].append(took["requests"])
    page.context.close()


def _floor(browser: Browser, url: str, turn: Sequence[Place], found: dict[str, Any]) -> None:
    page: Page = browser.new_context().new_page()
    page.add_init_script(_PROBE)
    first = {"segment": turn[0].segment, "at": turn[0].at}
    known = {
        "base": f"/live/{SHOW}/opus",
        "segments": [place.segment for place in turn],
        "first": first,
    }
    body = _FLOOR.replace("PLACES", json.dumps(known))
    page.route("**/floor", lambda route: route.fulfill(body=body, content_type="text/html"))
    page.goto(f"{url}/floor")
    page.wait_for_function("document.title === 'Ready'")
    page.wait_for_timeout(500)
    page.evaluate("(hz) => __pressed(hz)", turn[0].hz)
    page.get_by_role("button").click()
    found["press_ms"]["floor"].append(page.evaluate("__first")["ms"])
    for place in turn[1:]:
        page.wait_for_timeout(600)
        took = page.evaluate(
            """({ at, hz, segment }) => {
              const heard = __heard(hz, performance.now());
              __to(at, segment);
              return heard;
            }""",
            {"at": place.at, "hz": place.hz, "segment": place.segment},
        )
        found["seek_ms"]["floor"].append(took["ms"])
    page.context.close()


def _show(found: dict[str, Any]) -> None:
    body = []
    for what in ("press", "seek"):
        for side, taken in found[f"{what}_ms"].items():
            p95 = found[f"{what}_{side}_p95_ms"] = float(np.quantile(taken, 0.95))
            goal = GOAL_MS if side == "page" else ""
            body.append((f"{what} to sound, {side}, ms", rig.spread(taken), p95, goal))
        most = found[f"{what}_requests"] = max(found["requests"][what])
        body.append((f"requests for sound, {what}", rig.spread(found["requests"][what]), most, 2))
    rig.table([("what", "median (range)", "p95", "at most"), *body])


if __name__ == "__main__":
    rig.main(run, about=__doc__ or "")
