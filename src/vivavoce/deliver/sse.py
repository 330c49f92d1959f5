"""Server-sent events (WHATWG HTML, section 9.2) as ready-made bytes. Pure."""

from typing import Final

import msgspec

from vivavoce.card import ShowCard

# First line of the stream: how long a browser waits before it connects again, in milliseconds.
RETRY: Final = b"retry: 1000\n\n"


def event(name: str, data: bytes) -> bytes:
    """Return one event; ``data`` is JSON on one line."""
    if b"\n" in data or b"\r" in data:
        raise ValueError("event data must be one line")
    return b"event: %s\ndata: %s\n\n" % (name.encode("ascii"), data)


def card(show_card: ShowCard) -> bytes:
    """Return the event that carries the whole show card."""
    return event("card", msgspec.json.encode(show_card))


def studio(here: bool) -> bytes:
    """Return the event that says whether the studio is there."""
    return event("studio", msgspec.json.encode({"here": here}))


def clock(now_ms: int) -> bytes:
    """Return the event that tells the server's time, Unix milliseconds."""
    return event("clock", msgspec.json.encode({"now_ms": now_ms}))
