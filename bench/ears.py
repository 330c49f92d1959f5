"""From a microphone to an ear, in Chromium: spoken into a host's page, heard on a listener's.

Both ends are decoded sound. The host's browser records what its microphone gave, the listener's
what it sent to the loudspeaker; each step from one tone to the next is found in both, and both
recordings carry the machine's time. What a sound card adds at either end is not in it.

And from the press to the first audible sample, beside the same page whose stream comes out of the
browser's own memory instead of from the server: what is left is the network's and the server's.
"""

import asyncio
import base64
import os
import tempfile
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright
from tests.browser.chromium import chromium, heard, listener, press_to_sound_ms
from tests.browser.pages import expect_says, go_live, ready_host
from tests.staircase import write_wav

from bench import rig
from bench.on_air import OnAir, on_air
from vivavoce.media import Pcm
from vivavoce.testing import loud, tone
from vivavoce.testing.decode import decode
from vivavoce.units import SAMPLE_RATE, Samples

# Half a second of each of 32 tones, more than a semitone apart: a delay of up to 16 s is told, and
# a page that plays a little faster to catch up is not taken for the next tone.
STEP_S: Final = 0.5
TONES_HZ: Final = [400 * 1.07**n for n in range(32)]
SPOKEN_S: Final = 600

DOORS: Final = {"push": "false", "ll-hls": "true", "hls": "false"}
GOALS_S: Final = {"push": 1.2, "ll-hls": 2.5, "hls": 8.0}

_WINDOW: Final = 1_440  # 30 ms
_HOP: Final = 240  # 5 ms
_STEADY: Final = 10  # looks in a row, on either side of a step

# The host's microphones, and what the listener's page sends to the loudspeaker, as streams.
TAPS: Final = """
(() => {
  const ask = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
  if (ask) navigator.mediaDevices.getUserMedia = async (what) => {
    const stream = await ask(what);
    window.__tapped = stream;
    return stream;
  };
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode && !window.__ear) {
      window.__ear = this.context.createMediaStreamDestination();
      window.__ear.channelCount = 1;
      connect.call(this, window.__ear);
    }
    return connect.call(this, to, ...rest);
  };
  let chunks, recorder, started;
  window.__begin = async () => {
    const stream = window.__ear?.stream ?? new MediaStream(window.__tapped.getAudioTracks());
    chunks = [];
    recorder = new MediaRecorder(stream, { mimeType: "audio/webm;codecs=pcm" });
    recorder.ondataavailable = ({ data }) => chunks.push(data);
    const begun = new Promise((done) => { recorder.onstart = done; });
    recorder.start();
    await begun;
    started = performance.timeOrigin + performance.now();
  };
  window.__end = async () => {
    const stopped = new Promise((done) => { recorder.onstop = done; });
    recorder.stop();
    await stopped;
    const bytes = new Uint8Array(await new Blob(chunks).arrayBuffer());
    let text = "";
    for (let at = 0; at < bytes.length; at += 32768)
      text += String.fromCharCode(...bytes.subarray(at, at + 32768));
    return { started, sound: btoa(text) };
  };
})();
"""

# The stream is fetched when the page opens, and given from memory when it is asked for.
_FROM_MEMORY: Final = """
(() => {
  const ask = window.fetch.bind(window);
  const held = ask(`/live/${location.pathname.slice(1)}/stream.mp4`).then((answer) => {
    const reader = answer.body.getReader();
    const pieces = [];
    let give = (piece) => pieces.push(piece);
    void (async () => {
      for (let got = await reader.read(); !got.done; got = await reader.read()) give(got.value);
    })();
    return new ReadableStream({
      start(to) { give = (piece) => (window.__asked ? to.enqueue(piece) : pieces.push(piece)); },
      async pull(to) {
        window.__asked = true;
        const whole = await new Blob(pieces.splice(0)).arrayBuffer();
        if (whole.byteLength) to.enqueue(new Uint8Array(whole));
      },
    }, { highWaterMark: 0 });
  });
  window.fetch = async (what, ...more) =>
    String(what).includes("stream.mp4") ? new Response(await held) : ask(what, ...more);
})();
"""


async def run(flags: Namespace) -> None:
    """Measure each door, then the first sound."""
    os.sched_setaffinity(
        0, range(os.cpu_count() or 1)
    )  # two browsers are more than one core's work
    seconds, presses = (15.0, 8) if flags.quick else (60.0, 20)
    found: dict[str, Any] = {"delay_s": {}}
    for low_latency in ("false", "true"):
        doors = [door for door, low in DOORS.items() if low == low_latency]
        more = {"VIVAVOCE_HLS_LOW_LATENCY": low_latency, "VIVAVOCE_EDGE_BATCH_MS": "320"}
        async with on_air(live=False, **more) as server:
            first = presses if low_latency == "false" else 0
            # Playwright has a loop of its own.
            seen = await asyncio.to_thread(_in_browsers, server, doors, seconds, first)
        found["delay_s"] |= seen["delay_s"]
        found |= {name: seen[name] for name in seen if name.startswith("first")}
    _show(found)
    rig.keep("ears", found, flags.json)


