"""What an edge knows of the shows: cards, sound, and whether the studio is there. Pure.

Fed with the messages of the feed; says which channels have something new. The studio may come and
go: what is known stays, part numbers may jump, but they never go backwards for a listener.
"""

import zlib
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final, assert_never

import msgspec

from vivavoce.bus.messages import Card, Down, Gone, Head, Hello, Sound
from vivavoce.card import ShowCard, State
from vivavoce.deliver import sse
from vivavoce.deliver.channel import Channel
from vivavoce.deliver.lanes import Lanes
from vivavoce.deliver.totals import Totals
from vivavoce.media import Codec
from vivavoce.package import ogg
from vivavoce.package.cmaf import packets_of
from vivavoce.package.joined import joined
from vivavoce.units import PART_SAMPLES, PartNumber, Samples, seconds

# Shows known from disk only (replays that somebody asked for) are forgotten beyond this.
KNOWN_LIMIT: Final = 4_096

# The feed gives every card right after Hello; a show still missing after this was deleted.
ANNOUNCED_WITHIN_S: Final = 10.0


# A batch whose last parts do not come (the studio is gone) is sent as it is, this much later.
_SLACK: Final = 0.5
_PART_S: Final = seconds(Samples(PART_SAMPLES))


class Stream(StrEnum):
    """The kinds of pushed streams of a show."""

    OPUS = "opus"
    AAC = "aac"
    OGG = "ogg"
    MP3 = "mp3"
    EVENTS = "events"


SOUND: Final = (Stream.OPUS, Stream.AAC, Stream.OGG, Stream.MP3)
_OF_CODEC: Final = {Codec.OPUS: Stream.OPUS, Codec.AAC: Stream.AAC, Codec.MP3: Stream.MP3}


