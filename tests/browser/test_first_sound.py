"""The main job, in two browsers: what the host says is what the listener hears, live and after."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.chromium import hear_until, listener, press_to_sound_ms
from tests.browser.pages import end_show, expect_says, go_live, press_listen, ready_host
from tests.live_server import LiveServer
from tests.staircase import STEP_S, climb, unbroken

from vivavoce.testing import gaps, level_db, loud

pytestmark = pytest.mark.browser

# Levels are matched: any voice comes out at -16 LUFS, which for these tones is within 1 dB of -16
# dBFS. The slider stands at 0.9, and loudness goes with its square: -1.8 dB.
HEARD_DB = -16 - 1.8


def test_what_was_said_is_what_is_heard(
    server: LiveServer,
    host_browser: Browser,
    listening_browser: Browser,
    record_property: Callable[[str, object], None],
) -> None:
    show = server.new_show("First sound")
    host = ready_host(host_browser.new_page(), show["host_url"])
    go_live(host)
    page = listener(listening_browser, show["listen_url"])
    expect(page.get_by_role("heading", name="First sound")).to_be_visible()
    press_listen(page)
    expect(host.locator(".air-count")).to_have_text("1", timeout=30_000)
    first = loud(hear_until(page, loud, anew=False))
    assert first is not None
    record_property("from press to sound, ms", round(press_to_sound_ms(page, first.start)))
    whole_take(page)


def whole_take(page: Page) -> None:
    """Listen for four steps: each of them, their level, and no gap."""
    pcm = hear_until(page, lambda pcm: len(climb(pcm)) >= 4)
    steps = climb(pcm)
    assert unbroken(steps), steps
    assert not gaps(pcm)
    assert len(steps) >= 3
    middle = steps[1]
    inside = pcm[int((middle.start_s + 0.3) * 48_000) : int((middle.end_s - 0.3) * 48_000)]
    # Of all frequencies: a page that catches up with live plays a little faster, which blurs one.
    assert level_db(inside) == pytest.approx(HEARD_DB, abs=1.5)


def test_the_same_page_plays_the_whole_show_afterwards(
    server: LiveServer, host_browser: Browser, listening_browser: Browser
) -> None:
    show = server.new_show("Replay")
    host = ready_host(host_browser.new_page(), show["host_url"])
    go_live(host)
    page = listener(listening_browser, show["listen_url"])
    press_listen(page)
    host.wait_for_timeout(7_000)
    end_show(host)
    page.get_by_role("button", name="Play the whole show").click(timeout=30_000)
    expect_says(page, "You are listening to the replay.")
    from_the_start = climb(hear_until(page, lambda pcm: len(pcm) > 3 * 48_000))
    assert unbroken(from_the_start), from_the_start

    page.get_by_label("Position in the show").fill("4")
    page.get_by_text("2\N{MULTIPLICATION SIGN}", exact=True).click()
    page.wait_for_timeout(500)
    faster = climb(hear_until(page, lambda pcm: len(climb(pcm)) >= 2))
    assert faster[0].number >= from_the_start[0].number + 4 / STEP_S - 1
    assert unbroken(faster, speed=2), faster
    # At double speed two steps go by in the time of one, at the same pitch.
    assert len({step.number for step in faster}) >= 2
