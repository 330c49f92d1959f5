"""The listener's page by itself: its doors for the sound, its words, its keys."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.chromium import heard, listener
from tests.browser.pages import expect_says, press_listen
from tests.browser.voice import HZ, voice
from tests.live_server import LiveServer
from tests.pitch import is_tone

from vivavoce.testing import dominant_hz, gaps

pytestmark = pytest.mark.browser

NO_OPUS = """
const supported = MediaSource.isTypeSupported;
MediaSource.isTypeSupported = (type) => !type.includes("opus") && supported.call(MediaSource, type);
"""

# The browser's own policy takes a look by the test for a gesture of the listener.
NO_AUTOPLAY = """
let pressed = false;
addEventListener("click", () => { pressed = true; }, true);
const play = Audio.prototype.play;
Audio.prototype.play = function () {
  return pressed ? play.call(this) : Promise.reject(new DOMException("", "NotAllowedError"));
};
"""


def on_air(server: LiveServer, title: str) -> dict[str, Any]:
    show = server.new_show(title, description="Two voices, one line.")
    server.start(show["show"])
    return show


@pytest.fixture(scope="module")
def talk(file_server: LiveServer) -> Iterator[dict[str, Any]]:
    """A show that is on air, with its voice, for as long as these tests last."""
    show = on_air(file_server, "One long tone")
    with voice(show):
        yield show


def sounds(page: Page) -> None:
    """Two seconds of the tone, whole and at its pitch."""
    heard(page)
    page.wait_for_timeout(2_000)
    pcm = heard(page)
    assert is_tone(dominant_hz(pcm), HZ)
    assert gaps(pcm, longer_than_ms=200) == []


def test_aac_is_taken_where_opus_is_not_played(
    talk: dict[str, Any], listening_browser: Browser
) -> None:
    asked: list[str] = []
    page = listener(listening_browser, "about:blank")
    page.add_init_script(NO_OPUS)
    page.on("request", lambda request: asked.append(request.url))
    page.goto(talk["listen_url"])
    press_listen(page)
    sounds(page)
    assert any(url.endswith("stream.mp4?codec=aac") for url in asked)


@pytest.mark.console("status of 502")
def test_hls_is_taken_where_push_fails_twice(
    talk: dict[str, Any], listening_browser: Browser
) -> None:
    page = listener(listening_browser, "about:blank")
    page.route("**/stream.mp4*", lambda route: route.fulfill(status=502))
    page.goto(talk["listen_url"])
    press_listen(page)
    expect(page.locator(".behind")).to_contain_text("s behind live")
    sounds(page)


def test_a_pause_goes_on_where_it_was_and_live_is_one_press_away(
    talk: dict[str, Any], listening_browser: Browser
) -> None:
    page = listener(listening_browser, talk["listen_url"])
    press_listen(page)
    behind = page.locator(".behind")
    expect(behind).to_contain_text("s behind live")
    page.keyboard.press("k")
    expect_says(page, "Paused.")
    page.wait_for_timeout(5_000)
    page.keyboard.press("k")
    expect_says(page, "You are listening live.")
    expect(behind.get_by_role("button", name="Go to live")).to_be_visible()
    page.keyboard.press("l")
    expect(behind.get_by_role("button", name="Go to live")).to_be_hidden()
    shown = behind.text_content() or ""
    assert float(shown.split(" ")[0]) < 2
    sounds(page)


def test_a_browser_that_wants_a_press_is_given_one_big_button(
    server: LiveServer, listening_browser: Browser
) -> None:
    begins = int(time.time() * 1000) - 60_000  # noqa: TID251  an announcement is made in wall time
    show = server.new_show("Late", starts_ms=begins)
    page = listening_browser.new_page()
    page.add_init_script(NO_AUTOPLAY)
    page.goto(show["listen_url"])
    expect_says(page, "The host is not on air yet. This page starts by itself.")
    server.start(show["show"])
    expect_says(page, "The show is on.")
    press_listen(page)


def test_the_end_leads_to_the_replay_and_the_replay_obeys_the_keyboard(
    server: LiveServer, listening_browser: Browser
) -> None:
    show = on_air(server, "The end")
    page = listener(listening_browser, show["listen_url"])
    with voice(show):
        press_listen(page)
        page.wait_for_timeout(5_000)
        server.end(show["show"])
    expect_says(page, "The show has ended.")
    page.get_by_role("button", name="Play the whole show").click()
    expect_says(page, "You are listening to the replay.")
    slider = page.get_by_role("slider", name="Position in the show")
    page.keyboard.press("Space")
    expect_says(page, "The replay is paused.")
    page.keyboard.press("End")
    length = int(float(slider.get_attribute("max") or 0))
    assert length >= 5
    expect(slider).to_have_value(str(length))
    page.keyboard.press("ArrowLeft")
    expect(slider).to_have_value("0")
    expect(slider).to_have_attribute("aria-valuetext", f"0 seconds of {length} seconds")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(slider).not_to_have_value("0")
    page.keyboard.press("Home")
    expect(slider).to_have_value("0")
    slider.fill(str(length - 4))  # the show was on air before the voice was
    page.get_by_role("button", name="Play", exact=True).click()
    sounds(page)


@pytest.mark.console("status of 410")
def test_a_show_that_is_taken_away_is_said_to_be_gone(
    server: LiveServer, listening_browser: Browser
) -> None:
    show = server.new_show("Gone")
    page = listening_browser.new_page()
    page.goto(show["listen_url"])
    expect_says(page, "The host has not said when it begins.")
    server.remote.ask("DELETE", f"/api/shows/{show['show']}")
    expect(page.get_by_role("heading", name="No show here")).to_be_visible(timeout=30_000)
