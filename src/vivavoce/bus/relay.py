"""The feed passed on by an edge to edges behind it: the same messages, encoded once for all.

A follower takes the place of an HTTP connection that asked for ``/feed`` with the edges' token. It
costs what one listener costs: all who have taken everything before are sent to with one call, past
their transports, and their reports wake nobody up. While this edge's own studio is away, nobody may
follow: each edge below notices the same, and its listeners stay where they are.
"""

import asyncio
import hmac
import logging
from array import array
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Final

import msgspec

from vivavoce.bus.ears import Ears
from vivavoce.bus.follower import Follower
from vivavoce.bus.memory import Memory
from vivavoce.bus.messages import Count, Down, Hello, Report
from vivavoce.bus.tally import SILENT_AFTER_S, Tally
from vivavoce.clock import Clock

_log = logging.getLogger(__name__)

FOLLOWERS: Final = 256

# Writes one body to non-blocking sockets, each once. Returns None if each has taken all, or what
# each has taken; ``-errno`` where it failed.
Send = Callable[["array[int]", bytes], "Sequence[int] | None"]


class Relay:
    """The edges behind this edge."""

    def __init__(self, clock: Clock, token: str | None, send: Send, ears: Ears) -> None:
        self._clock = clock
        self._token = token
        self._send = send
        self._ears = ears
        self._memory = Memory()
        self._tally = Tally()
        self._hello: Hello | None = None
        self._followers: dict[Follower, int] = {}
        # Those who have taken everything, by descriptor; the descriptors, until one comes or goes.
        self._row: dict[int, Follower] = {}
        self._fds: array[int] | None = None
        # All others: behind, or behind TLS.
        self._apart: dict[Follower, None] = {}
        self._joined = 0
        self.let_go = 0
        """Followers that fell too far behind, since the start."""

    @property
    def followers(self) -> int:
        """How many edges follow this one."""
        return len(self._followers)

    def publish(self, message: Down) -> None:
        """Pass a message of the feed on; never waits."""
        if isinstance(message, Hello):
            # Followers are counted here: how long they may be silent is for this edge to say.
            self._hello = message = msgspec.structs.replace(message, silence_s=SILENT_AFTER_S)
        self._memory.learn(message)
        if not self._followers:
            return
        frame = _frame(msgspec.msgpack.encode(message))
        apart = list(self._apart)  # without those who fall behind just now
        if self._row:
            self._send_row(frame)
        for follower in apart:
            follower.send(frame)

    def _send_row(self, frame: bytes) -> None:
        fds = self._fds = self._fds or array("I", self._row)
        taken = self._send(fds, frame)
        if taken is None:
            return
        for fd, some in zip(fds, taken, strict=True):
            if some < len(frame):
                # Its transport keeps the rest; or meets the same error, and ends it.
                self._row[fd].send(frame[max(some, 0) :])

    def tick(self) -> None:
        """Take the reports that have come; called a few times a second."""
        self._ears.listen()

    def lost(self) -> None:
        """Let all followers go: there is nothing to follow."""
        self._hello = None
        for follower in list(self._followers):
            follower.close()

    def counts(self, own: Report) -> Report:
        """Return this edge's counts and those of the edges behind it."""
        now = self._clock.now()
        shows = own.counts.keys() | self._tally.shows()
        return Report(
            {show: _sum(own.counts.get(show), self._tally.count(show, now)) for show in shows}
        )

    def open(self, transport: asyncio.Transport, headers: Mapping[str, str]) -> None:
        """Take over a connection whose request for ``/feed`` has been read."""
        self._ears.listen()  # an edge that comes again has left before
        follower = Follower(transport, self, self._ears)
        transport.set_protocol(follower)
        refused = self._refused(headers)
        if not follower.shake_hands(headers, refused) or self._hello is None:
            return
        self._followers[follower], self._joined = self._joined, self._joined + 1
        self._apart[follower] = None
        _log.info("an edge follows", extra={"followers": self.followers})
        for message in (self._hello, *self._memory.tell()):
            follower.send(_frame(msgspec.msgpack.encode(message)))
        follower.begin()

    def in_step(self, follower: Follower) -> None:
        """Send to one at its descriptor from now on: it has been sent everything."""
        self._apart.pop(follower, None)
        self._row[follower.fd], self._fds = follower, None

    def out_of_step(self, follower: Follower) -> None:
        """Send to one by its transport from now on; fine if that was so."""
        if self._row.get(follower.fd) is follower:
            del self._row[follower.fd]
            self._fds = None
            self._apart[follower] = None

    def told(self, follower: Follower, report: Report) -> None:
        """Take a report."""
        number = self._followers.get(follower)
        if number is not None:
            self._tally.take(number, report, self._clock.now())

    def left(self, follower: Follower) -> None:
        """Forget one that is gone; its descriptor may be another's from now on."""
        self.out_of_step(follower)
        self._apart.pop(follower, None)
        number = self._followers.pop(follower, None)
        if number is not None:
            self.let_go += follower.behind
            self._tally.drop(number)
            _log.info("an edge left", extra={"followers": self.followers})

    def _refused(self, headers: Mapping[str, str]) -> HTTPStatus | None:
        scheme, _, shown = headers.get("authorization", "").partition(" ")
        if not self._token or scheme.lower() != "bearer":
            return HTTPStatus.UNAUTHORIZED
        if not hmac.compare_digest(shown.strip().encode(), self._token.encode()):
            return HTTPStatus.UNAUTHORIZED
        if self._hello is None or len(self._followers) >= FOLLOWERS:
            return HTTPStatus.SERVICE_UNAVAILABLE
        return None


def _frame(body: bytes) -> bytes:
    """Return one whole binary message as a server sends it (RFC 6455, 5.2): made once for all."""
    size = len(body)
    if size < 126:
        return bytes((0x82, size)) + body
    if size < 65_536:
        return b"\x82\x7e" + size.to_bytes(2, "big") + body
    return b"\x82\x7f" + size.to_bytes(8, "big") + body


def _sum(own: Count | None, below: Count) -> Count:
    if own is None:
        return below
    return Count(own.push + below.push, own.hls + below.hls, own.mp3 + below.mp3)
