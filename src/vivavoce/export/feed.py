"""The podcast feed: RSS 2.0 with Apple's tags and those of Podcasting 2.0. Pure.

``testing/feed_rules.py`` holds it to the rules, each with its source.
"""

import bisect
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from typing import Final

from vivavoce.card import ShowCard, State
from vivavoce.export.chapters import Chapter
from vivavoce.export.markup import Element
from vivavoce.export.names import one_line, xml_text

ALL: Final = "all"
"""The series that every show is in: the feed of the installation."""

# The Podcasting 2.0 namespace's own, for UUIDv5 of a feed's address (tag podcast:guid).
_GUIDS: Final = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
_NAMESPACES: Final = {
    "xmlns:atom": "http://www.w3.org/2005/Atom",
    "xmlns:itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "xmlns:podcast": "https://podcastindex.org/namespace/1.0",
}
# As this module writes them.
_GUID: Final = re.compile(rb"<podcast:guid>([0-9a-f-]{36})</podcast:guid>")
_HOME: Final = re.compile(rb'<atom:link href="https?://([A-Za-z0-9.-]+)[:/"]')
_MOST: Final = 300
"""Episodes in a feed; Apple shows as many."""
# Players play a soundbite as a taste: 15 s to 120 s (podcast:soundbite).
_BITE_S: Final = (15, 60)
_BITES: Final = 3
# Bytes of a description that Apple takes.
_DESCRIPTION: Final = 4_000
_HLS: Final = "application/x-mpegURL"
_OPUS: Final = "audio/ogg"
# Roles of seats in the words of the Podcast Taxonomy's group "Cast".
_GUEST: Final = "guest"
_RANK: Final = ("host", "co-host", _GUEST)
_ROLES: Final = {"host": "host", "cohost": "co-host", "speaker": _GUEST}
_LIVE: Final = {State.PLANNED: "pending", State.LIVE: "live", State.ENDED: "ended"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What a feed is about."""

    series: str
    title: str
    description: str
    author: str
    language: str
    category: str
    explicit: bool
    image: str
    """Name of the cover's file in ``live/series``."""
    guid: str = ""
    """The number that it got once, for life; empty: one is made of its address."""


@dataclass(frozen=True, slots=True)
class Episode:
    """The files of a show that has ended, as they lie beside its sound."""

    bytes: int
    opus_bytes: int
    length_ms: int
    chapters: Sequence[Chapter] = ()
    cover: bool = False
    """Whether there is a picture of its own."""
    withdrawn: Sequence[tuple[int, int]] = ()
    """Clips that nobody is to have: no taste of the episode is taken there; ms of it."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who was heard."""

    name: str
    role: str = ""
    """That of the seat, if it is known."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One show in a feed; without an episode, if it is announced, live, or just over."""

    card: ShowCard
    people: Sequence[Person] = ()
    episode: Episode | None = None


def address(base: str, series: str) -> str:
    """Return where a series' feed is."""
    return f"{base}/feed.xml" if series == ALL else f"{base}/series/{series}.xml"


def guid(url: str) -> str:
    """Return a feed's own number: UUIDv5 of its address without scheme and last slashes."""
    return str(uuid.uuid5(_GUIDS, url.partition("://")[2].rstrip("/")))


def lasting_guid(before: bytes) -> str:
    """Return the number in the feed that lay here before, empty if it is not to be kept.

    A podcast keeps its number when it moves. One that was at an address which is not the world's
    (``localhost``, a bare address of a machine) has the number of every other one that was there.
    """
    number, home = _GUID.search(before), _HOME.search(before)
    if number is None or home is None:
        return ""
    name = home[1].decode()
    lasts = "." in name and not name.replace(".", "").isdigit() and not name.endswith(".local")
    return number[1].decode() if lasts else ""


def feed(channel: Channel, entries: Sequence[Entry], base: str, built: datetime) -> bytes:
    """Return the feed; ``base`` is the public address without a slash at its end."""
    rss = Element("rss", {"version": "2.0", **_NAMESPACES})
    top = rss.add("channel")
    _describe(top, channel, base, built)
    for entry in [e for e in entries if e.episode is None]:
        _live_item(top, entry, base)
    newest = sorted(
        (e for e in entries if e.episode), key=lambda e: e.card.ended_ms or 0, reverse=True
    )
    for entry in newest[:_MOST]:
        _item(top, entry, channel, base)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{rss.written()}'.encode()


def _describe(top: Element, channel: Channel, base: str, built: datetime) -> None:
    own = address(base, channel.series)
    _text(top, "title", one_line(channel.title))
    _text(top, "link", base + "/")
    _text(top, "description", _html(channel.description or channel.title))
    _text(top, "language", channel.language)
    _text(top, "lastBuildDate", _rfc822(built))
    _text(top, "generator", "Viva Voce")
    about = {"href": own, "rel": "self", "type": "application/rss+xml"}
    top.add("atom:link", about)
    _text(top, "itunes:author", one_line(channel.author or channel.title))
    top.add("itunes:image", {"href": f"{base}/series/{channel.image}"})
    _category(top, channel.category)
    _text(top, "itunes:explicit", "true" if channel.explicit else "false")
    _text(top, "itunes:type", "episodic")
    _text(top, "podcast:guid", channel.guid or guid(own))
    _text(top, "podcast:locked", "no")
    _text(top, "podcast:medium", "podcast")


def _category(top: Element, category: str) -> None:
    """Apple's categories have one level below them, written here as ``Society: Philosophy``."""
    outer, _, inner = category.partition(":")
    above = top.add("itunes:category", {"text": xml_text(one_line(outer))})
    if inner.strip():
        above.add("itunes:category", {"text": xml_text(one_line(inner))})


def _live_item(top: Element, entry: Entry, base: str) -> None:
    card = entry.card
    begins = card.epoch_ms or card.starts_ms
    if begins is None:
        return  # nothing to announce: nobody knows when
    told = {"status": _LIVE[card.state], "start": _iso(begins)}
    if card.ended_ms is not None:
        told["end"] = _iso(card.ended_ms)
    item = top.add("podcast:liveItem", told)
    _common(item, entry, base, f"{card.show}-live")
    sound = f"{base}/live/{card.show}"
    # A stream has no length; the attribute must be there (RSS 2.0, enclosure).
    stream = {"url": f"{sound}/stream.mp3", "length": "0", "type": "audio/mpeg"}
    item.add("enclosure", stream)
    _alternate(item, f"{sound}/index.m3u8", _HLS, "HLS")
    link = item.add("podcast:contentLink", {"href": f"{base}/{card.show}"})
    link.text = "Listen in the browser"


def _item(top: Element, entry: Entry, channel: Channel, base: str) -> None:
    card, episode = entry.card, entry.episode
    assert episode is not None
    item = top.add("item")
    _common(item, entry, base, card.show)
    sound = f"{base}/live/{card.show}"
    _text(item, "pubDate", _rfc822(_moment(card.ended_ms or card.epoch_ms or 0)))
    item.add(
        "enclosure",
        {"url": f"{sound}/episode.mp3", "length": str(episode.bytes), "type": "audio/mpeg"},
    )
    _text(item, "itunes:duration", str(round(episode.length_ms / 1000)))
    _text(item, "itunes:explicit", "true" if channel.explicit else "false")
    _text(item, "itunes:episodeType", "full")
    if episode.cover:
        item.add("itunes:image", {"href": f"{sound}/cover.png"})
    if episode.opus_bytes:
        _alternate(item, f"{sound}/episode.opus", _OPUS, "Opus", episode.opus_bytes)
    _alternate(item, f"{sound}/index.m3u8", _HLS, "HLS")
    if episode.chapters:
        where = {"url": f"{sound}/episode-chapters.json", "type": "application/json+chapters"}
        item.add("podcast:chapters", where)
    _soundbites(item, episode)


def _common(item: Element, entry: Entry, base: str, number: str) -> None:
    card = entry.card
    _text(item, "title", one_line(card.title))
    _text(item, "link", f"{base}/{card.show}")
    _text(item, "guid", number).set("isPermaLink", "false")
    if card.description:
        _text(item, "description", _html(card.description))
    for name, role in _cast(entry.people).items():
        one = item.add("podcast:person", {"group": "cast", "role": role})
        one.text = xml_text(name)


def _cast(people: Sequence[Person]) -> dict[str, str]:
    """Return name and role of each; one who came as several is the first of host, co-host, guest.

    Without a role, apps take a person for the host (tag podcast:person).
    """
    found: dict[str, str] = {}
    for person in people:
        name, role = one_line(person.name)[:128], _ROLES.get(person.role, _GUEST)
        if name:
            found[name] = min(found.get(name, role), role, key=_RANK.index)
    return found


def _soundbites(item: Element, episode: Episode) -> None:
    ends = [c.start_ms for c in episode.chapters[1:]] + [episode.length_ms]
    bites = 0
    for chapter, end in zip(episode.chapters, ends, strict=False):
        until = min(end, chapter.start_ms + _BITE_S[1] * 1000)
        length_s = (until - chapter.start_ms) / 1000
        taken = any(a < until and b > chapter.start_ms for a, b in episode.withdrawn)
        if length_s >= _BITE_S[0] and bites < _BITES and not taken:
            bites += 1
            bite = {"startTime": f"{chapter.start_ms / 1000:.3f}", "duration": f"{length_s:.3f}"}
            item.add("podcast:soundbite", bite).text = xml_text(chapter.title[:128])


def _alternate(item: Element, url: str, kind: str, title: str, size: int = 0) -> None:
    told = {"type": kind, "title": title} | ({"length": str(size)} if size else {})
    alternate = item.add("podcast:alternateEnclosure", told)
    alternate.add("podcast:source", {"uri": url})


def _html(text: str) -> str:
    """Return what readers, who take descriptions for HTML, show as ``text``.

    As much of it as Apple takes; the rest is on the show's page.
    """
    whole = _marked_up(xml_text(text))
    if len(whole.encode()) <= _DESCRIPTION:
        return whole
    # The longest beginning that fits with a sign that it goes on.
    kept = bisect.bisect_right(
        range(len(text) + 1), _DESCRIPTION, key=lambda n: len(_marked_up(text[:n] + "…").encode())
    )
    return _marked_up(text[: kept - 1] + "…")


def _marked_up(text: str) -> str:
    return escape(text, quote=False).replace("\n", "<br>\n")


def _text(parent: Element, name: str, text: str) -> Element:
    element = parent.add(name)
    element.text = xml_text(text)
    return element


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def _iso(ms: int) -> str:
    return _moment(ms).isoformat(timespec="seconds")


def _rfc822(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)
