"""Followers without a kernel: sockets, the transports over them, and edges at their other ends."""

import asyncio
from array import array
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from vivavoce.bus.ears import Ears
from vivavoce.bus.messages import Down, Hello, Report, read_down
from vivavoce.bus.relay import Relay
from vivavoce.bus.tally import SILENT_AFTER_S

TOKEN = "token"
HELLO = Hello(1, "boot", 0, SILENT_AFTER_S)


class Now:
    """A clock that is set."""

    at = 0.0

    def now(self) -> float:
        return self.at

    def wall(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)


class Wire(asyncio.Transport):
    """A socket and its transport: what has gone out, and what waits in the transport."""

    def __init__(self, fd: int, *, sealed: bool = False) -> None:
        self.fd = fd
        self.sealed = sealed
        self.out = bytearray()
        self.waits = bytearray()
        self.says = bytearray()
        self.ends = False
        self.stalled = False
        self.broken = False
        self.closed = False
        self.gone = False
        self.reads = True
        self.limited = False
        self.most = 0
        """Bytes that have waited at once."""
        self.protocol: asyncio.BaseProtocol | None = None

    @property
    def follower(self) -> asyncio.Protocol:
        assert isinstance(self.protocol, asyncio.Protocol)
        return self.protocol

    def get_extra_info(self, name: str, default: object = None) -> object:
        return {"socket": self, "ssl_object": self if self.sealed else None}.get(name, default)

    def fileno(self) -> int:
        return self.fd

    def setsockopt(self, level: int, option: int, value: int) -> None:
        assert value > 0

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        assert high == 0
        self.limited = True
        if self.waits:
            self.follower.pause_writing()

    def get_write_buffer_size(self) -> int:
        return len(self.waits)

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        self.reads = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self.broken:
            self.abort()
        if self.closed and not self.waits:
            return  # as asyncio does, which loses it
        waited = bool(self.waits)
        if waited or self.stalled:
            self.waits += data
            self.most = max(self.most, len(self.waits))
        else:
            self.out += data
        if self.waits and not waited and self.limited:
            self.follower.pause_writing()

    def drain(self) -> None:
        if self.stalled or not self.waits:
            return
        self.out += self.waits
        self.waits.clear()
        if self.limited:
            self.follower.resume_writing()

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = True
        self.waits.clear()

    def hear(self, data: bytes) -> None:
        """Let the peer say something."""
        if self.reads:
            self.follower.data_received(data)
        else:
            self.says += data

    def end(self) -> None:
        """Let the peer shut its side."""
        self.ends = True
        if self.reads and not self.follower.eof_received():
            self.close()

    def turn(self) -> None:
        """Let the loop do what it does in its next turn."""
        if self.closed and not self.waits and not self.gone:
            self.gone = True
            self.follower.connection_lost(None)


class Hearing(Ears):
    """As the kernel would say it of these wires; or, deaf, as where it cannot be asked."""

    def __init__(self, *, deaf: bool = False) -> None:
        self.deaf = deaf
        self.wires: dict[int, Wire] = {}
        self.known: dict[int, Callable[[], None]] = {}

    def add(self, fd: int, heard: Callable[[], None]) -> bool:
        assert fd not in self.known, "there already"
        if not self.deaf:
            self.known[fd] = heard
        return not self.deaf

    def forget(self, fd: int) -> None:
        del self.known[fd]

    def listen(self) -> None:
        for fd, heard in list(self.known.items()):
            wire = self.wires[fd]
            if wire.says or wire.ends or wire.broken:
                heard()

    def read(self, fd: int) -> bytes | None:
        wire = self.wires[fd]
        assert not wire.reads, "two read"
        assert not wire.gone, "another's by now"
        if wire.broken:
            raise ConnectionResetError
        said = bytes(wire.says)
        wire.says.clear()
        return said if said or wire.ends else None


class Kernel:
    """Takes of each what is drawn, and nothing of who is stalled."""

    def __init__(self, wires: Sequence[Wire], draw: "st.DataObject | None" = None) -> None:
        self.wires = {wire.fd: wire for wire in wires}
        self.draw = draw
        self.sends = 0

    def send(self, fds: "array[int]", body: bytes) -> Sequence[int] | None:
        self.sends += 1
        taken = [self._one(self.wires[fd], body) for fd in fds]
        return None if taken == [len(body)] * len(taken) else taken

    def _one(self, wire: Wire, body: bytes) -> int:
        assert not wire.waits, "overtakes what waits"
        assert not wire.sealed, "past the seal"
        assert not wire.closed, "after the end"
        assert not wire.gone, "another's by now"
        if wire.broken:
            return -32
        most = len(body)
        some = -11 if wire.stalled else most
        if self.draw is not None and not wire.stalled:
            some = self.draw.draw(st.sampled_from([-11, 1, most // 2, most, most]))
        wire.out += body[: max(some, 0)]
        return some


def following(relay: Relay, wire: Wire) -> ClientProtocol:
    """Follow as an edge does; return its end."""
    client = ClientProtocol(parse_uri("ws://edge/feed"))
    request = client.connect()
    request.headers["Authorization"] = f"Bearer {TOKEN}"
    relay.open(wire, {name.lower(): value for name, value in request.headers.raw_items()})
    client.send_request(request)
    client.data_to_send()
    client.receive_data(bytes(wire.out))
    wire.out.clear()
    return client


def report(client: ClientProtocol, said: Report) -> bytes:
    """Return what this edge sends to tell its counts."""
    client.send_binary(msgspec.msgpack.encode(said))
    return b"".join(client.data_to_send())


def heard(client: ClientProtocol, wire: Wire) -> list[Down | None]:
    """Return what has come, and what is on its way, since this was asked last."""
    client.receive_data(bytes(wire.out + wire.waits))
    wire.out.clear()
    wire.waits.clear()
    events = client.events_received()
    frames = [event for event in events if isinstance(event, Frame)]
    return [read_down(bytes(frame.data)) for frame in frames if frame.opcode is Opcode.BINARY]
