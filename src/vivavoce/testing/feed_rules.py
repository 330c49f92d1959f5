"""The rules of podcast feeds, one by one: RSS 2.0, Apple's and those of Podcasting 2.0.

Pure. Each rule is a function under the name of what it is about; RSS names are from the RSS 2.0
specification, ``itunes:`` from Apple's "A podcaster's guide to RSS", ``podcast:`` from the
Podcasting 2.0 namespace. ``tests/unit/export/test_feed.py`` shows that every one of them can fail.
"""

import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

_ATOM: Final = "{http://www.w3.org/2005/Atom}"
_ITUNES: Final = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
_PODCAST: Final = "{https://podcastindex.org/namespace/1.0}"

# Each at most once where it stands (the namespace's "Count: Single").
_SINGLE: Final = frozenset(("chapters", "guid", "locked", "medium"))
_MEDIA: Final = frozenset(
    (
        *("podcast", "music", "video", "film", "audiobook", "newsletter", "blog"),
        *("publisher", "course"),
    )
)

# Apple's list of categories, the outer ones.
_CATEGORIES: Final = frozenset(
    (
        *("Arts", "Business", "Comedy", "Education", "Fiction", "Government", "History"),
        *("Health & Fitness", "Kids & Family", "Leisure", "Music", "News"),
        *("Religion & Spirituality", "Science", "Society & Culture", "Sports", "Technology"),
        *("True Crime", "TV & Film"),
    )
)
# The Podcast Taxonomy's group "Cast", of which are those who are heard.
_CAST: Final = frozenset(
    (
        *("host", "co-host", "guest host", "guest", "voice actor", "narrator", "announcer"),
        "reporter",
    )
)
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)

Rule = Callable[[ET.Element], Iterator[str]]
RULES: Final[dict[str, Rule]] = {}


def broken(text: bytes) -> list[str]:
    """Return what a feed breaks, as ``"rule: …"``; empty is praise."""
    try:
        rss = ET.fromstring(text)  # noqa: S314  our own feeds, not a stranger's
    except ET.ParseError as error:
        return [f"xml: {error}"]
    channel = rss.find("channel")
    if rss.tag != "rss" or rss.get("version") != "2.0" or channel is None or len(rss) != 1:
        return ["rss: no RSS 2.0 with one channel"]
    return [f"{name}: {said}" for name, rule in RULES.items() for said in rule(channel)]


def _rule(name: str) -> Callable[[Rule], Rule]:
    def add(rule: Rule) -> Rule:
        RULES[name] = rule
        return rule

    return add


def _items(channel: ET.Element) -> list[ET.Element]:
    """Return what is listed: episodes, and what is live."""
    return [*channel.findall("item"), *channel.findall(f"{_PODCAST}liveItem")]


@_rule("channel")
def _channel(channel: ET.Element) -> Iterator[str]:
    for name in ("title", "link", "description"):
        if not (channel.findtext(name) or "").strip():
            yield f"no {name}"


@_rule("item")
def _item(channel: ET.Element) -> Iterator[str]:
    for item in _items(channel):
        if not (item.findtext("title") or item.findtext("description") or "").strip():
            yield "neither title nor description"


@_rule("description")
def _description(channel: ET.Element) -> Iterator[str]:
    for parent in [channel, *_items(channel)]:
        size = len((parent.findtext("description") or "").encode())
        if size > 4_000:
            yield f"{size} bytes; Apple takes 4,000"


@_rule("guid")
def _guid(channel: ET.Element) -> Iterator[str]:
    found = Counter(item.findtext("guid") for item in _items(channel))
    for guid, times in found.items():
        if not guid or times > 1:
            yield f"{guid} is there {times} times"
    for one in channel.iterfind(".//guid"):
        if one.get("isPermaLink", "true") == "true" and not _absolute(one.text):
            yield f"{one.text} is said to be an address"


@_rule("enclosure")
def _enclosure(channel: ET.Element) -> Iterator[str]:
    for item in _items(channel):
        found = item.findall("enclosure")
        if len(found) != 1:
            yield f"{len(found)} enclosures"
        for one in found:
            if not _absolute(one.get("url")) or not (one.get("length") or "").isdigit():
                yield f"{one.attrib}"
            if not (one.get("type") or "").startswith(("audio/", "video/")):
                yield f"type {one.get('type')}"


@_rule("dates")
def _dates(channel: ET.Element) -> Iterator[str]:
    for item in channel.findall("item"):
        if item.find("pubDate") is None:
            yield "an episode without a date"
    for one in [*channel.iterfind(".//pubDate"), *channel.iterfind("lastBuildDate")]:
        try:
            parsedate_to_datetime(one.text or "")
        except ValueError:
            yield f"{one.text} is no date of RFC 822"


@_rule("links")
def _links(channel: ET.Element) -> Iterator[str]:
    for one in channel.iterfind(".//link"):
        if not _absolute(one.text):
            yield f"{one.text}"


@_rule("language")
def _language(channel: ET.Element) -> Iterator[str]:
    if not _LANGUAGE.fullmatch(channel.findtext("language") or ""):
        yield f"{channel.findtext('language')}"


