"""Answers that go on: sound pushed as one long response, and the events of a show."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from vivavoce.card import State
from vivavoce.clock import Clock, unix_ms
from vivavoce.deliver import sse
from vivavoce.deliver.channel import Channel
from vivavoce.deliver.files import CORS, NO_STORE
from vivavoce.deliver.http import Fields, Request
from vivavoce.deliver.lookup import Lookup
from vivavoce.deliver.routes import Events, Format, Push
from vivavoce.deliver.shows import Shows, Stream
from vivavoce.errors import PeerError

_TYPES: Final = {Format.MP4: "audio/mp4", Format.OGG: "audio/ogg", Format.MP3: "audio/mpeg"}
_TITLE_LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class Listen:
    """An answer that goes on: the peer becomes a listener of ``channel``."""

    channel: Channel
    fields: Fields
    opening: bytes
    """First bytes of the body; empty while the head of the stream is not known."""


class Streams:
    """The pushed streams of all shows."""

    def __init__(self, shows: Shows, lookup: Lookup, clock: Clock) -> None:
        self._shows = shows
        self._lookup = lookup
        self._clock = clock

    def answer(self, wanted: Push | Events, request: Request, *, asked: float) -> Listen:
        """Return the stream that is asked for; ``PeerError`` 404 or 409 where there is none."""
        if isinstance(wanted, Events):
            return self._events(wanted.show, asked)
        show = self._lookup.show(wanted.show, asked=asked)
        kind = stream_of(wanted.format, request.query)
        if show.card.state is State.PLANNED:
            raise PeerError(
                "show_not_live", "This show has not begun. Come back when it starts.", status=409
            )
        stream = show.streams[kind]
        if stream.ended:
            raise PeerError(
                "show_not_live", "This show is over. Its page plays it from the start.", status=409
            )
        fields = _fields(_TYPES[wanted.format])
        if "icy-metadata" in request.headers:
            # Only the name: without icy-metaint no titles are mixed into the sound.
            fields += (("icy-name", one_line(show.card.title)),)
        channel = stream.emptiest()
        return Listen(channel, fields, channel.opening() if channel.head is not None else b"")

    def _events(self, show_id: str, asked: float) -> Listen:
        show = self._lookup.show(show_id, asked=asked)
        time = sse.clock(unix_ms(self._clock.wall()))
        opening = sse.RETRY + sse.card(show.card) + sse.studio(self._shows.here) + time
        return Listen(show.events, _fields("text/event-stream"), opening)


def stream_of(wanted: Format, query: Mapping[str, str]) -> Stream:
    """Return the stream behind an address; ``PeerError`` for a codec that is not there."""
    if wanted is not Format.MP4:
        return Stream(wanted.value)
    codec = query.get("codec", Stream.OPUS)
    if codec not in (Stream.OPUS, Stream.AAC):
        raise PeerError("codec_unknown", "The codec of stream.mp4 is opus or aac.")
    return Stream(codec)


def one_line(text: str) -> str:
    """Return ``text`` fit for a header field: printable, on one line, of bounded length."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:_TITLE_LIMIT]


def _fields(content_type: str) -> Fields:
    return (
        ("Content-Type", content_type),
        ("X-Content-Type-Options", "nosniff"),
        NO_STORE,
        *CORS,
        ("X-Accel-Buffering", "no"),  # nginx would hold the first seconds back
    )
