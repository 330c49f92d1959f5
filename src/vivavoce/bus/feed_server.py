"""The studio's end of the feed: every part once to every edge, and the counts back.

An edge that is 256 messages behind is let go: its place is where it can catch up, the beginning.
"""

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import anyio
import msgspec
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from vivavoce.bus.memory import Memory
from vivavoce.bus.messages import FEED_VERSION, Count, Down, Hello, read_up
from vivavoce.bus.tally import SILENT_AFTER_S, Tally
from vivavoce.clock import Clock, unix_ms

log = logging.getLogger(__name__)

# A live show makes some seven messages a second (two codecs of 320 ms, now and then a card): with
# ten shows on air an edge may stall for almost four seconds before it is let go.
QUEUE: Final = 256

# More edges than this on one studio is a mistake, or somebody with the token who makes mistakes.
EDGES: Final = 256

_REFUSED: Final = 4401
_TOO_MANY: Final = 4429
_LET_GO: Final = 4408
_BAD_REPORT: Final = 4400


@dataclass(slots=True)
class _Edge:
    queue: MemoryObjectSendStream[bytes]
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    behind: bool = False


class Feed:
    """All edges of this studio. ``known`` says whether a token is the edges' token."""

    def __init__(self, clock: Clock, *, boot: str, known: Callable[[str], bool]) -> None:
        self._clock = clock
        self._known = known
        self._boot = boot
        self._memory = Memory()
        self._tally = Tally()
        self._edges: dict[int, _Edge] = {}
        self._joined = 0
        self.let_go = 0
        """Edges that fell too far behind, since the start."""
        self.published = 0
        """Messages published, since the start."""

    def knows(self, token: str) -> bool:
        """Return whether ``token`` is the edges' token."""
        return self._known(token)

    @property
    def edges(self) -> int:
        """How many edges are connected."""
        return len(self._edges)

    def count(self, show: str) -> Count:
        """Return the players of a show over all edges; an edge silent for 12 s counts none."""
        return self._tally.count(show, self._clock.now())

    def publish(self, message: Down) -> None:
        """Tell all edges; never waits. Called on the event loop."""
        self._memory.learn(message)
        self.published += 1
        if not self._edges:
            return
        body = msgspec.msgpack.encode(message)
        for edge in self._edges.values():
            try:
                edge.queue.send_nowait(body)
            except (anyio.WouldBlock, anyio.BrokenResourceError):
                self._release(edge)

    def route(self) -> WebSocketRoute:
        """Return the route ``/feed``."""
        return WebSocketRoute("/feed", self._serve)

    async def _serve(self, socket: WebSocket) -> None:
        scheme, _, token = socket.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not self._known(token.strip()):
            await socket.close(_REFUSED, "edge token")
            return
        if len(self._edges) >= EDGES:
            await socket.close(_TOO_MANY, "too many edges")
            return
        await socket.accept()
        number, self._joined = self._joined, self._joined + 1
        send, receive = anyio.create_memory_object_stream[bytes](QUEUE)
        edge = _Edge(send)
        # The memory is told before the first await, so nothing is missed and nothing comes twice.
        told = [
            msgspec.msgpack.encode(message) for message in (self._hello(), *self._memory.tell())
        ]
        self._edges[number] = edge
        log.info("edge joined", extra={"edges": self.edges})
        try:
            with edge.scope, send, receive:
                await self._talk(socket, number, told, receive)
        finally:
            self._edges.pop(number, None)
            self._tally.drop(number)
            log.info("edge left", extra={"edges": self.edges, "behind": edge.behind})
        if edge.behind:
            # One second for an orderly goodbye: an edge that is stuck will not read it.
            with anyio.move_on_after(1):
                await socket.close(_LET_GO, "too far behind")

    async def _talk(
        self,
        socket: WebSocket,
        number: int,
        told: list[bytes],
        receive: MemoryObjectReceiveStream[bytes],
    ) -> None:
        async def down() -> None:
            for body in told:
                await socket.send_bytes(body)
            async for body in receive:
                await socket.send_bytes(body)

        async def until_gone(talk: Callable[[], Awaitable[None]]) -> None:
            with suppress(WebSocketDisconnect):
                await talk()
            tasks.cancel_scope.cancel()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(until_gone, down)
            tasks.start_soon(until_gone, partial(self._listen, socket, number))

    async def _listen(self, socket: WebSocket, number: int) -> None:
        while True:
            try:
                report = read_up(await socket.receive_bytes())
            except KeyError:  # a text frame
                report = None
            if report is None:
                await socket.close(_BAD_REPORT, "not a report")
                return
            self._tally.take(number, report, self._clock.now())

    def _hello(self) -> Hello:
        return Hello(FEED_VERSION, self._boot, unix_ms(self._clock.wall()), SILENT_AFTER_S)

    def _release(self, edge: _Edge) -> None:
        if not edge.behind:
            edge.behind = True
            self.let_go += 1
            edge.scope.cancel()
