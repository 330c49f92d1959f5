"""The feed passed on by an edge to edges behind it: the same messages, encoded once for all.

A follower takes the place of an HTTP connection that asked for ``/feed`` with the edges' token. It
costs what one to two listeners cost: all who have taken everything before are sent to with one
call, past their transports. While this edge's own studio is away, nobody may follow: each edge
below notices the same, and its listeners stay where they are.
"""

import asyncio
import hmac
import logging
from array import array
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Final

import msgspec
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.server import ServerProtocol
from websockets.utils import apply_mask

from vivavoce.bus.memory import Memory
from vivavoce.bus.messages import Count, Down, Hello, Report, read_up
from vivavoce.bus.tally import Tally
from vivavoce.clock import Clock

_log = logging.getLogger(__name__)

# As the studio's queue of 256 messages of a part: who is so far behind begins anew.
_UNSENT_LIMIT: Final = 512 * 1024
# A report of a thousand shows.
_REPORT_LIMIT: Final = 128 * 1024
FOLLOWERS: Final = 256

# The first byte of a frame that is a whole binary message; the bits FIN and MASK; the longest body
# whose size is in the second byte; and the header before such a body, masked. (RFC 6455, 5.2)
_BINARY: Final = 0x82
_FINAL, _MASKED, _SMALL, _HEADER = 0x80, 0x80, 125, 6

# Writes one body to non-blocking sockets, each once. Returns None if each has taken all, or what
# each has taken; ``-errno`` where it failed.
Send = Callable[["array[int]", bytes], "Sequence[int] | None"]


class Relay:
    """The edges behind this edge."""

    def __init__(self, clock: Clock, token: str | None, send: Send) -> None:
        self._clock = clock
        self._token = token
        self._send = send
        self._memory = Memory()
        self._tally = Tally()
        self._hello: Hello | None = None
        self._followers: dict[Follower, int] = {}
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
            self._hello = message
        self._memory.learn(message)
        if not self._followers:
            return
        frame = _frame(msgspec.msgpack.encode(message))
        clear: list[Follower] = []
        for follower in self._followers:
            if follower.clear:
                clear.append(follower)
            else:
                follower.send(frame)
        if not clear:
            return
        taken = self._send(array("I", [follower.fd for follower in clear]), frame)
        if taken is None:
            return
        for follower, some in zip(clear, taken, strict=True):
            if some < len(frame):
                # Its transport keeps the rest; or meets the same error, and ends it.
                follower.send(frame[max(some, 0) :])

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
        follower = Follower(transport, self._left, self._report)
        transport.set_protocol(follower)
        refused = self._refused(headers)
        if not follower.shake_hands(headers, refused) or self._hello is None:
            return
        self._followers[follower], self._joined = self._joined, self._joined + 1
        _log.info("an edge follows", extra={"followers": self.followers})
        for message in (self._hello, *self._memory.tell()):
            follower.send(_frame(msgspec.msgpack.encode(message)))

    def _refused(self, headers: Mapping[str, str]) -> HTTPStatus | None:
        scheme, _, shown = headers.get("authorization", "").partition(" ")
        if not self._token or scheme.lower() != "bearer":
            return HTTPStatus.UNAUTHORIZED
        if not hmac.compare_digest(shown.strip().encode(), self._token.encode()):
            return HTTPStatus.UNAUTHORIZED
        if self._hello is None or len(self._followers) >= FOLLOWERS:
            return HTTPStatus.SERVICE_UNAVAILABLE
        return None

    def _report(self, follower: "Follower", report: Report) -> None:
        number = self._followers.get(follower)
        if number is not None:
            self._tally.take(number, report, self._clock.now())

    def _left(self, follower: "Follower") -> None:
        number = self._followers.pop(follower, None)
        if number is not None:
            self.let_go += follower.behind
            self._tally.drop(number)
            _log.info("an edge left", extra={"followers": self.followers})


