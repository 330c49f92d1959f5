"""What happens to a listener's page when things go wrong; it is never loaded again."""

import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.chromium import hear_until, listener
from tests.browser.pages import expect_says, go_live, press_listen, ready_host
from tests.live_server import LiveServer, live_server
from tests.staircase import STEP_S, Step, climb

from vivavoce.media import Pcm
from vivavoce.testing.decode import decode

pytestmark = pytest.mark.browser


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[LiveServer]:
    """A server of the test's own, to kill parts of."""
    with live_server(tmp_path / "data") as running:
        yield running


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
    hear_until(page, spoken)
    assert stayed(page)


def test_a_killed_studio_goes_on_with_the_show(
    mortal: LiveServer,
    host_browser: Browser,
    listening_browser: Browser,
    record_property: Callable[[str, object], None],
) -> None:
    show = mortal.new_show("Killed")
    host = ready_host(host_browser.new_page(), show["host_url"])
    go_live(host)
    page = listener(listening_browser, show["listen_url"])
    press_listen(page)
    stays(page)
    hear_until(page, whole)
    mortal.kill("studio")
    # It may be back before the page has anything to say of it: what counts is the sound.
    expect(host.get_by_text("The studio does not answer.")).to_be_visible(timeout=30_000)
    expect(host.get_by_role("heading", name="The studio does not answer.")).to_be_hidden(
        timeout=30_000
    )
    expect(host.get_by_text("The studio hears you")).to_be_visible(timeout=30_000)
    expect_says(page, "You are listening live.", timeout=30_000)
    hear_until(page, whole)  # after the crash the listener hears the host again
    assert stayed(page)
    mortal.end(show["show"])
    record_property("time lost over the crash, s", replay_keeps_time(show["hls"]))


def spoken(pcm: Pcm) -> list[Step]:
    """Return the steps of the microphone; the filler's calm tone lies below them all."""
    return [step for step in climb(pcm) if step.number >= 0]


def whole(pcm: Pcm) -> list[Step]:
    """Return the steps of which nothing is missing."""
    return [step for step in spoken(pcm) if step.length_s > STEP_S - 0.2]


def replay_keeps_time(hls: str) -> float:
    """The replay has both sides of the hole, and the time between them is true.

    The microphone went on while the studio was away: if step k began at t before the crash, then
    step n begins at t + (n - k) * STEP_S after it, or silence was too long or too short.
    """
    pcm = decode(hls)
    steps, kept = spoken(pcm), whole(pcm)
    hole = max(pairwise(steps), key=lambda pair: pair[1].start_s - pair[0].end_s)
    assert any(step.end_s <= hole[0].end_s for step in kept), steps
    assert any(step.start_s >= hole[1].start_s for step in kept), steps
    numbers = [step.number for step in kept]
    assert numbers == sorted(set(numbers)), steps
    origins = [step.end_s - (step.number + 1) * STEP_S for step in kept]
    # Two connections of one microphone differ by their playout buffers: 0.1 s as a rule, and at
    # most what such a buffer may hold too much (0.4 s), and what is seen of a step (50 ms an end).
    assert max(origins) - min(origins) < 0.5, steps
    return max(origins) - min(origins)


def test_a_killed_edge_is_back_before_the_listener_has_to_do_anything(
    mortal: LiveServer, host_browser: Browser, listening_browser: Browser
) -> None:
    show = mortal.new_show("Edge")
    host = ready_host(host_browser.new_page(), show["host_url"])
    go_live(host)
    page = listener(listening_browser, show["listen_url"])
    press_listen(page)
    stays(page)
    before = climb(hear_until(page, whole))[-1].number
    mortal.kill("edge")
    # Later steps than the page had in hand: the sound comes from the new edge.
    hear_until(page, lambda pcm: any(step.number > before + 2 for step in whole(pcm)))
    expect_says(page, "You are listening live.", timeout=30_000)
    assert stayed(page)


@pytest.mark.console("status of 404")
def test_an_unknown_show_is_a_helpful_404(server: LiveServer, listening_browser: Browser) -> None:
    page = listening_browser.new_page()
    for address in ("/zzzzzzzzzz", "/no-such-page"):
        answer = page.goto(server.said["public_url"] + address)
        assert answer is not None
        assert answer.status == 404
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator("main")).to_contain_text("link")
