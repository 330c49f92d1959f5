"""The owner's and the host's pages, on good and bad days: a real browser on a real server."""

import re

import pytest
from playwright.sync_api import Browser, Page, Playwright, WebSocketRoute, expect
from tests.browser.chromium import FAKE_MICROPHONE, chromium
from tests.live_server import LiveServer

pytestmark = pytest.mark.browser

# Far beyond what a slow machine needs for the longest of these: a studio that starts again.
PATIENT_MS = 30_000


def sees(page: Page, words: str, within_ms: int = PATIENT_MS) -> None:
    """Wait until the page says so, to the eye and not only to a screen reader."""
    shown = page.get_by_text(words).and_(page.locator(":not(.unseen)"))
    expect(shown.first).to_be_visible(timeout=within_ms)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def on_air(browser: Browser, server: LiveServer) -> tuple[Page, str]:
    """Open a new show's page as its host and go live; return the page and its address."""
    show = server.new_show("The long table")
    page = browser.new_context().new_page()
    page.goto(show["host_url"])
    sees(page, "The studio hears you")
    press(page, "Go live")
    sees(page, "You are on air")
    return page, page.url


@pytest.mark.console("status of 40[13]")
def test_the_owners_link_opens_once_and_leaves_the_address(
    server: LiveServer, listening_browser: Browser
) -> None:
    link = server.remote.ask("POST", "/api/link")["owner_url"]
    page = listening_browser.new_context().new_page()
    page.goto(link)
    page.get_by_role("button", name="New show").or_(page.get_by_label("Title")).first.wait_for()
    assert "#" not in page.url

    stranger = listening_browser.new_context().new_page()
    stranger.goto(link)
    sees(stranger, "This link does not open")
    sees(stranger, "vivavoce link")


def test_an_owner_makes_a_show_and_gets_its_links(
    server: LiveServer, listening_browser: Browser
) -> None:
    page = listening_browser.new_context().new_page()
    page.goto(server.remote.ask("POST", "/api/link")["owner_url"])
    new = page.get_by_role("button", name="New show")
    new.or_(page.get_by_label("Title")).first.wait_for()
    if new.is_visible():
        new.click()
    press(page, "Make the show")
    sees(page, "Give the show a title.")
    page.get_by_label("Title").fill("Rent, roofs and who decides")
    press(page, "Make the show")
    sees(page, "is made")
    listen = page.get_by_label("Listen link").first.input_value()
    host = page.get_by_label("Host link").first.input_value()
    assert re.fullmatch(rf"{server.said['public_url']}/[0-9a-z]{{10}}", listen)
    assert host.startswith(f"{server.said['studio_url']}/studio/{listen[-10:]}#key=")


def test_a_host_goes_live_and_ends(server: LiveServer, host_browser: Browser) -> None:
    page, _ = on_air(host_browser, server)
    sees(page, "players connected at this moment")
    press(page, "End show")
    sees(page, "End the show for everybody?")
    expect(page.get_by_role("button", name="Keep talking")).to_be_focused()
    press(page, "End the show")
    sees(page, "The show is over")
    sees(page, "Hear the replay")
    # And carries it away.
    page.get_by_label("File", exact=True).select_option("opus")
    press(page, "Make it")
    link = page.get_by_role("link", name="-The-long-table.opus")
    expect(link).to_be_visible(timeout=PATIENT_MS)
    with page.expect_download() as fetched:
        link.click()
    assert fetched.value.path().read_bytes().startswith(b"OggS")


def test_muted_stays_muted_over_a_reload(server: LiveServer, host_browser: Browser) -> None:
    page, _ = on_air(host_browser, server)
    page.on("dialog", lambda dialog: dialog.accept())
    page.keyboard.press("m")
    sees(page, "On air, muted")
    expect(page.get_by_role("button", name="Unmute")).to_be_enabled()
    page.reload()
    sees(page, "On air, muted")
    press(page, "Unmute")
    sees(page, "You are on air")