class Show:
    """One show, as the edge knows it.

    Nearly all shows are ones that nobody listens to now: what listeners need is made when somebody
    or something comes, and ``busy`` then holds the show.
    """

    __slots__ = (
        "_batch_parts", "_busy", "_ended", "_events", "_gathered_at", "_newest", "_streams",
        "card", "from_feed",
    )  # fmt: skip

    def __init__(self, card: ShowCard, *, from_feed: bool, busy: dict[str, "Show"]) -> None:
        self.card = card
        self._batch_parts = 1
        self.from_feed = from_feed
        """False while it is known from disk only, and may be out of date."""
        self._busy = busy
        self._streams: dict[Stream, Lanes] | None = None
        self._events: Channel | None = None
        self._newest: dict[Codec, int] | None = None
        self._gathered_at: float | None = None
        self._ended = False

    @property
    def _serial(self) -> int:
        # The same serial for every listener and after a restart: a stream is one logical one.
        return zlib.crc32(self.card.show.encode())

    @property
    def streams(self) -> Mapping[Stream, Lanes]:
        """The streams of sound, which are made at the first look at them."""
        if self._streams is None:
            self._streams = {
                Stream.OPUS: Lanes(None, joined),
                Stream.AAC: Lanes(None, joined),
                Stream.OGG: Lanes(ogg.head_pages(self._serial)),
                Stream.MP3: Lanes(b""),
            }
            self._busy[self.card.show] = self
            if self._ended or self.card.state is State.ENDED:
                self._end_sound()
        return self._streams

    @property
    def made(self) -> Mapping[Stream, Lanes]:
        """The streams of sound, as far as they were ever looked at."""
        return self._streams or {}

    @property
    def events(self) -> Channel:
        """The stream of changes, which is made at the first look at it."""
        if self._events is None:
            self._events = Channel(sse.RETRY, skips=False)
            self._events.ended = self._ended
            self._busy[self.card.show] = self
        return self._events

    @property
    def watching(self) -> int:
        """How many follow the changes."""
        return 0 if self._events is None else self._events.listeners

    @property
    def listened(self) -> bool:
        """Whether anybody is on one of its channels."""
        return any(channel.listeners for channel in self.channels)

    @property
    def channels(self) -> list[Channel]:
        """All that anybody may be listening to."""
        lanes = [lane for stream in self.made.values() for lane in stream.channels]
        return lanes if self._events is None else [*lanes, self._events]

    def update(self, card: ShowCard) -> bool:
        """Take a newer card; an older or equal one is ignored. Return whether it was newer."""
        if card.version <= self.card.version:
            return False
        self.card = msgspec.structs.replace(card, batch_ms=self.card.batch_ms)
        self._tell_card()
        if card.state is State.ENDED:
            self._end_sound()
        return True

    def turn(self, parts: int) -> None:
        """Gather so many parts for a batch from now on, and say so on the card."""
        self._batch_parts = parts
        batch_ms = round(parts * _PART_S * 1000)
        if batch_ms != self.card.batch_ms:
            self.card = msgspec.structs.replace(self.card, batch_ms=batch_ms)
            self._tell_card()

    def sound(
        self, codec: Codec, number: PartNumber, body: bytes, *, now: float
    ) -> list[Channel] | None:
        """Take a part; return the channels that got a batch. ``ValueError`` if it is malformed.

        None if it is older than what has come already.
        """
        newest = self._newest = self._newest or {}
        if number <= newest.get(codec, -1):
            return None
        bodies = {_OF_CODEC[codec]: body}
        if codec is Codec.OPUS:
            bodies[Stream.OGG] = ogg.part_page(packets_of(body), number, self._serial)
        newest[codec] = number
        touched: list[Channel] = []
        for stream, part in bodies.items():
            touched += self.streams[stream].add(number, part, self._batch_parts)
        if not any(stream.waits for stream in self.streams.values()):
            self._gathered_at = None
        else:
            # A lane always waits while the batch is longer than a part: since the last part, then.
            self._gathered_at = now
        return touched

    def flush(self, *, now: float) -> list[Channel]:
        """Send what waits for its batch, if no part has come for longer than one takes."""
        since = self._gathered_at
        if since is None or now - since < _PART_S + _SLACK:
            return []
        self._gathered_at = None
        return [channel for stream in self.made.values() for channel in stream.flush()]

    def end(self) -> None:
        """End all channels: the show was deleted."""
        self._ended = True
        self._end_sound()
        if self._events is not None:
            self._events.ended = True

    def _end_sound(self) -> None:
        for stream in self.made.values():
            stream.end()

    def _tell_card(self) -> None:
        if self._events is not None:
            self._events.push(sse.card(self.card))


