"""Podcast feeds keep the rules, whatever people write; and every rule can be broken."""

from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import feedparser  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.card import ShowCard, State
from vivavoce.export.categories import categorised
from vivavoce.export.chapters import Chapter
from vivavoce.export.feed import (
    ALL,
    Channel,
    Entry,
    Episode,
    Person,
    address,
    feed,
    guid,
    lasting_guid,
)
from vivavoce.testing import feed_rules

BASE = "https://live.example.org"
NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
BEGAN = 1_795_000_000_000
CHANNEL = Channel(
    series=ALL,
    title="The long table",
    description="Rent",
    author="Vera",
    language="en",
    category="Society & Culture: Philosophy",
    explicit=False,
    image="all.png",
)
CHAPTERS = (Chapter(0, "Opening"), Chapter(5_000, "Short"), Chapter(9_000, "Roofs"))
EPISODE = Episode(1_000, 500, 3_600_000, CHAPTERS, cover=True)


def card(show: str, state: State, title: str = "Rent", description: str = "") -> ShowCard:
    return ShowCard(
        show=show,
        version=1,
        title=title,
        description=description,
        language="en",
        state=state,
        starts_ms=BEGAN if state is State.PLANNED else None,
        epoch_ms=None if state is State.PLANNED else BEGAN,
        ended_ms=BEGAN + 3_600_000 if state is State.ENDED else None,
    )


ENTRIES = [
    Entry(card("0000000001", State.PLANNED)),
    Entry(card("0000000002", State.LIVE), (Person("Vera", "host"), Person("Otto", "speaker"))),
    Entry(card("0000000003", State.ENDED)),
    Entry(card("0000000004", State.ENDED, "Roofs", "Who <decides>?"), (Person("Vera"),), EPISODE),
]
GOOD = feed(CHANNEL, ENTRIES, BASE, NOW).decode()


def test_a_feed_with_everything_keeps_every_rule() -> None:
    assert feed_rules.broken(GOOD.encode()) == []
    channel = ET.fromstring(GOOD)[0]
    tags = {element.tag.rpartition("}")[2] for element in channel.iter()}
    wanted = {"liveItem", "chapters", "person", "soundbite", "alternateEnclosure", "locked"}
    assert wanted <= tags, "what is not there breaks no rule"
    live = channel.findall("{https://podcastindex.org/namespace/1.0}liveItem")
    assert [one.get("status") for one in live] == ["pending", "live", "ended"]


BREAKS = {
    "channel": ("<link>https://live.example.org/</link>", ""),
    "item": ("<title>Rent</title>", "<title> </title>"),
    "description": ("<description>Rent", f"<description>{2_001 * 'é'}"),
    "guid": (">0000000001-live</guid>", ">0000000002-live</guid>"),
    "enclosure": ('length="1000"', 'length="some"'),
    "dates": ("<pubDate>", "<pubDate>noon "),
    "links": ("<link>https://live.example.org/0000000004", "<link>/0000000004"),
    "language": ("<language>en", "<language>English, mostly"),
    "atom:link": ('rel="self"', 'rel="next"'),
    "itunes:image": ('href="https://live.example.org/series/all.png"', 'href="all.png"'),
    "itunes:category": ('text="Society &amp; Culture"', 'text="Rent"'),
    "itunes:explicit": ("<itunes:explicit>false", "<itunes:explicit>no"),
    "itunes:duration": ("<itunes:duration>3600", "<itunes:duration>an hour"),
    "podcast:guid": ("<podcast:guid>", "<podcast:guid>0"),
    "podcast:locked": ("<podcast:locked>no", "<podcast:locked>perhaps"),
    "podcast:medium": ("<podcast:medium>podcast", "<podcast:medium>talk"),
    "podcast, counts": (
        "<podcast:locked>no</podcast:locked>",
        "<podcast:locked>no</podcast:locked><podcast:locked>yes</podcast:locked>",
    ),
    "podcast:liveItem": ('status="pending"', 'status="soon"'),
    "podcast:contentLink": (">Listen in the browser<", "><"),
    "podcast:alternateEnclosure": ('<podcast:source uri="https:', '<podcast:source uri="'),
    "podcast:chapters": ("application/json+chapters", "application/json"),
    "podcast:person": (' role="guest">Otto', ">Otto"),
    "podcast:soundbite": ('duration="60.000"', 'duration="6.000"'),
}


def test_a_name_too_many_is_named() -> None:
    assert broken(GOOD, ">Otto</podcast:person>", "></podcast:person>") != []


def test_who_came_as_several_is_the_first_of_them() -> None:
    names = [
        *(Person("Vera", "speaker"), Person("Otto", "speaker"), Person("Vera", "host")),
        *(Person("Ada", "cohost"), Person("Ada"), Person("Zoe", "?")),
    ]
    one = card("0000000001", State.LIVE)
    channel = ET.fromstring(feed(CHANNEL, [Entry(one, names)], BASE, NOW))[0]
    cast = channel.iterfind(".//{https://podcastindex.org/namespace/1.0}person")
    found = {person.text: (person.get("group"), person.get("role")) for person in cast}
    assert found == {
        **{"Vera": ("cast", "host"), "Otto": ("cast", "guest")},
        **{"Ada": ("cast", "co-host"), "Zoe": ("cast", "guest")},
    }


