"""UDP sockets: bound with words that help, and each datagram with the way back to its sender.

A voice is a datagram each 20 ms, and nothing is done with it before the next tick. Waking up for
each would cost more than taking it: so they are taken together, right before the tick, and the
system says when each one came.
"""

import asyncio
import secrets
import socket
import struct
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from vivavoce.clock import Clock
from vivavoce.errors import MachineError
from vivavoce.webrtc.stun import Address

# Linux doubles it for its own use. 1 MB is 2 s of 500 voices: longer than any stall of ours.
_RECEIVE_BUFFER: Final = 1 << 20

# A port that was found free is let go, and bound again by the studio, at each of its starts: it is
# taken below those that systems give to whoever asks for any (Linux from 32,768 on, macOS 49,152).
_ANY: Final = range(20_000, 32_000)
_ATTEMPTS: Final = 20

_LARGEST: Final = 2048
"""Bytes of a datagram: more than any path carries in one piece. What is cut is not authentic."""

# SO_TIMESTAMPNS of Linux (asm-generic/socket.h): each datagram says when it came.
_TIMESTAMPS: Final = 35
_STAMP: Final = struct.Struct("@ll")
_STAMP_SPACE: Final = socket.CMSG_SPACE(_STAMP.size)
_OLDEST_S: Final = 5.0  # a stamp that is older, or of the future: the wall clock was put elsewhere

# At most so many are taken at once: a flood must not keep the ticks waiting.
_MOST: Final = 512

PAUSE_S: Final = 0.005
"""Between two looks at what came, while no ticks take it: a handshake is ten such waits."""
_TICKING_S: Final = 0.1  # ticks have taken what came within so long: they will again
_FRESH_S: Final = 0.002  # what came since then can wait for the next tick; see mix.jitter's margin

_Source = tuple[str | int, ...]
"""What the socket calls an address: IPv6 has a flow and a scope beside host and port."""


@dataclass(slots=True)  # not frozen: one is made for each datagram
class Arrival:
    """Where a datagram came from, and by which port."""

    source: _Source
    port: "Port"

    @property
    def address(self) -> Address:
        """Host and port."""
        source = self.source
        return source if len(source) == 2 else source[:2]  # type: ignore[return-value]

    def reply(self, datagram: bytes) -> None:
        """Send back to there, from the port that it came to. Never waits."""
        self.port.send(datagram, self.source)


Receive = Callable[[bytes, Arrival, float], None]
"""Takes a datagram and when it came (monotonic seconds)."""


class Port:
    """A bound socket: every datagram goes to ``receive``, within ``PAUSE_S`` or at ``gather``."""

    def __init__(self, sock: socket.socket, receive: Receive, clock: Clock) -> None:
        self.unsent = 0
        """Datagrams that the system did not take."""
        self._sock = sock
        self._receive = receive
        self._clock = clock
        self._stamped = _stamped(sock)
        self._gathered = float("-inf")
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._loop.add_reader(sock, self._readable)

    def send(self, datagram: bytes, source: _Source) -> None:
        """Send now or never: a voice does not wait."""
        try:
            self._sock.sendto(datagram, source)
        except OSError:
            self.unsent += 1

    def gather(self) -> None:
        """Take what has come by now; for whoever is about to make a tick."""
        now = self._clock.now()
        if now - self._gathered >= _FRESH_S:
            self._gathered = now
            self._take()

    def close(self) -> None:
        """Close the socket."""
        self._loop.remove_reader(self._sock)
        if self._timer is not None:
            self._timer.cancel()
        self._sock.close()

    def _take(self) -> None:
        now, wall = self._clock.now(), self._clock.wall().timestamp()
        for _ in range(_MOST):
            try:
                data, extra, _, source = self._sock.recvmsg(_LARGEST, _STAMP_SPACE)
            except BlockingIOError:
                return
            except OSError:
                continue  # ICMP errors of single peers: their checks tell better who is gone
            self._receive(data, Arrival(source, self), now - _age(extra, wall))

    def _readable(self) -> None:
        self._take()
        if self._stamped:  # without stamps, reading at once is the only way to know when it came
            self._loop.remove_reader(self._sock)
            self._timer = self._loop.call_later(PAUSE_S, self._watch)

    def _watch(self) -> None:
        if self._clock.now() - self._gathered < _TICKING_S:
            self._timer = self._loop.call_later(_TICKING_S, self._watch)
        else:
            self._loop.add_reader(self._sock, self._readable)


def _stamped(sock: socket.socket) -> bool:
    if sys.platform != "linux":
        return False
    try:
        sock.setsockopt(socket.SOL_SOCKET, _TIMESTAMPS, 1)
    except OSError:
        return False
    return True


def _age(extra: Sequence[tuple[int, int, Any]], wall: float) -> float:
    """Return for how long a datagram waited; 0 if the system does not say."""
    if not extra:
        return 0.0
    _, kind, data = extra[0]  # we ask for nothing else
    if kind != _TIMESTAMPS or len(data) != _STAMP.size:
        return 0.0
    seconds, nanoseconds = _STAMP.unpack(data)
    age: float = wall - seconds - nanoseconds / 1e9
    return age if 0.0 <= age < _OLDEST_S else 0.0


def bind(host: str, port: int) -> tuple[socket.socket, int]:
    """Return a socket on ``host`` and the port it got; ``MachineError`` if that cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise MachineError(
            "udp_port_unusable",
            f"UDP port {port} on {host} cannot be used: {error.strerror}. "
            "Stop the program that has it, or choose another one with --udp-port.",
        ) from None
    return sock, sock.getsockname()[1]


def bind_all(hosts: Sequence[str], port: int) -> tuple[list[socket.socket], int]:
    """Return a socket on each of ``hosts``, all on one port; 0 takes one that is free on all."""
    for attempt in range(_ATTEMPTS):
        sockets: list[socket.socket] = []
        number = port or secrets.choice(_ANY)
        try:
            for host in hosts:
                sock, number = bind(host, number)
                sockets.append(sock)
        except MachineError:
            for sock in sockets:
                sock.close()
            if port or attempt == _ATTEMPTS - 1:
                raise
        else:
            return sockets, number
    raise AssertionError
