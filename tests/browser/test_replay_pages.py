"""What is left of a show, on the pages: replay, clips, the small player, the host's record page.

Each segment of the recorded show is a tone of its own, so what is heard says which second it is.
"""

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import msgspec
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Response, expect
from tests.browser.chromium import hear_until, heard, listener, press_to_sound_ms
from tests.browser.pages import expect_says, give_a_cover
from tests.live_server import LiveServer, live_server
from tests.recorded import entered, written
from tests.staircase import LOWEST_HZ, RISE_HZ, Step, climb

from vivavoce.media import SILENCE, Pcm
from vivavoce.testing import loud, tone
from vivavoce.testing.decode import decode
from vivavoce.testing.ended_show import EndedShow
from vivavoce.units import SEGMENT_SAMPLES, Samples

pytestmark = pytest.mark.browser

SEGMENT_S = 1.92
TALK, CUT, OFF_THE_RECORD = "0000000000", "0000000001", "0000000002"
LENGTH_S = 57.6


def steps(count: int, *silent: int) -> Pcm:
    """Segment after segment, each of the tone of its number, or silent."""
    length = Samples(SEGMENT_SAMPLES)
    sounds = [
        np.zeros_like(SILENCE, shape=length)
        if n in silent
        else tone(LOWEST_HZ + RISE_HZ * n, length)
        for n in range(count)
    ]
    return np.concatenate(sounds)