def test_every_rule_has_a_way_to_be_broken() -> None:
    assert BREAKS.keys() == feed_rules.RULES.keys()


@pytest.mark.parametrize("rule", BREAKS)
def test_a_rule_that_is_broken_is_named(rule: str) -> None:
    good, bad = BREAKS[rule]
    assert good in GOOD
    assert {said.rpartition(": ")[0].split(": ")[0] for said in broken(GOOD, good, bad)} >= {rule}


def broken(text: str, good: str, bad: str) -> list[str]:
    return feed_rules.broken(text.replace(good, bad, 1).encode())


@pytest.mark.parametrize("bad", ["<rss", '<rss version="2.0"/>', '<feed version="2.0"/>'])
def test_what_is_no_feed_is_named(bad: str) -> None:
    assert feed_rules.broken(bad.encode()) != []


words = st.text(min_size=1, max_size=60).filter(lambda text: bool(text.strip()))
# As long as the studio takes, and longer than Apple does.
long = st.builds(lambda text, times: text * times, words, st.integers(60, 80)) | words


people = st.lists(st.builds(Person, words, st.sampled_from(["host", "cohost", "speaker", "?"])))


@given(words, long, people, st.sampled_from(list(State)))
def test_nothing_that_people_write_breaks_a_feed(
    title: str, about: str, names: list[Person], state: State
) -> None:
    # What the studio takes has a word in it; controls and the like are dropped by it, or here.
    told = replace(
        CHANNEL, title=f"T {title}", description=about, author=names[0].name if names else ""
    )
    chapters = (Chapter(0, f"C {title}"), Chapter(20_000, f"C {about}"))
    one = card("0000000001", state, f"T {title}", about)
    episode = replace(EPISODE, chapters=chapters) if state is State.ENDED else None
    text = feed(told, [Entry(one, names, episode)], BASE, NOW)
    assert feed_rules.broken(text) == []


def test_a_series_has_an_address_and_a_guid_of_its_own() -> None:
    other = feed(replace(CHANNEL, series="0123456789"), [], BASE, NOW)
    assert feed_rules.broken(other) == []
    assert address(BASE, "0123456789") == f"{BASE}/series/0123456789.xml"
    assert GOOD.split("podcast:guid>")[1] != other.decode().split("podcast:guid>")[1]


@pytest.mark.parametrize(
    ("url", "number"),
    [
        # The namespace's own examples.
        ("https://podnews.net/rss", "9b024349-ccf0-5f69-a609-6b82873eab3c"),
        ("https://mp3s.nashownotes.com/pc20rss.xml", "917393e3-1b1e-5cef-ace4-edaa54e1f810"),
    ],
)
def test_a_feed_has_the_number_that_others_reckon_for_it(url: str, number: str) -> None:
    assert guid(url) == number
    assert guid(url + "//") == number


def test_a_podcast_that_moves_keeps_its_number_unless_it_was_nobody_elses_business() -> None:
    moved = replace(CHANNEL, guid=lasting_guid(GOOD.encode()))
    elsewhere = feed(moved, ENTRIES, "https://other.example.net", NOW)
    assert feed_rules.broken(elsewhere) == []
    assert lasting_guid(elsewhere) == guid(f"{BASE}/feed.xml")
    for base in ("http://localhost:8080", "http://192.168.1.5:8080", "http://studio.local"):
        assert lasting_guid(feed(CHANNEL, ENTRIES, base, NOW)) == ""
    assert lasting_guid(b"") == lasting_guid(b"<rss") == ""


def test_a_long_description_is_cut_where_it_is_full() -> None:
    text = feed(replace(CHANNEL, description="&" * 3_000), [], BASE, NOW)
    assert feed_rules.broken(text) == []
    kept = ET.fromstring(text).findtext("channel/description") or ""
    assert kept == "&amp;" * 799 + "…"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("News", "News"),
        ("society & culture:philosophy", "Society & Culture: Philosophy"),
        (" TV & Film : After Shows ", "TV & Film: After Shows"),
    ],
)
def test_a_category_is_spelt_as_apple_does(typed: str, kept: str) -> None:
    assert categorised(typed) == kept
    assert feed_rules.broken(feed(replace(CHANNEL, category=kept), [], BASE, NOW)) == []


@pytest.mark.parametrize("typed", ["", "Rent", "News: Philosophy", ":", "History: x", "News:a:b"])
def test_a_category_that_is_none_is_refused_with_those_that_are(typed: str) -> None:
    with pytest.raises(ValueError, match="none of Apple's categories: "):
        categorised(typed)


def test_a_foreign_reader_finds_what_was_said() -> None:
    found = feedparser.parse(GOOD)
    assert (found.bozo, found.version, found.feed.title) == (False, "rss20", CHANNEL.title)
    (episode,) = found.entries
    assert (episode.id, episode.title, episode.summary) == (
        "0000000004",
        "Roofs",
        "Who &lt;decides&gt;?",
    )
    (enclosure,) = episode.enclosures
    assert (enclosure.type, enclosure.length) == ("audio/mpeg", str(EPISODE.bytes))
    assert enclosure.href == f"{BASE}/live/0000000004/episode.mp3"
    assert episode.itunes_duration == "3600"
