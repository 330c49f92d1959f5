"""One peer's connection: reads requests, writes answers, becomes a listener.

An asyncio protocol without a task of its own. Requests are answered one after the other; what a
peer has sent meanwhile waits, up to a bound.
"""

import asyncio
import os
import socket
from typing import Final, cast

from vivavoce.deliver.answers import head_of
from vivavoce.deliver.cache import NotInMemory
from vivavoce.deliver.channel import Channel, Listener
from vivavoce.deliver.desk import problem_response
from vivavoce.deliver.door import Door
from vivavoce.deliver.held import Hold
from vivavoce.deliver.http import (
    HEAD_LIMIT,
    Request,
    RequestParser,
    Response,
    Rest,
    response_head,
)
from vivavoce.deliver.patience import Wait
from vivavoce.deliver.proxy_line import introduced
from vivavoce.deliver.push import Listen
from vivavoce.errors import PeerError, Problem

# One write of a long body; the transport never holds more than this of an answer.
_CHUNK: Final = 64 * 1024

# One reading of a file that is not in memory.
_PIECE: Final = 256 * 1024

# What a peer may send before its answer is complete: a few requests at once (RFC 9112, 9.3.2).
_PIPELINE_LIMIT: Final = 2 * HEAD_LIMIT

FEED: Final = ("feed",)
"""Where edges follow this one."""


