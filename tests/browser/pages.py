"""What a host and a listener do on the real pages."""

from playwright.sync_api import Page, expect


def ready_host(page: Page, host_url: str) -> Page:
    """Open the host's page; the microphone is open, unprocessed, and the studio hears it."""
    page.goto(host_url)
    # "Music" takes what would spoil a tone (noise suppression, echo cancelling) out of the way.
    page.get_by_label("Music").check()
    expect(page.get_by_text("Good level.")).to_be_visible(timeout=30_000)
    return page


def go_live(page: Page) -> None:
    page.get_by_role("button", name="Go live", exact=True).click()
    expect(page.get_by_text("Time on air")).to_be_visible(timeout=30_000)


def end_show(page: Page) -> None:
    page.get_by_role("button", name="End show").click()
    page.get_by_role("button", name="End the show").click()
    expect(page.get_by_role("link", name="Hear the replay")).to_be_visible(timeout=30_000)


def press_listen(page: Page) -> None:
    page.get_by_role("button", name="Listen", exact=True).click()
    expect_says(page, "You are listening live.")


def expect_says(page: Page, sentence: str, timeout: float = 30_000) -> None:
    """Wait until the listener's page says ``sentence`` in its one line of state."""
    expect(page.get_by_role("status")).to_contain_text(sentence, timeout=timeout)
