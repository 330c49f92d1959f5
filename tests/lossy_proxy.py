"""A bad network between real peers: a UDP proxy that loses what a ``LossyLink`` decides."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from vivavoce.testing import LossyLink
from vivavoce.webrtc.demux import Kind, kind_of

HOST = "127.0.0.1"
Address = tuple[str, int]


class LossyProxy:
    """Stands before ``port`` for one caller. Only its media is lost; the rest always arrives."""

    def __init__(self, port: int, link: LossyLink) -> None:
        self.target = port
        self.link = link
        self.port = 0
        self.passed = self.lost = 0
        self._caller: Address | None = None
        self._front: asyncio.DatagramTransport
        self._back: asyncio.DatagramTransport

    def rewrite(self, answer: str) -> str:
        """Return the answer with the proxy's address for the endpoint's."""
        return re.sub(
            rf"(a=candidate:\d+ 1 udp \d+) \S+ {self.target} ", rf"\1 {HOST} {self.port} ", answer
        )

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._front, _ = await loop.create_datagram_endpoint(
            lambda: _Receiver(self._inward), local_addr=(HOST, 0)
        )
        self._back, _ = await loop.create_datagram_endpoint(
            lambda: _Receiver(self._outward), remote_addr=(HOST, self.target)
        )
        self.port = self._front.get_extra_info("sockname")[1]

    def close(self) -> None:
        self._front.close()
        self._back.close()

    def _inward(self, data: bytes, source: Address) -> None:
        if kind_of(data) is Kind.STUN:
            self._caller = source
        if kind_of(data) is not Kind.RTP:
            self._back.sendto(data)
            return
        fate = self.link.fate()
        self.lost += fate.lost
        self.passed += not fate.lost
        for delay in fate.delays:
            asyncio.get_running_loop().call_later(delay, self._send, data)

    def _send(self, data: bytes) -> None:
        if not self._back.is_closing():
            self._back.sendto(data)

    def _outward(self, data: bytes, source: Address) -> None:
        if self._caller is not None:
            self._front.sendto(data, self._caller)


class _Receiver(asyncio.DatagramProtocol):
    def __init__(self, receive: Callable[[bytes, Address], None]) -> None:
        self._receive = receive

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._receive(data, addr)


@asynccontextmanager
async def lossy_proxy(port: int, link: LossyLink) -> AsyncIterator[LossyProxy]:
    proxy = LossyProxy(port, link)
    await proxy.open()
    try:
        yield proxy
    finally:
        proxy.close()
