"""A listener's page lives through a sleep, another network and another loudspeaker, untouched.

What is heard says how old it is: the voice climbs a tone a second, so the page's loudspeaker is
compared with what is being spoken at that moment.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.broken_line import broken_line
from tests.browser.chromium import heard, listener
from tests.browser.pages import press_listen
from tests.browser.voice import speaking
from tests.live_server import LiveServer

from vivavoce.media import Frame, Pcm
from vivavoce.testing import dominant_hz, tone
from vivavoce.units import FRAME_SAMPLES, SAMPLE_RATE, Samples

pytestmark = pytest.mark.browser

# Further apart than sound is ever bent on its way (``tests/pitch.py``).
TONES_HZ: Final = [round(300 * 1.18**n) for n in range(18)]
SLEPT_MS: Final = 7_000
# Push is a second behind by itself; a tone is a second, and so is what is listened to.
NEAR_S: Final = 3

CONTEXT = """
const Plain = AudioContext;
AudioContext = class extends Plain {
  constructor(...rest) { super(...rest); window.__context = this; }
};
"""


class Climbing:
    """Speaks a tone a second, and knows which it is at."""

    def __init__(self) -> None:
        self.seconds = 0
        self._tones = [tone(hz, Samples(SAMPLE_RATE)).reshape(-1, FRAME_SAMPLES) for hz in TONES_HZ]

    def __call__(self, n: int) -> Frame:
        self.seconds, frame = divmod(n, SAMPLE_RATE // FRAME_SAMPLES)
        said: Frame = self._tones[self.seconds % len(TONES_HZ)][frame]
        return said

    def age_s(self, pcm: Pcm) -> float | None:
        """How long ago the end of ``pcm`` was spoken, to the second; None if it is no tone."""
        last = pcm[-SAMPLE_RATE // 4 :]
        if len(last) < SAMPLE_RATE // 4 or np.abs(last).max() < 1_000:
            return None
        number = int(np.abs(np.log(np.array(TONES_HZ) / dominant_hz(last))).argmin())
        return (self.seconds - number) % len(TONES_HZ)


@pytest.fixture(scope="module")
def climbing() -> Climbing:
    return Climbing()


@pytest.fixture(scope="module")
def talk(file_server: LiveServer, climbing: Climbing) -> Iterator[dict[str, Any]]:
    show = file_server.new_show("Climbing")
    file_server.start(show["show"])
    with speaking(show, climbing):
        yield show


@contextmanager
def untouched(page: Page) -> Iterator[None]:
    """The page is neither loaded again nor pressed in the block."""
    page.evaluate("addEventListener('click', () => { window.__touched = true; }, true)")
    page.evaluate("window.__touched = false")
    yield
    assert page.evaluate("window.__touched === false")


def ages(page: Page, climbing: Climbing, looks: int) -> Iterator[float | None]:
    heard(page)
    for _ in range(looks):
        page.wait_for_timeout(1_000)
        yield climbing.age_s(heard(page))


def hears_live(page: Page, climbing: Climbing) -> None:
    """Wait until what is heard is what is being said, for two looks in a row."""
    found = []
    for age in ages(page, climbing, 40):
        found.append(age)
        if len(found) >= 2 and all(age is not None and age <= NEAR_S for age in found[-2:]):
            return
    raise AssertionError(f"never near live: {found}")


@contextmanager
def asleep(page: Page) -> Iterator[None]:
    """The machine sleeps: nothing of the page's process runs."""
    browser = page.context.browser
    assert browser is not None
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    pids = [process["id"] for process in processes if process["type"] == "renderer"]
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def test_a_sleep_and_another_loudspeaker(
    talk: dict[str, Any], climbing: Climbing, listening_browser: Browser
) -> None:
    page = listener(listening_browser, "about:blank")
    page.add_init_script(CONTEXT)
    page.goto(talk["listen_url"])
    press_listen(page)
    hears_live(page, climbing)
    with untouched(page):
        with asleep(page):
            page.wait_for_timeout(SLEPT_MS)
        hears_live(page, climbing)
        # The browser takes the graph to another device, as when headphones are pulled.
        page.evaluate("__context.setSinkId({ type: 'none' })")
        hears_live(page, climbing)
        # A call, or no device for a moment: the browser stops the graph.
        page.evaluate("__context.suspend()")
        hears_live(page, climbing)
        expect(page.locator(".behind")).to_contain_text("s behind live")


def test_another_network(
    talk: dict[str, Any], climbing: Climbing, listening_browser: Browser, file_server: LiveServer
) -> None:
    port = int(file_server.said["public_url"].rsplit(":", 1)[1])
    with broken_line(port) as line:
        page = listener(listening_browser, talk["listen_url"].replace(f":{port}", f":{line.port}"))
        press_listen(page)
        hears_live(page, climbing)
        with untouched(page):
            assert line.lose_all() > 0  # not a word to either end: only the silence tells
            hears_live(page, climbing)
            # No network for a while: the browser knows, and says when there is one again.
            page.context.set_offline(True)
            line.lose_all()
            page.wait_for_timeout(2_000)
            page.context.set_offline(False)
            hears_live(page, climbing)