class Follower(asyncio.Protocol):
    """One edge's WebSocket, on a transport that was an HTTP connection's."""

    def __init__(
        self,
        transport: asyncio.Transport,
        left: "Callable[[Follower], None]",
        report: "Callable[[Follower, Report], None]",
    ) -> None:
        self._transport = transport
        self._left = left
        self._report = report
        self._socket = ServerProtocol(max_size=_REPORT_LIMIT)
        sealed = transport.get_extra_info("ssl_object") is not None
        sock = None if sealed else transport.get_extra_info("socket")
        self.fd = -1 if sock is None else sock.fileno()
        """The descriptor; -1 where what it is sent is sealed on the way."""
        self.behind = False
        """Whether it was let go for that."""
        # Whether all bytes so far were whole messages: what comes next begins a frame.
        self._in_step = True
        self._told: tuple[bytes, Report] | None = None

    def shake_hands(self, headers: Mapping[str, str], refused: HTTPStatus | None) -> bool:
        """Answer the upgrade; return whether it is one and was granted."""
        # It reads requests itself, so it is given this one once more, as it was understood.
        lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
        self._socket.receive_data(f"GET /feed HTTP/1.1\r\n{''.join(lines)}\r\n".encode("latin-1"))
        request = next(iter(self._socket.events_received()), None)
        if refused is None and isinstance(request, Request):
            response = self._socket.accept(request)
        else:
            refused = refused or HTTPStatus.BAD_REQUEST
            response = self._socket.reject(refused, f"{refused.phrase}\n")
        self._socket.send_response(response)
        self._flush()
        if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            self._transport.close()
            return False
        return True

    @property
    def clear(self) -> bool:
        """Whether it may be written to at its descriptor: nothing waits, and nothing is over."""
        return (
            self.fd >= 0
            and self._socket.state is OPEN
            and not self._transport.is_closing()
            and not self._transport.get_write_buffer_size()
        )

    def send(self, frame: bytes) -> None:
        """Send by its transport what is framed; a follower that does not take it is let go."""
        if self._transport.get_write_buffer_size() > _UNSENT_LIMIT:
            self.behind = True
            self._transport.abort()
        elif self._socket.state is OPEN:
            self._transport.write(frame)

    def close(self) -> None:
        """Say goodbye."""
        if self._socket.state is OPEN:
            self._socket.send_close(1001)
            self._flush()
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Take reports, pings and goodbyes."""
        self._in_step = self._in_step and _whole(data)
        if (
            self._in_step
            and len(data) > _HEADER
            and data[0] == _BINARY
            and len(data) == _HEADER + (data[1] & 0x7F)
            and self._socket.state is OPEN
        ):
            # A report and nothing else, as nearly always: several times as dear through the parser.
            self._take(apply_mask(data[_HEADER:], data[2:_HEADER]))
            return
        self._socket.receive_data(data)
        for event in self._socket.events_received():
            if isinstance(event, Frame) and event.opcode is Opcode.BINARY:
                self._take(bytes(event.data))
        self._flush()
        if self._socket.close_expected():
            self._transport.close()

    def eof_received(self) -> bool:
        """Close: an edge that has shut its side follows no more."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._left(self)

    def _take(self, data: bytes) -> None:
        if self._told is None or self._told[0] != data:
            report = read_up(data)
            if report is None:
                self.close()
                return
            self._told = data, report
        self._report(self, self._told[1])

    def _flush(self) -> None:
        for data in self._socket.data_to_send():
            if data:
                self._transport.write(data)


def _whole(data: bytes) -> bool:
    """Return whether these are whole small messages of a client, each of one frame."""
    at = 0
    while at + 1 < len(data) and data[at] & _FINAL and _MASKED <= data[at + 1] <= _MASKED + _SMALL:
        at += _HEADER + data[at + 1] - _MASKED
    return at == len(data)


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
