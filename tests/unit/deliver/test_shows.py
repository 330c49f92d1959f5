"""Laws of what an edge knows: nothing goes backwards, whatever the feed repeats."""

import tracemalloc

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.bus.messages import Card, Down, Gone, Head, Hello, Sound
from vivavoce.card import ShowCard, State
from vivavoce.deliver.channel import Listener
from vivavoce.deliver.shows import ANNOUNCED_WITHIN_S, SOUND, Shows, Stream
from vivavoce.deliver.totals import Totals
from vivavoce.media import Codec
from vivavoce.package import ogg
from vivavoce.package.cmaf import packets_of
from vivavoce.package.silence import silent_part
from vivavoce.units import PartNumber

SHOW = "0123456789"


def card(show: str = SHOW, *, version: int = 1, state: State = State.LIVE) -> ShowCard:
    return ShowCard(
        show=show, version=version, title="t", description="", language="en", state=state
    )


def mp3(number: int) -> Sound:
    return Sound(SHOW, Codec.MP3, number, b"%d." % number)


def feed(shows: Shows, *messages: Down, now: float = 0.0) -> None:
    for message in messages:
        shows.apply(message, now=now)


def heard(shows: Shows, stream: Stream) -> list[bytes]:
    show = shows.get(SHOW)
    assert show is not None
    ring = show.streams[stream].channels[0].ring
    return [ring.get(ordinal) for ordinal in range(ring.oldest, ring.end)]


@given(numbers=st.lists(st.integers(0, 12), max_size=16))
def test_parts_never_go_backwards(numbers: list[int]) -> None:
    totals = Totals()
    shows = Shows(totals)
    feed(shows, Card(card()), *(mp3(number) for number in numbers))
    parts = [int(body.strip(b".")) for body in heard(shows, Stream.MP3)]
    assert parts == sorted(set(parts))
    best = -1
    rising = [number for number in numbers if number > best and (best := number) >= 0]
    assert parts == rising
    assert totals.parts_received == len(numbers)
    assert totals.parts_refused == len(numbers) - len(rising)


@given(versions=st.lists(st.tuples(st.integers(1, 6), st.sampled_from(State)), max_size=12))
def test_an_older_card_changes_nothing(versions: list[tuple[int, State]]) -> None:
    shows = Shows(Totals())
    feed(shows, Card(card(version=0, state=State.PLANNED)))
    newest, state = 0, State.PLANNED
    for version, new in versions:
        feed(shows, Card(card(version=version, state=new)))
        if version > newest:
            newest, state = version, new
        show = shows.get(SHOW)
        assert show is not None
        assert (show.card.version, show.card.state) == (newest, state)
        if state is State.ENDED:
            assert all(show.streams[stream].ended for stream in SOUND)
            assert not show.events.ended


def test_opus_parts_become_ogg_pages() -> None:
    shows = Shows(Totals())
    part = silent_part(Codec.OPUS, PartNumber(7))
    feed(shows, Card(card()), Sound(SHOW, Codec.OPUS, 7, part.body))
    assert heard(shows, Stream.OPUS) == [part.body]
    page = heard(shows, Stream.OGG)[0]
    show = shows.get(SHOW)
    assert show is not None
    head = show.streams[Stream.OGG].head
    assert head is not None
    serial = int.from_bytes(head[14:18], "little")
    assert page == ogg.part_page(packets_of(part.body), PartNumber(7), serial)


def test_a_malformed_part_is_counted_and_costs_nothing_else() -> None:
    totals = Totals()
    shows = Shows(totals)
    feed(shows, Card(card()), Sound(SHOW, Codec.OPUS, 1, b"not a chunk"))
    assert heard(shows, Stream.OPUS) == []
    assert totals.parts_refused == 1


def test_a_changed_head_goes_to_those_who_listen_and_to_newcomers() -> None:
    shows = Shows(Totals())
    feed(shows, Card(card()), Head(SHOW, Codec.AAC, b"one"), Sound(SHOW, Codec.AAC, 1, b"a"))
    feed(shows, Head(SHOW, Codec.AAC, b"one"))
    assert heard(shows, Stream.AAC) == [b"a"]
    feed(shows, Head(SHOW, Codec.AAC, b"two"), Sound(SHOW, Codec.AAC, 2, b"b"))
    assert heard(shows, Stream.AAC) == [b"a", b"two", b"b"]
    show = shows.get(SHOW)
    assert show is not None
    assert show.streams[Stream.AAC].channels[0].opening().startswith(b"two")


def test_a_deleted_show_is_gone_and_its_streams_end() -> None:
    shows = Shows(Totals())
    feed(shows, Card(card()))
    show, unheard = shows.get(SHOW), shows.adopt(card("yyyyyyyyyy"))
    assert show is not None
    sound, events = show.streams.values(), show.events
    feed(shows, Gone(SHOW), Gone("yyyyyyyyyy"))
    assert shows.get(SHOW) is None
    assert not shows.busy
    assert events.ended
    assert all(stream.ended for stream in sound)
    # Whoever still holds it finds the same, though nobody had asked for it before.
    assert unheard.events.ended
    assert all(stream.ended for stream in unheard.streams.values())


def test_a_show_that_nobody_asks_for_takes_less_than_two_kilobytes() -> None:
    count = 1_000
    names = [f"{number:010d}" for number in range(count)]
    told = [msgspec.msgpack.encode(Card(card(name, state=State.PLANNED))) for name in names]
    shows = Shows(Totals())
    tracemalloc.start()
    for message in told:  # each with strings of its own, as from the feed
        feed(shows, msgspec.msgpack.decode(message, type=Down))
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken / count < 2_000
    assert not shows.busy
    assert not shows.flush(now=1.0) + shows.clock(1) + shows.turn(3)


def test_the_first_to_follow_a_show_hears_of_its_changes() -> None:
    shows = Shows(Totals())
    feed(shows, Card(card(state=State.PLANNED)))
    show = shows.get(SHOW)
    assert show is not None
    show.events.apart[Listener(0)] = None
    assert shows.clock(1) == [show.events]
    feed(shows, Card(card(version=2)))
    assert shows.busy == {SHOW: show}
    assert b'"live"' in show.events.ring.get(show.events.ring.end - 1)


def test_a_show_that_a_returned_studio_does_not_announce_is_gone_after_a_while() -> None:
    shows = Shows(Totals())
    other = "zzzzzzzzzz"
    feed(shows, Card(card()), Card(card(other)))
    shows.adopt(card("yyyyyyyyyy"))  # from disk: no studio has to announce it
    feed(shows, Hello(1, "second boot", 0), Card(card(other)), now=100)
    shows.forget_unannounced(now=100 + ANNOUNCED_WITHIN_S - 1)
    assert shows.get(SHOW) is not None
    shows.forget_unannounced(now=100 + ANNOUNCED_WITHIN_S)
    assert shows.get(SHOW) is None
    assert shows.get(other) is not None
    assert shows.get("yyyyyyyyyy") is not None


def test_replays_known_from_disk_are_bounded() -> None:
    shows = Shows(Totals(), limit=3)
    feed(shows, Card(card()))
    for number in range(10):
        shows.adopt(card(f"{number:010}"[:10], state=State.ENDED))
    assert len(shows) == 3
    assert shows.get(SHOW) is not None
