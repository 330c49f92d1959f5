"""A network that changes: two links to this machine, and a router that gives out other ports."""

import asyncio
import contextlib
import socket
import subprocess
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Final

LINKS: Final = (("vv-a", "10.231.1"), ("vv-b", "10.231.2"))
NAMESPACE: Final = "vv-bench"

SERVER: Final = "10.231.3.1"
"""The server's address, whichever link one comes by."""
ROUTER: Final = "10.231.4.1"
"""The router's, behind which the server is."""


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


@contextmanager
def two_links() -> Iterator[None]:
    """Make a namespace with two links to this machine, both plugged in; the first is preferred."""
    _clear()  # what a run that was killed left
    ip("netns", "add", NAMESPACE)
    try:
        for number, (link, net) in enumerate(LINKS):
            ip("link", "add", link, "type", "veth", "peer", "name", "eth", "netns", NAMESPACE)
            ip("addr", "add", f"{net}.1/24", "dev", link)
            ip("link", "set", link, "up")
            ip("-n", NAMESPACE, "link", "set", "eth", "name", f"eth{number}")
        ip("addr", "add", f"{SERVER}/32", "dev", LINKS[0][0])
        ip("-n", NAMESPACE, "link", "set", "lo", "up")
        connect(0)
        connect(1)
        yield
    finally:
        _clear()


def _clear() -> None:
    # A namespace lives on until its last process has ended, and its links with it.
    words = [("link", "del", link) for link, _ in LINKS] + [("netns", "del", NAMESPACE)]
    for each in words:
        subprocess.run(["ip", *each], check=False, stderr=subprocess.DEVNULL)


def connect(number: int) -> None:
    """Plug a link in."""
    net = LINKS[number][1]
    ip("-n", NAMESPACE, "addr", "add", f"{net}.2/24", "dev", f"eth{number}")
    ip("-n", NAMESPACE, "link", "set", f"eth{number}", "up")
    metric = str(100 + number)
    ip("-n", NAMESPACE, "route", "replace", "default", "via", f"{net}.1", "metric", metric)


def pull(number: int) -> None:
    """Pull a link out; its address goes too."""
    ip("-n", NAMESPACE, "link", "set", f"eth{number}", "down")
    ip("-n", NAMESPACE, "addr", "flush", "dev", f"eth{number}")


Address = tuple[str, int]


class Router:
    """Stands before the server's UDP port as a NAT does, with a port of its own per caller."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._loop = asyncio.get_running_loop()
        self._front = self._socket((ROUTER, port))
        self._ways: dict[Address, socket.socket] = {}
        self._closed: list[socket.socket] = []
        self._loop.add_reader(self._front, self._inward)

    def rebind(self, hosts: Collection[str]) -> None:
        """Give callers other ports; what is sent to the old ones is thrown away."""
        for source in [source for source in self._ways if source[0] in hosts]:
            way = self._ways.pop(source)
            self._loop.remove_reader(way)
            self._closed.append(way)

    def close(self) -> None:
        for way in (self._front, *self._ways.values(), *self._closed):
            self._loop.remove_reader(way)
            way.close()

    def _inward(self) -> None:
        for data, source in _all(self._front):
            if source not in self._ways:
                way = self._ways[source] = self._socket(("127.0.0.1", 0))
                self._loop.add_reader(way, self._outward, way, source)
            self._ways[source].sendto(data, ("127.0.0.1", self._port))

    def _outward(self, way: socket.socket, source: Address) -> None:
        for data, _ in _all(way):
            self._front.sendto(data, source)

    def _socket(self, address: Address) -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.setblocking(False)
        made.bind(address)
        return made


def _all(way: socket.socket) -> Iterator[tuple[bytes, Address]]:
    """Yield what has come."""
    with contextlib.suppress(BlockingIOError):
        while True:
            yield way.recvfrom(2_048)


@contextmanager
def router(port: int) -> Iterator[Router]:
    """Run a router; its address is made only now, so that the server has not bound it."""
    ip("addr", "add", f"{ROUTER}/32", "dev", LINKS[0][0])
    made = Router(port)
    try:
        yield made
    finally:
        made.close()
        ip("addr", "del", f"{ROUTER}/32", "dev", LINKS[0][0])