class Shows:
    """All shows that this edge knows."""

    def __init__(self, totals: Totals, limit: int = KNOWN_LIMIT) -> None:
        self._known: dict[str, Show] = {}
        self.busy: Final[dict[str, Show]] = {}
        """Those that anything was ever sent of, to anybody: the only ones to look at with time."""
        self._totals = totals
        self._limit = limit
        self._unannounced: set[str] = set()
        self._deleted: dict[str, None] = {}
        self._hello_at: float | None = None
        self.here = False
        """Whether the studio is there."""
        self._batch_parts = 1

    def __iter__(self) -> Iterator[Show]:
        return iter(list(self._known.values()))

    def __len__(self) -> int:
        return len(self._known)

    def get(self, show: str) -> Show | None:
        """Return a show, if it is known."""
        return self._known.get(show)

    def lists(self, series: str) -> bool:
        """Return whether a podcast of this name may be: that of all shows, or a show's series."""
        return series == "all" or any(known.card.series == series for known in self)

    def deleted(self, show: str) -> bool:
        """Return whether a show was known here, and was deleted since."""
        return show in self._deleted

    def adopt(self, card: ShowCard) -> Show:
        """Take a card found on disk; what the feed said stays, unless the disk knows better."""
        known = self._known.get(card.show)
        if known is not None:
            known.update(card)
            return known
        self._make_room()
        return self._new(card, from_feed=False)

    def apply(self, message: Down, *, now: float) -> list[Channel]:
        """Take one message of the feed; return the channels that have something new."""
        match message:
            case Hello():
                self._unannounced = {show for show, known in self._known.items() if known.from_feed}
                self._hello_at = now
                return []
            case Card(card):
                return self._card(card)
            case Gone(show):
                return self._gone(show)
            case Head(show, codec, body):
                return self._head(show, codec, body)
            case Sound(show, codec, number, body):
                return self._sound(show, codec, PartNumber(number), body, now)
            case _:
                assert_never(message)

    @property
    def settling(self) -> bool:
        """Whether a studio has said hello so lately that shows may still be announced."""
        return self._hello_at is not None

    def studio(self, *, here: bool) -> list[Channel]:
        """Note that the studio was lost or is back; say so to all who listen to events."""
        if here == self.here:
            return []
        self.here = here
        return self._tell(sse.studio(here))

    def clock(self, now_ms: int) -> list[Channel]:
        """Tell the time to all who listen to events."""
        return self._tell(sse.clock(now_ms))

    def forget_unannounced(self, *, now: float) -> list[Channel]:
        """Drop the shows that a studio no longer knows, some time after it has said hello."""
        if self._hello_at is None or now - self._hello_at < ANNOUNCED_WITHIN_S:
            return []
        self._hello_at = None
        return [channel for show in self._unannounced for channel in self._gone(show)]

    def turn(self, parts: int) -> list[Channel]:
        """Gather so many parts for a batch from now on; say so to all who listen to events."""
        self._batch_parts = parts
        for show in self._known.values():
            show.turn(parts)
        return [channel for show in self.busy.values() for channel in show.channels]

    def flush(self, *, now: float) -> list[Channel]:
        """Send batches that will not become whole."""
        return [channel for show in self.busy.values() for channel in show.flush(now=now)]

    def _tell(self, event: bytes) -> list[Channel]:
        told = [show.events for show in self.busy.values() if show.watching]
        for channel in told:
            channel.push(event)
        return told

    def _card(self, card: ShowCard) -> list[Channel]:
        self._unannounced.discard(card.show)
        self._deleted.pop(card.show, None)
        known = self._known.get(card.show)
        if known is None:
            self._new(card, from_feed=True)
            return []
        known.from_feed = True
        return known.channels if known.update(card) else []

    def _new(self, card: ShowCard, *, from_feed: bool) -> Show:
        show = self._known[card.show] = Show(card, from_feed=from_feed, busy=self.busy)
        show.turn(self._batch_parts)
        return show

    def _gone(self, show: str) -> list[Channel]:
        known = self._known.pop(show, None)
        self.busy.pop(show, None)
        if known is None:
            return []
        self._deleted[show] = None
        while len(self._deleted) > self._limit:
            del self._deleted[next(iter(self._deleted))]
        known.end()
        return known.channels

    def _head(self, show: str, codec: Codec, body: bytes) -> list[Channel]:
        known = self._known.get(show)
        if known is None or codec is Codec.MP3:
            return []
        stream = known.streams[_OF_CODEC[codec]]
        stream.begin(body)
        return list(stream.channels)

    def _sound(
        self, show: str, codec: Codec, number: PartNumber, body: bytes, now: float
    ) -> list[Channel]:
        self._totals.parts_received += 1
        known = self._known.get(show)
        try:
            touched = known.sound(codec, number, body, now=now) if known is not None else None
        except ValueError:
            touched = None
        if touched is None:
            self._totals.parts_refused += 1
        return touched or []

    def _make_room(self) -> None:
        while len(self._known) >= self._limit:
            spare = next(
                (s for s, known in self._known.items() if not (known.from_feed or known.listened)),
                None,
            )
            if spare is None:
                return
            del self._known[spare]
            self.busy.pop(spare, None)