@_rule("atom:link")
def _self(channel: ET.Element) -> Iterator[str]:
    found = [one for one in channel.findall(f"{_ATOM}link") if one.get("rel") == "self"]
    if len(found) != 1 or not _absolute(found[0].get("href")):
        yield "it does not say where it is"


@_rule("itunes:image")
def _image(channel: ET.Element) -> Iterator[str]:
    if channel.find(f"{_ITUNES}image") is None:
        yield "no picture"
    for one in channel.iterfind(f".//{_ITUNES}image"):
        if not _absolute(one.get("href")) or not str(one.get("href")).endswith((".png", ".jpg")):
            yield f"{one.attrib}"


@_rule("itunes:category")
def _category(channel: ET.Element) -> Iterator[str]:
    found = [one.get("text") for one in channel.findall(f"{_ITUNES}category")]
    if not found or not set(found) <= _CATEGORIES:
        yield f"{found}"


@_rule("itunes:explicit")
def _explicit(channel: ET.Element) -> Iterator[str]:
    if channel.find(f"{_ITUNES}explicit") is None:
        yield "not said"
    for one in channel.iterfind(f".//{_ITUNES}explicit"):
        if one.text not in {"true", "false"}:
            yield f"{one.text}"


@_rule("itunes:duration")
def _duration(channel: ET.Element) -> Iterator[str]:
    for one in channel.iterfind(f".//{_ITUNES}duration"):
        if not (one.text or "").isdigit():
            yield f"{one.text}"


@_rule("podcast:guid")
def _podcast_guid(channel: ET.Element) -> Iterator[str]:
    found = channel.findtext(f"{_PODCAST}guid") or ""
    try:
        version = uuid.UUID(found).version
    except ValueError:
        version = None
    if version != 5 or len(found) != 36:
        yield f"{found} is no UUIDv5"


@_rule("podcast:locked")
def _locked(channel: ET.Element) -> Iterator[str]:
    if channel.findtext(f"{_PODCAST}locked") not in {"yes", "no"}:
        yield f"{channel.findtext(f'{_PODCAST}locked')}"


@_rule("podcast:medium")
def _medium(channel: ET.Element) -> Iterator[str]:
    medium = channel.findtext(f"{_PODCAST}medium", "podcast")
    if medium.removesuffix("L") not in _MEDIA:
        yield medium


@_rule("podcast, counts")
def _counts(channel: ET.Element) -> Iterator[str]:
    for parent in [channel, *_items(channel)]:
        found = Counter(child.tag.removeprefix(_PODCAST) for child in parent)
        for name in _SINGLE:
            if found[name] > 1:
                yield f"{name} is there {found[name]} times"


@_rule("podcast:liveItem")
def _live(channel: ET.Element) -> Iterator[str]:
    for item in channel.findall(f"{_PODCAST}liveItem"):
        if item.get("status") not in {"pending", "live", "ended"}:
            yield f"status {item.get('status')}"
        for name in ("start", "end"):
            if (at := item.get(name)) is None and name == "end":
                continue
            if not _moment(at):
                yield f"{name} {at} is no moment of ISO 8601 with its zone"
        if item.find(f"{_PODCAST}contentLink") is None:
            yield "no contentLink"


@_rule("podcast:contentLink")
def _content_link(channel: ET.Element) -> Iterator[str]:
    for one in channel.iterfind(f".//{_PODCAST}contentLink"):
        if not _absolute(one.get("href")) or not (one.text or "").strip():
            yield f"{one.attrib}"


@_rule("podcast:alternateEnclosure")
def _alternate(channel: ET.Element) -> Iterator[str]:
    for one in channel.iterfind(f".//{_PODCAST}alternateEnclosure"):
        sources = one.findall(f"{_PODCAST}source")
        if "/" not in (one.get("type") or "") or not sources:
            yield f"{one.attrib}"
        if not all(_absolute(source.get("uri")) for source in sources):
            yield "a source that is no address"


@_rule("podcast:chapters")
def _chapters(channel: ET.Element) -> Iterator[str]:
    for one in channel.iterfind(f".//{_PODCAST}chapters"):
        if not _absolute(one.get("url")) or one.get("type") != "application/json+chapters":
            yield f"{one.attrib}"


@_rule("podcast:person")
def _person(channel: ET.Element) -> Iterator[str]:
    for one in channel.iterfind(f".//{_PODCAST}person"):
        if not 0 < len((one.text or "").strip()) <= 128:
            yield f"{one.text}"
        # Without a role, apps take everybody for a host.
        if one.get("group") != "cast" or one.get("role") not in _CAST:
            yield f"{one.attrib}"


@_rule("podcast:soundbite")
def _soundbite(channel: ET.Element) -> Iterator[str]:
    for one in channel.iterfind(f".//{_PODCAST}soundbite"):
        times = [one.get(name) or "" for name in ("startTime", "duration")]
        if not all(re.fullmatch(r"\d+(\.\d+)?", time) for time in times):
            yield f"{times}"
        elif not 15 <= float(times[1]) <= 120:
            yield f"lasts {times[1]} s"
        if len(one.text or "") > 128:
            yield "a title longer than 128 characters"


def _absolute(address: str | None) -> bool:
    parts = urlsplit(address or "")
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and " " not in (address or "")


def _moment(text: str | None) -> bool:
    try:
        return datetime.fromisoformat(text or "").tzinfo is not None
    except ValueError:
        return False
