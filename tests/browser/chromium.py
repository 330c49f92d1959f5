"""Chromium as a host and as a listener: a WAV for a microphone, and a tap on its loudspeaker."""

import base64
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Playwright

from vivavoce.media import SILENCE, Pcm
from vivavoce.testing.decode import decode

FLAGS = [
    "--no-sandbox",  # the tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # What everybody has at home, and a headless browser has not.
    "--autoplay-policy=document-user-activation-required",
]
# Without the first, a fake microphone is asked for in a dialog that nobody can answer.
FAKE_MICROPHONE = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]

# Runs before the page's own scripts: whatever is connected to a loudspeaker is recorded as well,
# after the page's own volume. `codecs=pcm` keeps the samples as they are.
TAP = """
(() => {
  const heard = { chunks: [], recorder: null, started: null, pressed: null };
  window.__heard = heard;
  addEventListener("click", () => { heard.pressed ??= performance.now(); }, true);
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode && !heard.recorder) {
      const tap = this.context.createMediaStreamDestination();
      tap.channelCount = 1;
      connect.call(this, tap);
      heard.recorder = new MediaRecorder(tap.stream, { mimeType: "audio/webm;codecs=pcm" });
      heard.recorder.ondataavailable = (event) => heard.chunks.push(event.data);
      heard.recorder.start(200);
      heard.started = performance.now();
    }
    return connect.call(this, to, ...rest);
  };
})();
"""

# What was recorded so far; with `anew`, from now on a new recording.
FETCH = """
async (anew) => {
  const heard = window.__heard;
  if (!heard.recorder) return null;
  const { chunks } = heard;
  if (anew) {
    const stopped = new Promise((done) => { heard.recorder.onstop = done; });
    heard.recorder.stop();
    await stopped;
    heard.chunks = [];
    heard.recorder.start(200);
  }
  const bytes = new Uint8Array(await new Blob(chunks).arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768)
    text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return btoa(text);
}
"""


@contextmanager
def chromium(
    playwright: Playwright, *flags: str, microphone: Path | None = None
) -> Iterator[Browser]:
    """Run one Chromium; ``microphone`` is a WAV that is spoken once, from the page's asking on."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "make tools installs chromium"
    voice = [] if microphone is None else [f"--use-file-for-fake-audio-capture={microphone}%noloop"]
    fake = [*FAKE_MICROPHONE, *voice] if microphone else []
    browser = playwright.chromium.launch(
        executable_path=program, headless=True, args=[*FLAGS, *fake, *flags]
    )
    try:
        yield browser
    finally:
        browser.close()


@contextmanager
def emptied(browser: Browser) -> Iterator[Browser]:
    """Lend the browser, and close the pages that were opened in it."""
    yield browser
    for context in browser.contexts:
        context.close()


def listener(browser: Browser, url: str, **context: Any) -> Page:
    """Open the listener's page with its loudspeaker tapped."""
    page = browser.new_context(**context).new_page()
    page.add_init_script(TAP)
    page.goto(url)
    return page


def heard(page: Page, *, anew: bool = True) -> Pcm:
    """Return what the page has sent to the loudspeaker since it began, or since the last call.

    Unless it is to begin anew, the recording goes on, and comes again with the next call.
    """
    recorded = page.evaluate(FETCH, anew)
    assert recorded is not None, "the page never connected anything to the loudspeaker"
    return decode(base64.b64decode(recorded))


def hear_until(
    page: Page, enough: Callable[[Pcm], object], *, anew: bool = True, within_s: float = 30
) -> Pcm:
    """Listen until what was heard is ``enough``; return all of it, from now on if ``anew``.

    Fails when it is not enough after ``within_s``, a bound far beyond what a slow machine needs.
    """
    if anew:
        heard(page)
    pcm = SILENCE[:0]
    for _ in range(int(within_s * 2)):
        page.wait_for_timeout(500)
        pcm = heard(page, anew=False)
        if len(pcm) and enough(pcm):
            return pcm
    raise AssertionError(f"not heard within {within_s} s; {len(pcm) / 48_000:.1f} s of sound came")


def press_to_sound_ms(page: Page, first_loud: int) -> float:
    """Return the time from the first click to sample ``first_loud`` of the first recording."""
    before = page.evaluate("__heard.started - __heard.pressed")
    return float(before) + first_loud / 48
