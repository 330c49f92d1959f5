"""Letting a crowd in: a few at a time, so that those who are in hear nothing of it.

Whoever asks for a stream in one whole head becomes a listener at once, on its bare socket. All
others, and whoever has not said anything yet, get a ``Connection``.
"""

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Final

from vivavoce.deliver.cache import NotInMemory
from vivavoce.deliver.connection import Connection
from vivavoce.deliver.door import Door
from vivavoce.deliver.http import HEAD_LIMIT, parse_head, response_head
from vivavoce.deliver.push import Listen
from vivavoce.errors import PeerError

_log = logging.getLogger(__name__)

# A join costs some 60 microseconds: 2 ms, then a slice of a sweep has its turn.
_AT_ONCE: Final = 32

# Out of descriptors: those who wait in the kernel's queue are looked at again after this.
_PAUSE_S: Final = 0.5

# The path of a stream is within so many bytes of the request line.
_LINE: Final = 64


class Doorway:
    """One listening socket."""

    def __init__(self, sock: socket.socket, door: Door, start: Callable[..., object]) -> None:
        self._sock = sock
        self._door = door
        self._start = start

    def open(self) -> None:
        """Let peers in from now on."""
        self._sock.setblocking(False)
        asyncio.get_running_loop().add_reader(self._sock.fileno(), self._accept)

    def close(self) -> None:
        """Let nobody in any more."""
        self._pause()
        self._sock.close()

    def _pause(self) -> None:
        if self._sock.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self._sock.fileno())

    def _go_on(self) -> None:
        if self._sock.fileno() >= 0:
            self.open()

    def _accept(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                peer, address = self._sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                _log.warning("nobody can be let in", extra={"errno": error.errno})
                self._pause()
                asyncio.get_running_loop().call_later(_PAUSE_S, self._go_on)
                return
            peer.setblocking(False)
            self._welcome(peer, str(address[0]) if isinstance(address, tuple) else "")

    def _welcome(self, peer: socket.socket, address: str) -> None:
        if not self._listens(peer, address):
            self._start(self._serve, peer)

    async def _serve(self, peer: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.connect_accepted_socket(lambda: Connection(self._door), peer)
        except OSError:
            peer.close()  # it has left already

    def _listens(self, peer: socket.socket, address: str) -> bool:
        """Make a listener of who asks for a stream; False leaves the peer and its bytes as is."""
        # A listed proxy says first for whom it speaks.
        head = b"" if self._door.proxies.trusted(address) else _peek(peer)
        if not _asks_for_stream(head) or not self._door.room:
            return False
        try:
            request = parse_head(head[:-4])
            answer = self._door.desk.answer(request, address, asked=self._door.now())
        except (PeerError, NotInMemory):
            return False  # to be found, and answered, once more
        if not isinstance(answer, Listen):
            return False
        peer.recv(len(head))
        self._door.admit()
        says = response_head(
            200, answer.fields, date=self._door.date, length=None, keep_alive=False
        )
        self._door.fanout.take(answer.channel, peer.detach(), says, answer.opening)
        return True


def _peek(peer: socket.socket) -> bytes:
    try:
        return peer.recv(HEAD_LIMIT, socket.MSG_PEEK)
    except OSError:
        return b""


def _asks_for_stream(head: bytes) -> bool:
    """Return whether ``head`` is one whole request, and likely to be for a stream."""
    if not head.startswith(b"GET /live/") or head.find(b"/stream.", 0, _LINE) < 0:
        return False
    return head.find(b"\r\n\r\n") == len(head) - 4
