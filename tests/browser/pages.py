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


def give_a_cover(page: Page, title: str) -> None:
    """On the owner's page: what is no picture, one that is, and none again."""
    choose = page.get_by_label(f"Choose a picture… of “{title}”")
    cover = page.get_by_role("img", name=f"Cover of “{title}”")
    choose.set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": b"no picture at all"}
    )
    expect(page.get_by_role("alert")).to_contain_text("Send a JPEG, PNG or WebP file.")
    expect(cover).to_have_count(0)
    drawn = page.screenshot()  # a picture like any other
    choose.set_input_files({"name": "b.png", "mimeType": "image/png", "buffer": drawn})
    expect(cover).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    page.wait_for_function("document.querySelector('.cover-picture').naturalWidth >= 1400")
    page.get_by_role("button", name=f"Remove the picture of “{title}”").click()
    expect(cover).to_have_count(0)