def _in_browsers(
    server: OnAir, doors: Sequence[str], seconds: float, presses: int
) -> dict[str, Any]:
    found: dict[str, Any] = {"delay_s": {}}
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="vivavoce-bench-"))
        microphone = write_wav(Path(folder) / "tones.wav", _spoken())
        playwright = stack.enter_context(sync_playwright())
        host = stack.enter_context(chromium(playwright, microphone=microphone)).new_page()
        host.add_init_script(TAPS)
        go_live(ready_host(host, server.show["host_url"]))
        browser = stack.enter_context(chromium(playwright))
        for door in doors:
            with listening(browser, server.show["listen_url"], door) as page:
                # The distance has settled; HLS begins up to a segment too far back.
                page.wait_for_timeout(6_000 if door == "push" else 40_000)
                found["delay_s"][door] = _delays(host, page, seconds)
        if presses:
            for name, script in (("first_ms", ""), ("first_from_memory_ms", _FROM_MEMORY)):
                url = server.show["listen_url"]
                found[name] = [_first(browser, url, script) for _ in range(presses)]
    return found


@contextmanager
def listening(
    browser: Browser, url: str, door: str, *, says: str = "You are listening live.",
    script: str = "",
) -> Iterator[Page]:  # fmt: skip
    """Press play on the real page until it ``says`` so; where push is shut, it takes HLS."""
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script(TAPS + script)
    if door != "push":
        page.route("**/stream.mp4*", lambda route: route.abort())
    page.goto(url)
    page.get_by_role("button", name="Listen", exact=True).click()
    expect_says(page, says)
    try:
        yield page
    finally:
        context.close()


def _delays(host: Page, page: Page, seconds: float) -> list[float]:
    """Return how long each step took from the one page to the other."""
    host.evaluate("__begin()")
    page.evaluate("__begin()")
    page.wait_for_timeout(1000 * seconds)
    ends = [tab.evaluate("__end()") for tab in (host, page)]
    spoken, listened = map(_steps, ends)
    found = [
        at - then
        for number, at in listened
        for same, then in spoken
        if same == number and 0 < at - then < STEP_S * (len(TONES_HZ) - 1)
    ]
    if len(found) < seconds / STEP_S / 4:
        raise SystemExit(f"only {len(found)} steps were heard: {spoken} {listened}")
    return found


def _steps(recorded: dict[str, Any]) -> list[tuple[int, float]]:
    """Return the tones that begin in a recording, each with the machine's time, in seconds."""
    pcm = decode(base64.b64decode(recorded["sound"]))
    looks = np.lib.stride_tricks.sliding_window_view(pcm, _WINDOW)[::_HOP]
    spectra = np.abs(np.fft.rfft(looks * np.hanning(_WINDOW), 4_096, axis=1))
    strongest = spectra.argmax(axis=1) * SAMPLE_RATE / 4_096
    tones = np.log(np.maximum(strongest, 1) / TONES_HZ[0]) / np.log(TONES_HZ[1] / TONES_HZ[0])
    numbers = np.round(tones).astype(int)
    found = []
    for at in range(_STEADY, len(numbers) - _STEADY):
        before, after = numbers[at - _STEADY : at], numbers[at : at + _STEADY]
        rises = after[0] == (before[0] + 1) % len(TONES_HZ)
        if rises and len(set(before)) == 1 and len(set(after)) == 1:
            found.append((int(after[0]), recorded["started"] / 1000 + at * _HOP / SAMPLE_RATE))
    return found


def _first(browser: Browser, url: str, script: str) -> float:
    """Return the milliseconds from the press to the first loud sample."""
    page = listener(browser, "about:blank")
    if script:
        page.add_init_script(script)
    page.goto(url)
    button = page.get_by_role("button", name="Listen", exact=True)
    button.wait_for()
    page.wait_for_timeout(1_500)
    button.click()
    expect_says(page, "You are listening live.")
    page.wait_for_timeout(1_500)
    sound = loud(heard(page))
    assert sound is not None, "nothing was heard"
    found = press_to_sound_ms(page, sound.start)
    page.context.close()
    return found


def _spoken() -> Pcm:
    length = Samples(int(STEP_S * SAMPLE_RATE))
    once = np.concatenate([tone(hz, length) for hz in TONES_HZ])
    return np.tile(once, round(SPOKEN_S / STEP_S / len(TONES_HZ)))


def _show(found: dict[str, Any]) -> None:
    body = []
    for door, delays in found["delay_s"].items():
        p95 = found[f"{door}_p95_s"] = float(np.quantile(delays, 0.95))
        body.append((f"microphone to ear, {door}, s", rig.spread(delays), p95, GOALS_S[door]))
    p95s = {}
    for name in ("first_ms", "first_from_memory_ms"):
        p95s[name] = found[f"{name}_p95"] = float(np.quantile(found[name], 0.95))
        body.append((name.replace("_", " "), rig.spread(found[name]), p95s[name], ""))
    beyond = p95s["first_ms"] - p95s["first_from_memory_ms"]
    found["first_beyond_p95_ms"] = beyond
    body.append(("first sound beyond the browser's own, ms", "", beyond, 150))
    rig.table([("what", "median (range)", "p95", "at most"), *body])


if __name__ == "__main__":
    rig.main(run, about=__doc__ or "")