@pytest.fixture(scope="module")
def file_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server that finds three shows: a talk, one to be cut, one that was not recorded."""
    data = tmp_path_factory.mktemp("server") / "data"
    talk = EndedShow(
        round=steps(30, 0, 1, 2, 14, 15, 16),
        rounds=1,
        title="Tides",
        speakers=("Vera", "Bruno"),
        spans=[(0, 5_760, 15_360), (1, 15_360, 26_880), (0, 32_640, 44_160), (1, 44_160, 57_600)],
        quiet=[(0, 5_760), (26_880, 32_640)],
        starts_ms=5_760,
    )
    card = written(data, TALK, talk)
    written(data, CUT, EndedShow(round=steps(10), rounds=1, title="Slips"))
    entered(data, msgspec.structs.replace(card, show=OFF_THE_RECORD, recorded=False))
    with live_server(data) as running:
        yield running


@pytest.fixture(scope="module")
def host_url(file_server: LiveServer) -> str:
    made = file_server.remote.ask("POST", f"/api/shows/{TALK}/keys")
    return str(made["host_url"])


def address(server: LiveServer, show: str = TALK, more: str = "") -> str:
    return f"{server.said['public_url']}/{show}{more}"


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()
    expect_says(page, "You are listening to the replay.")


def plays(page: Page, *segments: int) -> list[Step]:
    """Wait until one of these is heard; return all that was since the first press."""
    wanted = set(segments)
    pcm = hear_until(page, lambda pcm: {s.number for s in climb(pcm)} & wanted, anew=False)
    return climb(pcm)


def after(heard: list[Step], number: int) -> list[Step]:
    """Return what was heard from the last time on that this segment was."""
    places = [place for place, step in enumerate(heard) if step.number == number]
    return heard[places[-1] :] if places else []


def position(page: Page) -> Any:
    return page.get_by_role("slider", name="Position in the show")


def test_a_press_plays_the_files_as_they_are_and_dead_air_only_on_wish(
    file_server: LiveServer, listening_browser: Browser
) -> None:
    page = listener(listening_browser, "about:blank")
    answers: list[Response] = []
    page.on("response", lambda got: answers.append(got) if got.url.endswith(".m4s") else None)
    page.goto(address(file_server))
    expect(page.get_by_text("Nobody speaks in the first 5 seconds")).to_be_visible()
    press(page, "Play the whole show")
    pcm = hear_until(page, lambda pcm: len(climb(pcm)) >= 2, anew=False)
    assert [step.number for step in climb(pcm)][:2] == [3, 4]
    for answer in answers[:2]:
        file = file_server.data / "live" / TALK / "opus" / answer.url.rpartition("/")[2]
        assert answer.body() == file.read_bytes()

    page = listener(listening_browser, address(file_server))
    page.get_by_role("button", name="Play it too").click()
    expect_says(page, "You are listening to the replay.")
    assert loud(hear_until(page, lambda pcm: len(pcm) > 24_000, anew=False)[:24_000]) is None
    expect(position(page)).not_to_have_value("0")


def test_one_seeks_by_hand_by_key_by_speaker_and_over_silence(
    file_server: LiveServer, listening_browser: Browser
) -> None:
    page = listener(listening_browser, address(file_server))
    press(page, "Play the whole show")
    slider = position(page)
    box = slider.bounding_box()
    slider.click(position={"x": box["width"] * 0.7, "y": box["height"] / 2})  # 40.3 s
    plays(page, 20, 21, 22)
    page.locator("h1").click()  # what has the focus may want the keys for itself
    page.keyboard.press("Space")
    expect_says(page, "The replay is paused.")
    slider.fill("10")
    page.locator("h1").click()
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_value("25")
    page.keyboard.press("p")
    expect(slider).to_have_value("15")  # where Bruno began
    page.get_by_role("button", name="Next speaker").click()
    expect(slider).to_have_value("33")  # where Vera goes on
    page.get_by_label("1.5 times").check(force=True)
    page.locator("h1").click()
    page.keyboard.press("Space")
    pcm = hear_until(page, lambda pcm: len(after(climb(pcm), 17)) >= 3, anew=False)
    fast = after(climb(pcm), 17)
    # As high as before, and shorter: the last of them was not heard whole.
    assert [step.number for step in fast][:3] == [17, 18, 19]
    assert abs(fast[1].length_s - SEGMENT_S / 1.5) < 0.25
    page.get_by_label("1 times").check(force=True)
    page.get_by_label("Skip silence").check(force=True)
    slider.fill("26")
    pcm = hear_until(page, lambda pcm: len(after(climb(pcm), 13)) >= 2, anew=False)
    before, behind = after(climb(pcm), 13)[:2]
    assert behind.number == 17
    assert behind.start_s - before.end_s < 3  # of 5.76


def test_a_host_makes_chapters_afterwards_and_listeners_go_by_them(
    file_server: LiveServer, host_url: str, listening_browser: Browser
) -> None:
    host = listening_browser.new_page()
    host.goto(host_url)
    host.get_by_role("button", name="Add a chapter").click()
    host.get_by_label("Chapter 1 begins at").fill("0:40")
    host.get_by_label("Title of chapter 1").fill("The <b>flood</b>")
    host.get_by_role("button", name="Save the chapters").click()
    expect(host.get_by_role("button", name="Save the chapters")).to_be_hidden()
    page = listener(listening_browser, address(file_server))
    page.get_by_role("button", name="0:40 The <b>flood</b>").click()
    expect_says(page, "You are listening to the replay.")
    plays(page, 20, 21)
    expect(page.locator("[aria-current=true]")).to_contain_text("The <b>flood</b>")


def test_a_link_plays_from_its_moment_and_a_range_to_its_end(
    file_server: LiveServer, listening_browser: Browser
) -> None:
    page = listener(listening_browser, address(file_server, more="?t=0:00:35"))
    press(page, "Play from 0:35")
    pcm = hear_until(page, climb, anew=False)
    assert climb(pcm)[0].number == 18
    first = loud(pcm)
    assert first is not None
    begun = page.evaluate("__heard.pressed") + press_to_sound_ms(page, first.start)
    asked = page.evaluate(
        "performance.getEntriesByType('resource').map(({ name, startTime }) => [name, startTime])"
    )
    early = [url for url, at in asked if url.endswith((".m4s", ".mp4", ".m3u8")) and at < begun]
    assert 1 <= len(early) <= 2
    page = listener(listening_browser, address(file_server, more="?t=36,38.5"))
    page.get_by_role("button", name="Play 0:36 to 0:38").click()
    expect_says(page, "The replay is paused.")
    assert {step.number for step in climb(heard(page))} <= {18, 19, 20}
    assert 37 <= int(position(page).input_value()) <= 40
    page = listener(listening_browser, address(file_server, more="?t=5:00:00"))
    expect(page.get_by_text("This link points to 5:00:00")).to_be_visible()


# What a page's own element plays, where no graph is.
ELEMENT = """
(() => {
  const Kind = window.Audio;
  window.Audio = function () { return (window.__audio = new Kind()); };
})();
"""
RECORD = """
async () => {
  const chunks = [];
  const of = __audio.captureStream();
  const recorder = new MediaRecorder(of, { mimeType: "audio/webm;codecs=pcm" });
  recorder.ondataavailable = ({ data }) => chunks.push(data);
  const stopped = new Promise((done) => { recorder.onstop = done; });
  recorder.start();
  await new Promise((done) => setTimeout(done, 1500));
  recorder.stop();
  await stopped;
  const bytes = new Uint8Array(await new Blob(chunks).arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
"""


@pytest.mark.console("status of 410")
def test_a_clip_is_made_heard_put_into_its_context_and_withdrawn(
    file_server: LiveServer, host_url: str, listening_browser: Browser
) -> None:
    page = listener(listening_browser, address(file_server))
    page.add_init_script(ELEMENT)
    page.get_by_role("button", name="Make a clip…").press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Begins", exact=True)).to_be_focused()
    for name, time in (("Begins", "36"), ("Ends", "0:39")):
        page.get_by_label(name, exact=True).fill(time)
        page.get_by_label(name, exact=True).press("Tab")
    expect(page.get_by_text("A clip is at least 5 seconds long.")).to_be_visible()
    page.get_by_label("Ends", exact=True).fill("0:46")
    page.get_by_label("Ends", exact=True).press("Tab")
    page.get_by_role("link", name="Get the clip").click()
    page.wait_for_url("**/clip/36000-46000")
    clip = page.url
    page.get_by_role("button", name="Play the clip").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    numbers = {step.number for step in climb(decode(base64.b64decode(page.evaluate(RECORD))))}
    assert numbers
    assert numbers <= set(range(18, 25))
    for name in ("M4A", "Opus"):
        file = page.request.get(linked(page, name)).body()
        assert [step.number for step in climb(decode(file))] == list(range(18, 24))
    assert page.request.get(linked(page, "Picture")).body().startswith(b"\x89PNG")
    page.get_by_role("link", name="Hear it in context").click()
    press(page, "Play from 0:21")
    assert plays(page, 10, 11)[0].number in (10, 11)

    host = listening_browser.new_page()
    host.goto(host_url)
    host.get_by_label("Withdraw a clip").fill(clip)
    host.get_by_role("button", name="Withdraw", exact=True).click()
    expect(host.get_by_text("0:36\u20130:46")).to_be_visible()
    answer = page.goto(clip)
    assert answer is not None
    assert answer.status == 410
    expect(page.get_by_text("The host has withdrawn this clip.")).to_be_visible()
    page.get_by_role("link", name="To the show").click()
    expect(page.get_by_role("heading", name="Tides")).to_be_visible()


def linked(page: Page, name: str) -> str:
    href = page.get_by_role("link", name=name, exact=True).get_attribute("href")
    return page.evaluate("(href) => new URL(href, location.href).href", href)  # type: ignore[no-any-return]


def test_the_small_player_sounds_in_a_page_of_another_origin(
    file_server: LiveServer, listening_browser: Browser
) -> None:
    page = listener(listening_browser, address(file_server))
    told = page.locator('link[type="application/json+oembed"]').get_attribute("href")
    assert told is not None
    known = json.loads(page.request.get(told).body())
    assert known["type"] == "rich"
    body = f"<!doctype html><title>Elsewhere</title><h1>A blog</h1>{known['html']}"
    with elsewhere(body) as blog:
        page.goto(blog)
        frame = page.frames[1]
        frame.get_by_role("button", name="Play the whole show").click()
        expect(frame.get_by_role("button", name="Pause")).to_be_visible()
        plays(frame, 3, 4, 5)  # type: ignore[arg-type]
        expect(frame.get_by_role("link", name="Tides")).to_have_attribute("target", "_blank")


@contextmanager
def elsewhere(body: str) -> Iterator[str]:
    """Serve one page at an origin of its own, on this machine: from afar no browser looks here."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_about: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def test_what_is_taken_down_is_silent_and_said_to_be_even_where_it_lay_ready(
    file_server: LiveServer, listening_browser: Browser
) -> None:
    page = listener(listening_browser, "about:blank")
    with page.expect_response("**/opus/00000004.m4s"):
        page.goto(address(file_server, CUT, "?t=0:08"))
    body = {"from_ms": 7_680, "to_ms": 11_520}
    file_server.remote.ask("POST", f"/api/shows/{CUT}/takedowns", body)
    expect(page.get_by_text("The host has removed 4 seconds at 0:07")).to_be_visible()
    press(page, "Play from 0:08")
    after = plays(page, 6)
    assert [step.number for step in after] == [6]


def test_the_owner_sees_what_each_show_takes_and_what_was_not_recorded(
    file_server: LiveServer, listening_browser: Browser
) -> None:
    page = listening_browser.new_page()
    page.goto(file_server.remote.ask("POST", "/api/link")["owner_url"])
    told = file_server.remote.ask("GET", "/api/storage")
    taken = {one["show"]: one["bytes"]["total"] for one in told["shows"]}
    talk = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Tides"))
    expect(talk.filter(has_text="Recording")).to_contain_text(f"{round(taken[TALK] / 1000)} kB")
    expect(
        page.get_by_text(re.compile(r"together take \d.* [kM]B of .*; \d.* are free"))
    ).to_be_visible()
    expect(page.get_by_text("Not recorded")).to_have_count(1)


@pytest.mark.console("status of 4")
def test_the_owner_makes_a_series_and_puts_a_show_into_its_podcast(
    file_server: LiveServer, listening_browser: Browser
) -> None:
    page = listening_browser.new_page()
    page.goto(file_server.remote.ask("POST", "/api/link")["owner_url"])
    page.get_by_role("button", name="New series…").click()
    page.get_by_label("Title").fill("Coasts")
    page.get_by_label("Category").fill("Nothing of Apple's")
    page.get_by_role("button", name="Make the podcast").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Category").fill("Science: Nature")
    page.get_by_role("button", name="Make the podcast").click()
    expect(page.get_by_role("heading", name="Coasts")).to_be_visible()
    feed = page.get_by_label("Feed of this series").input_value()
    give_a_cover(page, "Coasts")
    page.get_by_role("button", name="Edit “Slips”").click()
    page.get_by_label("Series", exact=True).select_option("Coasts")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Edit “Slips”")).to_be_visible()
    (series,) = file_server.remote.ask("GET", "/api/series")
    assert series["feed_url"] == feed
    assert file_server.remote.ask("GET", f"/api/shows/{CUT}")["series"] == series["series"]


@pytest.mark.console("status of 410")
def test_a_show_that_nobody_recorded_and_one_that_was_deleted_say_so(
    file_server: LiveServer, listening_browser: Browser
) -> None:
    page = listening_browser.new_page()
    page.goto(address(file_server, OFF_THE_RECORD))
    expect_says(page, "It was not recorded, so there is nothing to hear of it.")
    expect(page.get_by_role("button", name="Play")).to_have_count(0)
    page.goto(address(file_server, OFF_THE_RECORD, "/embed"))
    expect(page.get_by_text("This show was not recorded.")).to_be_visible()
    file_server.remote.ask("DELETE", f"/api/shows/{OFF_THE_RECORD}")
    answer = page.goto(address(file_server, OFF_THE_RECORD))
    assert answer is not None
    assert answer.status == 410
    expect(page.get_by_role("heading", name="This show was deleted")).to_be_visible()
