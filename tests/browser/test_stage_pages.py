"""The stage on its real pages: who is let in is heard where they should be, and nowhere else."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect
from tests.browser.chromium import (
    FAKE_MICROPHONE,
    chromium,
    emptied,
    hear_until,
    heard,
    listener,
)
from tests.browser.ears import EARS, by_both_ears, longest_gap_s
from tests.browser.pages import go_live, press_listen, ready_host
from tests.live_server import LiveServer
from tests.staircase import write_wav

from vivavoce.media import Pcm
from vivavoce.testing import tone, tone_level_db
from vivavoce.units import SAMPLE_RATE, samples

pytestmark = pytest.mark.browser

HOST_HZ: Final = 440
GUEST_HZ: Final = 700
PATIENT_MS: Final = 30_000

# What the stage sends back to a page: the level (dBFS) of each frequency that is asked for.
# The analyser's window is 340 ms, so a tone's neighbours a few hertz away do not count.
RETURN: Final = """
async (frequencies) => {
  const context = new AudioContext();
  await context.resume();
  const analyser = new AnalyserNode(context, { fftSize: 16384, smoothingTimeConstant: 0 });
  context.createMediaStreamSource(document.querySelector("audio").srcObject).connect(analyser);
  await new Promise((done) => setTimeout(done, 900));
  const levels = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(levels);
  const near = (hz) => Math.round(hz * 16384 / context.sampleRate);
  const found = frequencies.map((hz) => Math.max(...levels.slice(near(hz) - 2, near(hz) + 3)));
  await context.close();
  return found;
}
"""


@contextmanager
def speaking(playwright: Playwright, folder: Path, hz: float) -> Iterator[Browser]:
    """Run a Chromium whose microphone hears a tone for two minutes."""
    voice = write_wav(folder / f"{hz:.0f}.wav", tone(hz, samples(120)))
    with chromium(playwright, microphone=voice) as browser:
        yield browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("voices")


@pytest.fixture(scope="module")
def with_hosts_voice(playwright: Playwright, folder: Path) -> Iterator[Browser]:
    with speaking(playwright, folder, HOST_HZ) as browser:
        yield browser


@pytest.fixture(scope="module")
def with_guests_voice(playwright: Playwright, folder: Path) -> Iterator[Browser]:
    with speaking(playwright, folder, GUEST_HZ) as browser:
        yield browser


@pytest.fixture
def host(with_hosts_voice: Browser) -> Iterator[Browser]:
    with emptied(with_hosts_voice) as browser:
        yield browser


@pytest.fixture
def guest(with_guests_voice: Browser) -> Iterator[Browser]:
    with emptied(with_guests_voice) as browser:
        yield browser


def sees(page: Page, words: str) -> None:
    shown = page.get_by_text(words).and_(page.locator(":not(.unseen)"))
    expect(shown.first).to_be_visible(timeout=PATIENT_MS)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def invite(server: LiveServer, show: Mapping[str, Any], **more: Any) -> str:
    path = f"/api/shows/{show['show']}/invitations"
    url: str = server.remote.ask("POST", path, {"role": "speaker", **more})["url"]
    return url


def enter(browser: Browser, url: str) -> Page:
    """Open an invitation that has a name already: nothing is typed."""
    page = browser.new_context().new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(url)
    sees(page, "The studio hears you")
    page.get_by_label("Music").check()
    sees(page, "The studio hears you")
    return page


def returned(page: Page) -> dict[int, float]:
    """Return how loud the host's and the guest's tone come back to a page, in dBFS."""
    levels = page.evaluate(RETURN, [HOST_HZ, GUEST_HZ])
    return dict(zip((HOST_HZ, GUEST_HZ), levels, strict=True))


def comes_back(page: Page, hz: int) -> dict[int, float]:
    """Return what comes back to a page once the tone does."""
    takes = (returned(page) for _ in range(20))
    return next(take for take in takes if take[hz] > PRESENT_DB)


def on_air(page: Page) -> dict[int, float]:
    """Return how loud the two tones are in what a listener hears, in dBFS."""
    heard(page)
    page.wait_for_timeout(3_000)
    pcm = heard(page)[-48_000:]
    return {hz: near_db(pcm, hz) for hz in (HOST_HZ, GUEST_HZ)}


def comes_to_hear(page: Page, hz: int) -> None:
    """Wait until a listener hears a second of the tone."""
    second = 48_000
    hear_until(page, lambda pcm: len(pcm) > second and near_db(pcm[-second:], hz) > PRESENT_DB)


def is_kept_out(page: Page, hz: int) -> bool:
    """Whether a listener hears nothing of the tone while the host's is heard: not mere silence."""
    takes = (on_air(page) for _ in range(5))
    take = next((take for take in takes if take[HOST_HZ] > PRESENT_DB), None)
    return take is not None and take[hz] < ABSENT_DB


