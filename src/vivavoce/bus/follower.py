"""One edge behind this edge: its WebSocket, on a transport that was an HTTP connection's.

It is sent to at its descriptor, past the transport, as long as nothing waits there; and it is read
when its reports are asked for, not when they come.
"""

import asyncio
import socket
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Final, Protocol

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from vivavoce.bus.ears import Ears
from vivavoce.bus.messages import Report, read_up

try:
    from websockets.speedups import apply_mask
except ImportError:  # a platform without its compiled part
    from websockets.utils import apply_mask

# As the studio's queue of 256 messages of a part: who is so far behind begins anew.
_UNSENT_LIMIT: Final = 512 * 1024
# A report of a thousand shows.
_REPORT_LIMIT: Final = 128 * 1024

# What a follower that has vanished may leave unacknowledged, or a quiet one unanswered: then the
# kernel ends the connection. Edges give up as late on one that is silent (``feed_client``).
_VANISHED_S: Final = 10
_PATIENCE: Final = (
    (socket.SOL_SOCKET, "SO_KEEPALIVE", 1),
    (socket.IPPROTO_TCP, "TCP_KEEPIDLE", _VANISHED_S // 2),
    (socket.IPPROTO_TCP, "TCP_KEEPINTVL", 1),
    (socket.IPPROTO_TCP, "TCP_KEEPCNT", _VANISHED_S // 2),
    (socket.IPPROTO_TCP, "TCP_USER_TIMEOUT", 1000 * _VANISHED_S),
)

# The first byte of a frame that is a whole message, or a ping; the second one of a client's frame
# whose body is that long, or whose size is in the two bytes after it (RFC 6455, 5.2).
_BINARY, _PING, _PONG = 0x82, 0x89, 0x8A
_MASKED, _SMALL, _LARGER, _HEADER = 0x80, 125, 126, 6


class Home(Protocol):
    """Where followers belong."""

    def in_step(self, follower: "Follower") -> None:
        """Take in one that has been sent everything, at its descriptor from now on."""

    def out_of_step(self, follower: "Follower") -> None:
        """Send to one by its transport from now on; fine if that was so."""

    def told(self, follower: "Follower", report: Report) -> None:
        """Take a report."""

    def left(self, follower: "Follower") -> None:
        """Forget one that is gone."""


class Follower(asyncio.Protocol):
    """One edge's WebSocket."""

    # Of hundreds one is looked at now and then: the less memory it touches, the sooner it is done.
    __slots__ = (
        "_asked",
        "_ears",
        "_home",
        "_in_step",
        "_socket",
        "_told",
        "_transport",
        "behind",
        "fd",
    )

    def __init__(self, transport: asyncio.Transport, home: Home, ears: Ears) -> None:
        self._transport = transport
        self._home = home
        self._ears = ears
        self._socket = ServerProtocol(max_size=_REPORT_LIMIT)
        sealed = transport.get_extra_info("ssl_object") is not None
        sock = None if sealed else transport.get_extra_info("socket")
        self.fd = -1 if sock is None else sock.fileno()
        """The descriptor; -1 where what it is sent is sealed on the way."""
        self.behind = False
        """Whether it was let go for that."""
        self._asked = False
        # Whether all bytes so far were what ``_frames`` reads: what comes next begins a frame.
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

    def begin(self) -> None:
        """Be one of those who follow, with all that has been sent so far."""
        _notice_absence(self._transport.get_extra_info("socket"))
        if self.fd < 0:
            return
        # With these limits the transport says each time that something waits, or nothing any more.
        self._transport.set_write_buffer_limits(high=0)
        if self._ears.add(self.fd, self._hear):
            self._transport.pause_reading()
            self._asked = True
        if not self._transport.get_write_buffer_size():
            self.resume_writing()

    def send(self, data: bytes) -> None:
        """Send by its transport what is framed; a follower that does not take it is let go."""
        if self._transport.get_write_buffer_size() > _UNSENT_LIMIT:
            self.behind = True
            self.abort()
        elif self._socket.state is OPEN:
            self._transport.write(data)

    def close(self) -> None:
        """Say goodbye."""
        self._home.out_of_step(self)
        if self._socket.state is OPEN:
            if self._asked:
                with suppress(OSError):
                    self._ears.read(self.fd)  # unread, it would cut off what is sent
            self._socket.send_close(1001)
            self._flush()
        self._transport.close()

    def abort(self) -> None:
        """Let go at once."""
        self._home.out_of_step(self)
        self._transport.abort()

    def pause_writing(self) -> None:
        """Be sent to behind what waits."""
        self._home.out_of_step(self)

    def resume_writing(self) -> None:
        """Be sent to at the descriptor: nothing waits."""
        if self.fd >= 0 and self._socket.state is OPEN and not self._transport.is_closing():
            self._home.in_step(self)

    def data_received(self, data: bytes) -> None:
        """Take reports, pings and goodbyes."""
        frames = _frames(data) if self._in_step and self._socket.state is OPEN else None
        if frames is None:
            self._in_step = False
            self._parse(data)
            return
        # Reports and pings and nothing else, as nearly always: through the parser they are several
        # times as dear.
        for opcode, body in frames:
            if opcode == _BINARY:
                self._take(body)
            else:
                self.send(bytes((_PONG, len(body))) + body)

    def eof_received(self) -> bool:
        """Close: an edge that has shut its side follows no more."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        if self._asked:
            self._ears.forget(self.fd)
        self._home.left(self)

    def _hear(self) -> None:
        if self._transport.is_closing():
            return  # what it says counts no more
        try:
            data = self._ears.read(self.fd)
        except OSError:
            self.abort()
            return
        if data:
            self.data_received(data)
        elif data is not None:
            self._home.out_of_step(self)
            self._transport.close()

    def _parse(self, data: bytes) -> None:
        self._socket.receive_data(data)
        for event in self._socket.events_received():
            if isinstance(event, Frame) and event.opcode is Opcode.BINARY:
                self._take(bytes(event.data))
        if self._socket.state is not OPEN:
            self._home.out_of_step(self)
        self._flush()
        if self._socket.close_expected():
            self._transport.close()

    def _take(self, data: bytes) -> None:
        if self._told is None or self._told[0] != data:
            report = read_up(data)
            if report is None:
                self.close()
                return
            self._told = data, report
        self._home.told(self, self._told[1])

    def _flush(self) -> None:
        for data in self._socket.data_to_send():
            if data:
                self._transport.write(data)


def _frames(data: bytes) -> list[tuple[int, bytes]] | None:
    """Return opcode and body of the messages and pings that these are; None if it is anything else.

    Of a client, whole, of one frame each, and up to 64 KiB.
    """
    found, at, end = [], 0, len(data)
    small = _HEADER < end <= _HEADER + _SMALL
    if small and data[0] == _BINARY and data[1] - _MASKED == end - _HEADER:
        return [(_BINARY, apply_mask(data[_HEADER:], data[2:_HEADER]))]  # one, as nearly always
    while at < end:
        first, size = data[at], data[at + 1 : at + 2]
        length = size[0] - _MASKED if size else -1
        at += 2
        if first == _BINARY and length == _LARGER:
            length = int.from_bytes(data[at : at + 2])
            at += 2
        elif not (first in {_BINARY, _PING} and 0 <= length <= _SMALL):
            return None
        mask, at = data[at : at + 4], at + 4 + length
        if at > end:
            return None
        found.append((first, apply_mask(data[at - length : at], mask)))
    return found


def _notice_absence(sock: socket.socket) -> None:
    """Have the kernel end the connection of a machine that has vanished."""
    for level, name, value in _PATIENCE:
        option = getattr(socket, name, None)  # not everywhere is there each of them
        if option is not None:
            with suppress(OSError):
                sock.setsockopt(level, option, value)