def test_two_windows_hand_the_microphone_over(server: LiveServer, host_browser: Browser) -> None:
    first, address = on_air(host_browser, server)
    second = first.context.new_page()
    second.goto(address)
    sees(second, "Another window is on the microphone")
    press(second, "Use this microphone instead")
    sees(second, "You are on air")
    sees(first, "Another window took the microphone")
    press(first, "Use this microphone instead")
    sees(first, "You are on air")
    sees(second, "Another window took the microphone")


def test_a_killed_studio_gets_its_show_back_without_a_click(
    server: LiveServer, host_browser: Browser
) -> None:
    page, _ = on_air(host_browser, server)
    server.kill("studio")
    sees(page, "The studio does not answer")
    sees(page, "You are on air")
    sees(page, "The studio hears you")


def test_a_show_that_was_started_elsewhere_still_asks_for_a_microphone(
    server: LiveServer, listening_browser: Browser
) -> None:
    show = server.new_show()
    server.start(show["show"])
    page = listening_browser.new_context().new_page()
    page.goto(show["host_url"])
    sees(page, "On air, without you")
    expect(page.get_by_role("button", name="Choose your microphone")).to_be_enabled()


def test_without_any_microphone_the_page_says_what_to_do(
    server: LiveServer, playwright: Playwright
) -> None:
    # Allowed beforehand, so the page looks for one by itself.
    with chromium(playwright, FAKE_MICROPHONE[0]) as browser:
        page = browser.new_page()
        page.goto(server.new_show()["host_url"])
        sees(page, "No microphone was found")
        expect(page.get_by_role("button", name="Try again")).to_be_visible()


def test_a_refused_microphone_can_be_asked_for_again(
    server: LiveServer, playwright: Playwright
) -> None:
    with chromium(playwright, FAKE_MICROPHONE[1], "--deny-permission-prompts") as browser:
        page = browser.new_page()
        page.goto(server.new_show()["host_url"])
        press(page, "Choose your microphone")
        sees(page, "may not use your microphone")
        expect(page.get_by_role("button", name="Try again")).to_be_visible()


@pytest.mark.console("Cross-Origin-Opener-Policy")
def test_without_https_the_page_says_why_and_how(
    server: LiveServer, playwright: Playwright
) -> None:
    away = "--host-resolver-rules=MAP studio.example 127.0.0.1"
    url = server.new_show()["host_url"].replace("localhost", "studio.example")
    with chromium(playwright, away) as browser:
        page = browser.new_page()
        page.goto(url)
        sees(page, "Your browser gives no microphone to this address")
        port = server.said["studio_url"].rpartition(":")[2]
        command = page.get_by_label("Command").input_value()
        assert command == f"ssh -L {port}:localhost:{port} studio.example"


def blackhole(socket: WebSocketRoute) -> None:
    """Stand where a firewall stands: whatever address either end names, nothing comes from it."""
    server = socket.connect_to_server()
    # RFC 5737: 192.0.2.0/24 is nobody's. Lines of SDP end in an escaped CR LF inside JSON.
    candidate = re.compile(r"(a=candidate:\S+ \d udp \d+ )\S+", re.IGNORECASE)

    def lost(message: str | bytes) -> str:
        return candidate.sub(r"\g<1>192.0.2.1", str(message))

    socket.on_message(lambda message: server.send(lost(message)))
    server.on_message(lambda message: socket.send(lost(message)))


def test_blocked_udp_is_said_within_ten_seconds(server: LiveServer, host_browser: Browser) -> None:
    page = host_browser.new_page()
    page.route_web_socket(re.compile("/stage"), blackhole)
    page.goto(server.new_show()["host_url"])
    sees(page, "Connecting your microphone")
    sees(page, "Your sound does not get through to the studio", within_ms=10_000)
    sees(page, "UDP")