def near_db(pcm: Pcm, hz: float) -> float:
    """Return the loudest level around ``hz``: a page that catches up plays up to 3 % faster."""
    return max(tone_level_db(pcm, hz * (1 + faster / 1000)) for faster in range(-5, 35))


PRESENT_DB: Final = -45
ABSENT_DB: Final = -70


@dataclass(frozen=True)
class Table:
    """A show on air with its host, a guest in the green room and somebody who listens."""

    host: Page
    guest: Page
    listener: Page
    invitation: str


@pytest.fixture
def table(server: LiveServer, host: Browser, guest: Browser, listening_browser: Browser) -> Table:
    show = server.new_show("The long table")
    stage = ready_host(host.new_page(), show["host_url"])
    go_live(stage)
    ear = listener(listening_browser, show["listen_url"])
    press_listen(ear)
    url = invite(server, show, name="Ada")
    return Table(stage, enter(guest, url), ear, url)


def test_not_one_sample_leaves_the_green_room(table: Table) -> None:
    sees(table.guest, "You are in the green room")
    assert is_kept_out(table.listener, GUEST_HZ)
    # Nor does the air come in, unless it is asked for.
    assert returned(table.guest)[HOST_HZ] < ABSENT_DB
    table.guest.get_by_label("Also hear the programme").check()
    comes_back(table.guest, HOST_HZ)


def test_on_air_everybody_hears_everybody_but_themselves(table: Table) -> None:
    press(table.host, "Bring to air Ada")
    sees(table.guest, "You are on air")
    sees(table.listener, "Ada")
    comes_to_hear(table.listener, GUEST_HZ)
    assert comes_back(table.guest, HOST_HZ)[GUEST_HZ] < ABSENT_DB
    comes_back(table.host, GUEST_HZ)
    press(table.host, "To the green room Ada")
    sees(table.guest, "You are in the green room")
    assert is_kept_out(table.listener, GUEST_HZ)


def test_a_mute_by_the_host_holds(table: Table) -> None:
    press(table.host, "Bring to air Ada")
    sees(table.guest, "You are on air")
    press(table.host, "Mute Ada")
    sees(table.guest, "has muted you")
    table.guest.keyboard.press("m")
    expect(table.guest.get_by_role("button", name="Held muted")).to_be_disabled()
    table.guest.reload()
    sees(table.guest, "has muted you")
    assert is_kept_out(table.listener, GUEST_HZ)
    # Who is let unmute stays muted until they say otherwise.
    press(table.host, "Let unmute Ada")
    sees(table.guest, "On air, muted")
    press(table.guest, "Unmute")
    sees(table.guest, "You are on air")


@pytest.mark.console("status of 40[13]")
def test_who_is_removed_stays_out(table: Table) -> None:
    press(table.host, "Bring to air Ada")
    sees(table.guest, "You are on air")
    press(table.host, "More for Ada")
    table.host.get_by_role("button", name="Remove and keep out").click()
    expect(table.host.get_by_role("button", name="Cancel")).to_be_focused()
    press(table.host, "Remove and keep out")
    leave = table.guest.get_by_role("button", name="Leave the stage")
    expect(leave).to_have_count(0, timeout=PATIENT_MS)
    assert is_kept_out(table.listener, GUEST_HZ)
    table.guest.reload()
    sees(table.guest, "Ask the host for a new link")
    again = table.guest.context.new_page()
    again.goto(table.invitation)
    sees(again, "This invitation does not open")


def test_a_reload_and_another_network_leave_a_guest_on_air_without_a_click(
    server: LiveServer, host: Browser, guest: Browser
) -> None:
    show = server.new_show()
    stage = ready_host(host.new_page(), show["host_url"])
    go_live(stage)
    ada = enter(guest, invite(server, show, name="Ada", standing="air"))
    sees(ada, "You are on air")
    ada.reload()  # how soon the guest is back, ``bench mend`` measures
    sees(ada, "The studio hears you")
    sees(ada, "You are on air")
    # The same seat: no ghost twin.
    expect(stage.locator(".person").filter(has_text="Ada")).to_have_count(1)

    ada.get_by_label("Music").check()
    ada.context.set_offline(True)
    ada.context.set_offline(False)
    # A connection of another network is made in a frame, which knows its addresses at once.
    expect(ada.locator("iframe")).to_be_attached()
    sees(ada, "The studio hears you")
    sees(ada, "You are on air")
    comes_back(stage, GUEST_HZ)
    expect(stage.locator(".person").filter(has_text="Ada")).to_have_count(1)


