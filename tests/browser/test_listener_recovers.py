"""What happens to a listener's page when things go wrong; it is never loaded again."""

import time

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.chromium import heard, listener
from tests.browser.pages import expect_says, go_live, press_listen, ready_host
from tests.live_server import LiveServer
from tests.staircase import STEP_S, climb

from vivavoce.testing.decode import decode

pytestmark = pytest.mark.browser


def stays(page: Page) -> None:
    """Mark the page, so that a reload would show."""
    page.evaluate("window.__loaded_once = true")


def stayed(page: Page) -> bool:
    """Whether it is still the page that was marked."""
    return bool(page.evaluate("window.__loaded_once === true"))


def test_before_the_start_the_page_counts_down_and_begins_by_itself(
    server: LiveServer, host_browser: Browser, listening_browser: Browser
) -> None:
    show = server.new_show("Soon", starts_ms=int(time.time() * 1000) + 90_000)  # noqa: TID251  an announcement is made in wall time
    page = listener(listening_browser, show["listen_url"])
    expect(page.get_by_role("timer")).to_be_visible()
    first = page.get_by_role("timer").text_content()
    expect(page.get_by_role("timer")).not_to_have_text(first or "")
    page.get_by_role("button", name="Listen when it begins").click()
    stays(page)
    host = ready_host(host_browser.new_page(), show["host_url"])
    go_live(host)
    expect_says(page, "You are listening live.")
    heard(page)
    page.wait_for_timeout(1_500)
    assert climb(heard(page))
    assert stayed(page)


def test_a_killed_studio_goes_on_with_the_show(
    server: LiveServer, host_browser: Browser, listening_browser: Browser
) -> None:
    show = server.new_show("Killed")
    host = ready_host(host_browser.new_page(), show["host_url"])
    go_live(host)
    page = listener(listening_browser, show["listen_url"])
    press_listen(page)
    stays(page)
    page.wait_for_timeout(5_000)
    server.kill("studio")
    # It may be back before the page has anything to say of it: what counts is the sound.
    expect(host.get_by_text("The studio does not answer.")).to_be_visible(timeout=20_000)
    expect(host.get_by_role("heading", name="The studio does not answer.")).to_be_hidden(
        timeout=20_000
    )
    expect(host.get_by_text("The studio hears you")).to_be_visible(timeout=20_000)
    expect_says(page, "You are listening live.", timeout=20_000)
    heard(page)
    page.wait_for_timeout(4_000)
    assert climb(heard(page)), "after the crash the listener hears the host again"
    assert stayed(page)
    server.end(show["show"])
    replay_keeps_time(show["hls"])


def replay_keeps_time(hls: str) -> None:
    """The replay has both sides of the hole, and the time between them is true.

    The microphone went on while the studio was away: if step k began at t before the crash, then
    step n begins at t + (n - k) * STEP_S after it, or silence was too long or too short.
    """
    steps = climb(decode(hls))
    whole = [step for step in steps if step.length_s > STEP_S - 0.2]
    origins = [step.end_s - (step.number + 1) * STEP_S for step in whole]
    numbers = [step.number for step in whole]
    assert len(whole) >= 3, steps
    assert numbers == sorted(set(numbers)), steps
    # Two connections of one microphone may differ in delay by their playout buffers, no more.
    assert max(origins) - min(origins) < 1.0, steps


def test_a_killed_edge_is_back_before_the_listener_has_to_do_anything(
    server: LiveServer, host_browser: Browser, listening_browser: Browser
) -> None:
    show = server.new_show("Edge")
    host = ready_host(host_browser.new_page(), show["host_url"])
    go_live(host)
    page = listener(listening_browser, show["listen_url"])
    press_listen(page)
    stays(page)
    page.wait_for_timeout(2_000)
    server.kill("edge")
    page.wait_for_timeout(6_000)
    expect_says(page, "You are listening live.", timeout=20_000)
    heard(page)
    page.wait_for_timeout(3_000)
    pcm = heard(page)
    assert climb(pcm)
    assert np.abs(pcm[-48_000:].astype(np.int32)).max() > 1_000
    assert stayed(page)


def test_an_unknown_show_is_a_helpful_404(server: LiveServer, listening_browser: Browser) -> None:
    page = listening_browser.new_page()
    for address in ("/zzzzzzzzzz", "/no-such-page"):
        answer = page.goto(server.said["public_url"] + address)
        assert answer is not None
        assert answer.status == 404
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator("main")).to_contain_text("link")
