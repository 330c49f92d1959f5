"""UDP sockets: bound with words that help, and each datagram with the way back to its sender."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, cast

from vivavoce.errors import MachineError
from vivavoce.webrtc.stun import Address

# Linux doubles it for its own use. 1 MB is 2 s of 500 voices: longer than any stall of ours.
_RECEIVE_BUFFER: Final = 1 << 20

# Addresses of documentation (RFC 5737, RFC 3849), which lie beyond every default route.
_FAMILIES: Final = (
    (socket.AF_INET, "198.51.100.1", "127.0.0.1"),
    (socket.AF_INET6, "2001:db8::1", "::1"),
)

_ATTEMPTS: Final = 20

_Source = tuple[str | int, ...]
"""What the socket calls an address: IPv6 has a flow and a scope beside host and port."""


@dataclass(slots=True)  # not frozen: one is made for each datagram
class Arrival:
    """Where a datagram came from, and by which socket."""

    source: _Source
    transport: asyncio.DatagramTransport

    @property
    def address(self) -> Address:
        """Host and port."""
        return cast("Address", self.source[:2])

    def reply(self, datagram: bytes) -> None:
        """Send back to there, from the port that it came to. Never waits."""
        self.transport.sendto(datagram, cast("Address", self.source))


Receive = Callable[[bytes, Arrival], None]


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


def local_addresses() -> list[str]:
    """Return the addresses to bind when none are named: one a family that leads out, and loopback.

    Concrete ones rather than the wildcard: a reply must leave from the address that was asked, or
    else the browser drops it.
    """
    found: list[str] = []
    for family, outside, loopback in _FAMILIES:
        for probe in (outside, loopback):
            with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as sock:
                sock.connect((probe, 9))  # sends nothing: the route alone is looked up
                found.append(sock.getsockname()[0])
    return list(dict.fromkeys(found))


def bind_all(hosts: Sequence[str], port: int) -> tuple[list[socket.socket], int]:
    """Return a socket on each of ``hosts``, all on one port; 0 takes one that is free on all."""
    for attempt in range(_ATTEMPTS):
        sockets: list[socket.socket] = []
        number = port
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


async def listen(sock: socket.socket, receive: Receive) -> asyncio.DatagramTransport:
    """Hand every datagram of ``sock`` to ``receive``; closing the transport closes the socket."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Protocol(receive), sock=sock)
    return transport


class _Protocol(asyncio.DatagramProtocol):
    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: _Source) -> None:
        self._receive(data, Arrival(addr, self._transport))

    def error_received(self, exc: Exception) -> None:
        """ICMP errors of single peers: their checks tell better who is gone."""