@pytest.mark.console("status of 422")
def test_an_invitation_without_a_name_asks_for_nothing_else(
    server: LiveServer, guest: Browser
) -> None:
    page = guest.new_page()
    page.goto(invite(server, server.new_show("Tea")))
    expect(page.get_by_label("Your name")).to_be_focused()
    page.keyboard.type("Ada")
    page.keyboard.press("Enter")
    sees(page, "You are in the green room")
    sees(page, "Ada (you)")
    assert "#" not in page.url


def test_a_guest_without_a_microphone_hears_the_stage(
    server: LiveServer, host: Browser, playwright: Playwright
) -> None:
    show = server.new_show()
    ready_host(host.new_page(), show["host_url"])
    with chromium(playwright, FAKE_MICROPHONE[0]) as browser:  # allowed, and none is there
        page = browser.new_page()
        page.goto(invite(server, show, name="Bo"))
        sees(page, "No microphone was found")
        sees(page, "You hear the stage meanwhile. Nobody hears you.")
        press(page, "Try again")  # a browser lets no page sound before a press
        sees(page, "You hear the stage meanwhile.")
        assert any(returned(page)[HOST_HZ] > PRESENT_DB for _ in range(5))


def test_a_raised_hand_is_accepted_and_heard_without_a_gap(
    server: LiveServer, host: Browser, guest: Browser, listening_browser: Browser
) -> None:
    show = server.new_show()
    stage = ready_host(host.new_page(), show["host_url"])
    go_live(stage)
    ear = listener(listening_browser, show["listen_url"])
    press_listen(ear)
    rosa = guest.new_page()
    rosa.add_init_script(EARS)
    rosa.goto(show["listen_url"])
    press_listen(rosa)
    before_s = len(by_both_ears(rosa, longer_than_s=1)) / SAMPLE_RATE

    press(rosa, "Ask to speak")
    rosa.get_by_label("Your name").fill("Rosa")
    rosa.get_by_label("What about").fill("My roof")
    press(rosa, "Raise my hand")
    sees(rosa, "You are next.")
    sees(stage, "My roof")
    press(stage, "Straight on air Rosa")
    sees(rosa, "It is your turn")
    press(rosa, "Go on stage")
    sees(rosa, "You are on air")
    sees(rosa, "The studio hears you")
    rosa.get_by_label("Music").check()
    comes_to_hear(ear, GUEST_HZ)
    assert rosa.evaluate("__ears.paused()")
    assert rosa.evaluate("__ears.staged") >= 1
    onstage = by_both_ears(rosa, longer_than_s=before_s + 2)
    assert near_db(onstage[-SAMPLE_RATE:], HOST_HZ) > PRESENT_DB
    assert longest_gap_s(onstage) < 1

    press(rosa, "Leave the stage")
    press(rosa, "Leave")
    sees(rosa, "You are listening live.")
    expect(stage.locator(".person").filter(has_text="Rosa")).to_have_count(0, timeout=PATIENT_MS)
    back = by_both_ears(rosa, longer_than_s=len(onstage) / SAMPLE_RATE + 2)
    assert near_db(back[-SAMPLE_RATE:], HOST_HZ) > PRESENT_DB
    assert longest_gap_s(back) < 1


def test_a_hand_that_is_lowered_leaves_the_queue(
    server: LiveServer, host: Browser, listening_browser: Browser
) -> None:
    show = server.new_show()
    stage = ready_host(host.new_page(), show["host_url"])
    go_live(stage)
    rosa = listening_browser.new_page()
    rosa.goto(show["listen_url"])
    press(rosa, "Ask to speak")
    rosa.get_by_label("Your name").fill("Rosa")
    press(rosa, "Raise my hand")
    sees(stage, "A listener asks to speak")
    press(rosa, "Lower my hand")
    expect(stage.get_by_text("A listener asks to speak")).to_have_count(0, timeout=PATIENT_MS)
    expect(rosa.get_by_role("button", name="Ask to speak")).to_be_visible()


def test_push_to_talk_is_heard_while_the_key_is_down(server: LiveServer, guest: Browser) -> None:
    show = server.new_show()
    ada = enter(guest, invite(server, show, name="Ada"))
    sees(ada, "Those here hear each other")
    ada.keyboard.press("m")
    sees(ada, "Muted.")
    ada.locator("body").click(position={"x": 2, "y": 2})
    ada.keyboard.down(" ")
    expect(ada.get_by_text("Muted.")).to_have_count(0)
    ada.keyboard.up(" ")
    sees(ada, "Muted.")
