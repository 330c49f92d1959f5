"""A port that speaks TLS, for browsers and for proxies that pass sealed bytes on.

Such a proxy says in the clear for whom it speaks (PROXY protocol), before the first byte of TLS.
That is read off the socket to the byte; TLS begins behind it.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Final

import anyio

from vivavoce.deliver.connection import Connection
from vivavoce.deliver.door import Door
from vivavoce.deliver.doorway import Doorway
from vivavoce.deliver.patience import Wait
from vivavoce.deliver.proxy_line import introduced
from vivavoce.errors import PeerError

# More than one introduction, and less than what it could cost to look at again and again.
_LOOK: Final = 4_096


class SealedDoorway(Doorway):
    """One listening socket of a port with TLS."""

    def __init__(
        self, sock: socket.socket, door: Door, start: Callable[..., object], tls: ssl.SSLContext
    ) -> None:
        super().__init__(sock, door, start)
        self._tls = tls
        self._shaking = 0

    def _welcome(self, peer: socket.socket, address: str) -> None:
        if not self._door.has_room_beside(self._shaking):
            self._door.totals.connections_refused += 1
            peer.close()  # there is nothing that could be said before TLS
            return
        self._shaking += 1
        self._start(self._shake, peer, address)

    async def _shake(self, peer: socket.socket, address: str) -> None:
        """Let the proxy, if it is one, introduce the peer; then shake hands."""
        loop = asyncio.get_running_loop()
        try:
            if self._door.proxies.trusted(address):
                address = await _introduction(peer) or address
            await loop.connect_accepted_socket(
                lambda: Connection(self._door, address),
                peer,
                ssl=self._tls,
                ssl_handshake_timeout=Wait.REQUEST.value,
            )
        except PeerError:
            self._door.totals.heads_refused += 1
            peer.close()
        except (OSError, TimeoutError):
            peer.close()  # no handshake came of it
        except BaseException:
            peer.close()
            raise
        finally:
            self._shaking -= 1


async def _introduction(peer: socket.socket) -> str | None:
    """Take what a proxy says off the socket, and nothing behind it; return the peer's address.

    None where it says nothing. Raises ``PeerError`` for what is broken, ``TimeoutError``.
    """
    said = b""
    with anyio.fail_after(Wait.HEAD.value):
        while True:
            await anyio.wait_readable(peer)
            more = peer.recv(_LOOK, socket.MSG_PEEK)
            if not more:
                raise ConnectionAbortedError
            found = introduced(said + more)
            if found is not None:
                if found.size < len(said):
                    raise ConnectionAbortedError  # it began like an introduction, and is none
                peer.recv(found.size - len(said))
                return found.address
            said += peer.recv(len(more))  # all of it belongs to the introduction
