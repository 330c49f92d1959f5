"""A show that was carried away plays from the file system, where nobody knows of us."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from vivavoce.export.carry import carry_out
from vivavoce.export.orders import Kind, Order
from vivavoce.testing import tone
from vivavoce.testing.ended_show import SHOW, EndedShow
from vivavoce.units import SEGMENT_SAMPLES, Samples

pytestmark = pytest.mark.browser

TITLE = "</title><script>document.title = 'Gone'</script>"
CHAPTERS = [{"startTime": 0, "title": "One"}, {"startTime": 20, "title": "<img src=x onerror=x>"}]


def archive(folder: Path) -> Path:
    EndedShow(
        round=tone(440, Samples(2 * SEGMENT_SAMPLES), db=-26),
        rounds=10,
        title=TITLE,
        more={"chapters.json": {"version": "1.2.0", "chapters": CHAPTERS}},
    ).write(folder / "live")
    to = folder / "carried away"
    order = Order(
        kind=Kind.ARCHIVE,
        show=SHOW,
        live=str(folder / "live" / SHOW),
        record=str(folder / "record" / SHOW),
        to=str(to),
    )
    (made,) = carry_out(order, lambda _done, _step: None).files
    return to / made.name


def test_an_archive_plays_by_itself(listening_browser: Browser, tmp_path: Path) -> None:
    page = listening_browser.new_context(offline=True).new_page()
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text))
    page.goto((archive(tmp_path) / "index.html").as_uri())
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    sound = page.locator("audio")
    page.wait_for_function("document.querySelector('audio').duration > 0")
    assert abs(sound.evaluate("audio => audio.duration") - 38.4) < 0.1
    page.get_by_role("button", name="<img src=x").click()
    # It goes on from there: what sounds is decoded, not only found.
    page.wait_for_function("document.querySelector('audio').currentTime > 20.5")
    assert sound.evaluate("audio => [audio.paused, audio.error]") == [False, None]
    assert page.title() == TITLE
    assert page.locator("img").count() == 0
    assert wrong == []
    assert all(url.startswith("file:") for url in asked), asked
