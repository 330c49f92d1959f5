"""A podcast from one end to the other: announced, live, an episode without a click, and gone."""

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.live_server import LiveServer, live_server

from vivavoce.testing import feed_rules
from vivavoce.testing.decode import decode

PODCAST = "{https://podcastindex.org/namespace/1.0}"
TITLE = "Rent & <roofs>"


def test_an_app_shows_the_live_show_and_later_the_episode(tmp_path: Path) -> None:
    with live_server(tmp_path / "data") as server:
        assert get(server, "/feed.xml")[0] == 404, "no show is listed before the owner wants it"
        server.remote.ask("PUT", "/api/series/all", {"title": "Everything", "author": "A & B"})
        made = server.remote.ask("POST", "/api/series", {"title": "The long table"})
        show = server.new_show(TITLE, starts_ms=1_900_000_000_000)["show"]
        server.remote.ask("PATCH", f"/api/shows/{show}", {"series": made["series"]})
        feeds = ("/feed.xml", f"/series/{made['series']}.xml")

        for feed in feeds:
            until(server, feed, lambda channel: status(channel) == "pending")
        server.start(show)
        live = until(server, feeds[0], lambda channel: status(channel) == "live")
        assert tuned(live.find(f"{PODCAST}liveItem/enclosure"))
        server.end(show)
        for feed in feeds:
            channel = until(server, feed, lambda found: found.find("item/enclosure") is not None)
            assert channel.findtext("item/title") == TITLE
            check_sound(server, channel, tmp_path)

        server.remote.ask("DELETE", f"/api/shows/{show}")
        for feed in feeds:
            until(server, feed, lambda channel: channel.find("item") is None)
        server.remote.ask("DELETE", f"/api/series/{made['series']}")
        assert server.remote.ask("GET", "/api/series")[0]["series"] == "all"


def check_sound(server: LiveServer, channel: ET.Element, folder: Path) -> None:
    """Fetch what an app would fetch."""
    enclosure = channel.find("item/enclosure")
    assert enclosure is not None
    path = "/" + enclosure.attrib["url"].split("/", 3)[3]
    status, whole = get(server, path)
    assert (status, len(whole)) == (200, int(enclosure.attrib["length"]))
    assert get(server, path, "bytes=100-1099") == (206, whole[100:1_100])
    assert get(server, path, "bytes=-10") == (206, whole[-10:])
    (folder / "episode.mp3").write_bytes(whole)
    seconds = len(decode(folder / "episode.mp3")) / 48_000
    assert abs(seconds - int(channel.findtext("item/{*}duration") or 0)) < 1
    for source in channel.iterfind(f"item/{PODCAST}alternateEnclosure/{PODCAST}source"):
        assert get(server, "/" + source.attrib["uri"].split("/", 3)[3])[0] == 200
    image = channel.find("item/{*}image")
    assert image is not None
    assert get(server, "/" + image.attrib["href"].split("/", 3)[3])[1].startswith(b"\x89PNG")


def get(server: LiveServer, path: str, span: str | None = None) -> tuple[int, bytes]:
    headers = {} if span is None else {"Range": span}
    request = urllib.request.Request(server.said["public_url"] + path, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def until(server: LiveServer, feed: str, good: Callable[[ET.Element], bool]) -> ET.Element:
    """Wait until a feed is as it should be; whatever it says, it keeps the rules."""
    deadline = time.monotonic() + 60
    while True:
        status, text = get(server, feed)
        if status == 200:
            assert feed_rules.broken(text) == []
            channel = ET.fromstring(text)[0]
            if good(channel):
                return channel
        assert time.monotonic() < deadline, text
        threading.Event().wait(0.1)


def status(channel: ET.Element) -> str | None:
    item = channel.find(f"{PODCAST}liveItem")
    return None if item is None else item.get("status")


def tuned(enclosure: ET.Element | None) -> bool:
    """Return whether sound comes from where a live show is to be heard."""
    assert enclosure is not None
    with urllib.request.urlopen(enclosure.attrib["url"], timeout=30) as stream:
        return stream.headers["Content-Type"] == "audio/mpeg" and len(stream.read(2_000)) == 2_000