class Connection(asyncio.Protocol):
    """A peer at the public port."""

    __slots__ = (
        "_address", "_body", "_busy", "_channel", "_door", "_introduced", "_keep", "_listener",
        "_opening", "_parser", "_paused", "_reading", "_rest", "_transport",
    )  # fmt: skip

    def __init__(self, door: Door, address: str | None = None) -> None:
        self._door = door
        self._introduced = address  # where the peer is, if that is settled already
        self._parser: RequestParser | None = RequestParser()
        self._transport: asyncio.Transport | None = None
        self._address = ""
        self._opening: bytes | None = None  # of a listed proxy, until its introduction is read
        self._busy = False
        self._keep = True
        self._paused = False
        self._body = memoryview(b"")
        self._rest: Rest | None = None
        self._reading = False
        self._channel: Channel | None = None
        self._listener: Listener | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the peer in, or turn it away if the house is full."""
        # uvloop's transports are ones without saying so.
        self._transport = transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        self._address = str(peer[0]) if isinstance(peer, tuple) else ""
        if self._introduced is not None:
            self._address = self._introduced
        elif self._door.proxies.trusted(self._address):
            self._opening = b""
        transport.set_write_buffer_limits(high=_CHUNK)
        if self._door.enter(self):
            self._door.wait(self, Wait.REQUEST)
        else:
            self._keep = False
            self._refuse(PeerError("full", "This server is full. Try again soon.", status=503))

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the peer."""
        self._door.leave(self)
        if self._channel is not None and self._listener is not None:
            self._door.fanout.leave(self._channel, self._listener)
        self._transport = self._listener = self._channel = self._parser = None
        self._body, self._rest = memoryview(b""), None

    def data_received(self, data: bytes) -> None:
        """Take bytes of requests; answer those that are whole."""
        if self._parser is None or self._transport is None:
            return  # a listener has nothing more to say, and who is being closed neither
        if self._opening is not None:
            data = self._introduce(self._opening + data)
            if not data:
                return
        self._parser.receive(data)
        if not self._busy:
            self._work()
        if more := self._buffered():
            if not self._busy and self._door.waiting(self) is not Wait.HEAD:
                self._door.wait(self, Wait.HEAD)
            if more > _PIPELINE_LIMIT:
                self.abort()

    def _introduce(self, data: bytes) -> bytes:
        """Take off what a proxy says of the peer; nothing is left while it has not said all."""
        try:
            found = introduced(data)
        except PeerError as problem:
            self._door.totals.heads_refused += 1
            self._opening = None
            self._refuse(problem)
            return b""
        if found is None:
            self._opening = data
            return b""
        self._opening = None
        self._address = found.address or self._address
        return data[found.size :]

    def eof_received(self) -> bool:
        """Close: a peer that has shut its side wants no more than it has asked for."""
        if self._busy and self._listener is None and not self._sealed():
            self._keep = False
            return True
        self._door.wait(self, Wait.TAKING)
        return False

    def pause_writing(self) -> None:
        """Stop feeding a transport whose peer is slow."""
        self._paused = True
        if self._listener is None:
            self._door.wait(self, Wait.TAKING)

    def resume_writing(self) -> None:
        """Go on with the body, and with the requests behind it."""
        self._paused = False
        if self._listener is None and self._transport is not None:
            self._door.waits_no_more(self)
            self._write_on()
            self._work()

    def answer(self, request: Request, answer: Response | Listen | Problem) -> None:
        """Send the answer to the request that this connection is busy with."""
        if self._transport is None:
            return
        if isinstance(answer, Problem):
            answer = problem_response(answer)
        if isinstance(answer, Listen):
            self._listen(request, answer)
        else:
            self._respond(answer, keep=request.keep_alive, request=request)
            self._work()

    def piece(self, data: bytes | None) -> None:
        """Send the next piece of a file; None: it is gone, and the answer cannot be whole."""
        self._reading = False
        if self._transport is None:
            return
        if data is None:
            self.abort()
            return
        self._transport.write(data)
        self._write_on()
        self._work()

    def late(self, wait: Wait) -> None:
        """Close: the peer kept us waiting for too long."""
        if wait is Wait.HEAD and not self._busy:
            self._refuse(PeerError("too_slow", "The request took too long.", status=408))
        elif wait is Wait.TAKING:
            self.abort()
        else:
            self._close()

    def unsent(self) -> int:
        """Return the bytes that the kernel has not taken yet."""
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    def write(self, data: bytes) -> int:
        """Hand on more of an answer that goes on; TLS cuts and seals it."""
        if self._transport is None:
            return 0
        self._transport.write(data)
        return len(data)

    def finish(self) -> None:
        """End the answer by closing, as its head said."""
        self._listener = self._channel = None
        self._close()

    def abort(self) -> None:
        """Let go of the peer at once; what is unsent is lost."""
        if self._transport is not None:
            self._transport.abort()

    def _sealed(self) -> bool:
        # Half of a TLS connection cannot stay open (RFC 8446, 6.1, as asyncio does it).
        transport = self._transport
        return transport is not None and transport.get_extra_info("ssl_object") is not None

    def _buffered(self) -> int:
        return self._parser.buffered if self._parser is not None else 0

    def _work(self) -> None:
        """Answer the whole requests that were received, one after the other."""
        while self._parser is not None and self._transport is not None and not self._busy:
            try:
                request = self._parser.next()
            except PeerError as problem:
                self._door.totals.heads_refused += 1
                self._refuse(problem)
                return
            if request is None:
                return
            self._busy = True
            try:
                self._begin(request)
            except PeerError as problem:
                self._respond(problem_response(problem), keep=request.keep_alive, request=request)
            if self._busy and not self._paused:
                self._door.waits_no_more(self)  # it is our turn

    def _begin(self, request: Request) -> None:
        if request.path == FEED and request.headers.get("upgrade", "").lower() == "websocket":
            self._hand_over(request)
            return
        said = request.headers.get("x-forwarded-for")
        address = self._door.proxies.origin(self._address, said) if said else self._address
        try:
            answer = self._door.desk.answer(request, address, asked=self._door.now())
        except NotInMemory as wish:
            self._door.read(self, request, address, wish)
            return
        if isinstance(answer, Listen):
            self._listen(request, answer)
        elif isinstance(answer, Hold):
            self._door.hold(self, request, address, answer)
        else:
            self._respond(answer, keep=request.keep_alive, request=request)

    def _hand_over(self, request: Request) -> None:
        """Let an edge follow this one: from here on the connection is the relay's."""
        transport = self._transport
        assert transport is not None
        self.connection_lost(None)
        self._door.relay.open(transport, request.headers)

    def _respond(self, response: Response, *, keep: bool, request: Request | None) -> None:
        assert self._transport is not None
        self._door.totals.answered(response.status)
        self._keep = keep = keep and self._keep
        # A connection is kept without a word in HTTP/1.1, with one in HTTP/1.0 (RFC 9112, 9.3).
        says = None if keep and request is not None and request.minor else keep
        date = self._door.date
        whole = request is None or request.method == "GET"
        if whole and response.rest is None and len(response.body) <= _CHUNK:
            self._transport.write(self._door.answers.whole(response, date=date, keep_alive=says))
            if self._busy and not self._paused:
                self._answered()
        else:
            # Head and first piece in one write, and so in one packet where they fit.
            head = head_of(response, date=date, keep_alive=says)
            body = memoryview(response.body if whole else b"")
            self._transport.write(b"".join((head, body[:_CHUNK])))
            self._body = body[_CHUNK:]
            self._rest = response.rest if whole else None
            self._write_on()

    def _write_on(self) -> None:
        while self._body and not self._paused and self._transport is not None:
            piece, self._body = self._body[:_CHUNK], self._body[_CHUNK:]
            self._transport.write(piece)
        if self._reading or self._paused:
            return
        if self._rest:
            piece_of_it = self._rest.part(0, _PIECE)
            self._rest, self._reading = self._rest.part(_PIECE, len(self._rest)), True
            self._door.read_piece(self, piece_of_it)
        elif self._busy and not self._body:
            self._answered()

    def _answered(self) -> None:
        self._busy = False
        if self._transport is None:
            return
        if not self._keep:
            self._close()
        else:
            partial = self._parser is not None and self._parser.buffered
            self._door.wait(self, Wait.HEAD if partial else Wait.REQUEST)

    def _close(self) -> None:
        """Close once everything is sent; a peer that does not take it is not waited for long."""
        self._parser = None
        if self._transport is not None:
            self._door.wait(self, Wait.TAKING)
            self._transport.close()

    def _refuse(self, problem: PeerError) -> None:
        """Answer what was no request, and close: the rest cannot be read."""
        if self._transport is not None:
            self._busy = True
            self._respond(problem_response(problem), keep=False, request=None)

    def _listen(self, request: Request, answer: Listen) -> None:
        """Send the head and the opening in one write; from here on the fan-out sends.

        The body ends with the connection, in HTTP/1.1 too: chunked coding (RFC 9112, 7.1) would put
        a frame around every batch and is unknown to many old players; ``Connection: close`` is
        understood by all of them, and says the truth about a stream without a known length.
        """
        assert self._transport is not None
        self._door.totals.answered(200)
        head = response_head(
            200, answer.fields, date=self._door.date, length=None, keep_alive=False
        )
        self._parser = None
        if request.method == "HEAD":
            self._transport.write(head)
            self._close()
            return
        sock: socket.socket = self._transport.get_extra_info("socket")
        if not self._sealed() and not self.unsent():
            # A second descriptor of the same socket outlives the transport, which holds more memory
            # than all else of a listener.
            self._door.fanout.take(answer.channel, os.dup(sock.fileno()), head, answer.opening)
            self._transport.abort()
            return
        self._transport.write(head + answer.opening)
        self._door.waits_no_more(self)  # the fan-out has a patience of its own
        self._channel = answer.channel
        self._listener = self._door.fanout.join(answer.channel, self, self._transport)
