"""The studio port's connections: nobody is waited for without end, and a full port makes room.

uvicorn waits for ever for a head that is sent a byte a minute, takes heads and pipelines of any
size, and refuses everybody once its limit is reached. So a crowd that opens connections and says
nothing would shut hosts and speakers out; here it loses them to whoever comes next.
"""

import socket
from collections.abc import Callable
from typing import Any, Final

import anyio
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from vivavoce.deliver.patience import Patience, Wait
from vivavoce.metrics import Metrics

# Hosts, speakers, raised hands and edges of one studio; more at once is an attack on the port.
CONNECTIONS: Final = 2_000

# A browser's head is 1.5 KB; 16 KiB is what most servers take with cookies.
HEAD_LIMIT: Final = 16 * 1024

# A page asks for some files at once; browsers do not pipeline at all.
PIPELINE_LIMIT: Final = 8

# What the kernel keeps of an answer that is not taken; by itself it would go up to 4 MB each.
_SEND_BUFFER: Final = 256 * 1024

_TICK_S: Final = 0.5

Now = Callable[[], float]


class Callers:
    """All connections of one port: who is waited for, and who has to go when it is full."""

    def __init__(self, now: Now, limit: int = CONNECTIONS) -> None:
        self._now = now
        self.limit = limit
        self.patience: Patience[Caller] = Patience()
        self.late = 0
        """Connections closed because they kept us waiting."""
        self.displaced = 0
        """Connections closed before they had asked for anything, to make room."""
        self.refused = 0
        """Connections refused because all others were being served."""
        self.malformed = 0
        """Heads that were no HTTP, or too long."""

    def wait(self, caller: "Caller", wait: Wait) -> None:
        """Wait for ``caller`` from now on."""
        self.patience.begin(caller, wait, now=self._now())

    def admit(self, connections: int) -> bool:
        """Make room for one more beside so many; whether there is any."""
        if connections < self.limit:
            return True
        longest = self.patience.longest((Wait.REQUEST, Wait.HEAD))
        if longest is None:
            self.refused += 1
            return False
        self.displaced += 1
        longest.drop()
        return True

    def tick(self) -> None:
        """Close who is late."""
        for caller, wait in self.patience.expired(now=self._now()):
            self.late += caller.is_late(wait)

    async def run(self) -> None:
        """Look after them until cancelled."""
        while True:
            await anyio.sleep(_TICK_S)
            self.tick()

    def tell_of(self, metrics: Metrics) -> None:
        """Add what was counted to ``metrics``."""
        name = "vivavoce_connections_{}_total".format
        counted = metrics.read_total
        counted(name("late"), "Connections closed: slow to ask or to take", lambda: self.late)
        counted(name("displaced"), "Silent ones closed for others", lambda: self.displaced)
        counted(name("refused"), "Connections refused: port full", lambda: self.refused)
        counted(name("malformed"), "Heads that were no HTTP", lambda: self.malformed)


class Caller(HttpToolsProtocol):
    """One connection until it becomes a socket: uvicorn's, and held to patience and to bounds."""

    def __init__(self, callers: Callers, **given: Any) -> None:
        super().__init__(**given)
        self._callers = callers
        self._head = 0  # bytes of a head that is not whole yet
        self._in_head = self._in_message = False
        self._begun = 0  # messages that began in the bytes received last
        self._unsent = 0  # of an answer, when its taking was looked at last

    def connection_made(self, transport: Any) -> None:
        """Take the connection in, or close it if there is no room."""
        room = self._callers.admit(len(self.connections))
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        super().connection_made(transport)
        if room:
            self._callers.wait(self, Wait.REQUEST)
        else:
            self._refuse(503)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._callers.patience.end(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes of requests."""
        if self.transport.is_closing():
            return
        idle, self._begun = not self._in_message, 0
        super().data_received(data)
        if self.transport.is_closing() or not self._in_head:
            return
        if self._begun == 0:
            self._head += len(data)
        else:  # what of it belongs to the messages before cannot be told
            self._head = len(data) if idle and self._begun == 1 else 0
        if self._head > HEAD_LIMIT:
            self._callers.malformed += 1
            self._refuse(431)

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection on; what is said on sockets has bounds of its own."""
        self._callers.patience.end(self)
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """Answer what was no request."""
        self._callers.malformed += 1
        self._refuse(400)

    def on_message_begin(self) -> None:
        """A head begins."""
        if len(self.pipeline) >= PIPELINE_LIMIT:
            raise ValueError("too many requests at once")  # to the parser, which ends it
        super().on_message_begin()
        self._in_head = self._in_message = True
        self._begun += 1
        if not self._busy:
            self._callers.wait(self, Wait.HEAD)

    def on_headers_complete(self) -> None:
        """A head is whole: its body is waited for, and then it is our turn."""
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > HEAD_LIMIT:
            raise ValueError("too long a head")
        self._in_head = False
        self._callers.wait(self, Wait.BODY)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """It is our turn."""
        self._in_message = False
        self._callers.patience.end(self)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next head; whoever has sent a piece of it already, has begun."""
        super().on_response_complete()
        if not self._busy and self._callers.patience.waiting(self) not in (Wait.BODY, Wait.TAKING):
            self._wait_for_next()

    def pause_writing(self) -> None:
        """The peer takes nothing of its answer at present."""
        super().pause_writing()
        self._unsent = self.transport.get_write_buffer_size()
        self._callers.wait(self, Wait.TAKING)

    def resume_writing(self) -> None:
        """It takes again."""
        super().resume_writing()
        if self._callers.patience.waiting(self) is Wait.TAKING and not self.transport.is_closing():
            self._callers.patience.end(self)
            if not self._busy:
                self._wait_for_next()

    def is_late(self, wait: Wait) -> bool:
        """Close, because the peer kept us waiting for too long; False if it is only slow."""
        unsent = self.transport.get_write_buffer_size()
        if wait is Wait.TAKING and unsent < self._unsent:  # slowly, but it takes
            self._unsent = unsent
            self._callers.wait(self, wait)
            return False
        if wait is Wait.HEAD and not self._busy:
            self._refuse(408)
        else:
            self.drop()
        return True

    def drop(self) -> None:
        """Let go of the connection at once."""
        self._callers.patience.end(self)
        self.transport.abort()

    @property
    def _busy(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # none before the first head
        return cycle is not None and not cycle.response_complete

    def _wait_for_next(self) -> None:
        self._callers.wait(self, Wait.HEAD if self._in_head else Wait.REQUEST)

    def _refuse(self, status: int) -> None:
        """Say so and close, without waiting for who does not take even that."""
        self._callers.patience.end(self)
        if self._busy or self.flow.write_paused:
            self.transport.abort()
            return
        self.transport.write(_ANSWERS[status])
        self._unsent = 0
        self._callers.wait(self, Wait.TAKING)
        self.transport.close()


def _answer(status: int, phrase: str, code: str, words: str) -> bytes:
    body = f'{{"code":"{code}","message":"{words}"}}'
    return (
        f"HTTP/1.1 {status} {phrase}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n{body}"
    ).encode()


_ANSWERS: Final = {
    400: _answer(400, "Bad Request", "bad_request", "This is no HTTP request."),
    408: _answer(408, "Request Timeout", "too_slow", "The request took too long."),
    431: _answer(
        431, "Request Header Fields Too Large", "head_too_large", "The head is too large."
    ),
    503: _answer(503, "Service Unavailable", "full", "This server is full. Try again soon."),
}
