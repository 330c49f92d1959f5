import asyncio
from array import array
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from vivavoce.bus.messages import Count, Down, Gone, Hello, Report, read_down
from vivavoce.bus.relay import FOLLOWERS, Relay

TOKEN = "token"
HELLO = Hello(1, "boot", 0)


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
        self.stalled = False
        self.closed = False
        self.protocol: asyncio.BaseProtocol | None = None

    def get_extra_info(self, name: str, default: object = None) -> object:
        return {"socket": self, "ssl_object": self if self.sealed else None}.get(name, default)

    def fileno(self) -> int:
        return self.fd

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def get_write_buffer_size(self) -> int:
        return len(self.waits)

    def is_closing(self) -> bool:
        return self.closed

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.waits += data
        self.drain()

    def drain(self) -> None:
        if not self.stalled:
            self.out += self.waits
            self.waits.clear()

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = True

    def hear(self, data: bytes) -> None:
        assert isinstance(self.protocol, asyncio.Protocol)
        self.protocol.data_received(data)


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


def heard(client: ClientProtocol, wire: Wire) -> list[Down | None]:
    client.receive_data(bytes(wire.out + wire.waits))
    wire.out.clear()
    wire.waits.clear()
    events = client.events_received()
    frames = [event for event in events if isinstance(event, Frame)]
    return [read_down(bytes(frame.data)) for frame in frames if frame.opcode is Opcode.BINARY]


@given(
    st.data(), st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["stall", "drain", "say"])))
)
def test_every_follower_hears_all_in_order_whatever_its_socket_takes(
    data: st.DataObject, steps: list[tuple[int, str]]
) -> None:
    wires = [Wire(fd, sealed=fd == 3) for fd in range(4)]
    kernel = Kernel(wires, data)
    relay = Relay(Now(), TOKEN, kernel.send)
    relay.publish(HELLO)
    clients = [following(relay, wire) for wire in wires]
    said: list[Down] = []
    for which, step in steps:
        if step == "say":
            said.append(Gone(f"{len(said)}" * (1 + 90 * which)))
            relay.publish(said[-1])
        else:
            wires[which].stalled = step == "stall"
            wires[which].drain()
    for client, wire in zip(clients, wires, strict=True):
        assert heard(client, wire) == [HELLO, *said]


def test_all_who_have_taken_everything_are_sent_to_at_once() -> None:
    wires = [Wire(fd) for fd in range(FOLLOWERS)]
    kernel = Kernel(wires)
    relay = Relay(Now(), TOKEN, kernel.send)
    relay.publish(HELLO)
    for wire in wires:
        following(relay, wire)
    relay.publish(Gone("a"))
    relay.publish(Gone("b"))
    assert kernel.sends == 2


def test_who_takes_nothing_is_let_go_and_nothing_follows_a_goodbye() -> None:
    slow, gone, well = wires = [Wire(fd) for fd in range(3)]
    relay = Relay(Now(), TOKEN, Kernel(wires).send)
    relay.publish(HELLO)
    clients = [following(relay, wire) for wire in wires]
    slow.stalled = True
    clients[1].send_close(1001)
    gone.hear(b"".join(clients[1].data_to_send()))
    assert gone.closed
    said = [Gone(f"{number:01000}") for number in range(600)]
    for message in said:
        relay.publish(message)
    assert slow.closed
    assert len(slow.waits) <= 512 * 1024 + 1_100
    assert heard(clients[1], gone) == [HELLO]
    assert heard(clients[2], well) == [HELLO, *said]


COUNTS = st.dictionaries(
    st.text("abc", min_size=1, max_size=3), st.builds(Count, st.integers(0, 9)), max_size=9
)


@given(
    st.lists(st.tuples(COUNTS, st.sampled_from(["report", "ping"])), min_size=1),
    st.lists(st.integers(1, 60)),
)
def test_reports_are_read_however_they_are_framed_and_cut(
    reports: list[tuple[dict[str, Count], str]], cuts: list[int]
) -> None:
    wire, relay, at = Wire(0), Relay(Now(), TOKEN, Kernel([]).send), 0
    relay.publish(HELLO)
    client = following(relay, wire)
    sent: list[bytes] = []
    pings = 0
    for counts, way in reports:
        body = msgspec.msgpack.encode(Report(counts))
        client.send_binary(body)
        if way == "ping":
            client.send_ping(b"here")
            pings += 1
        sent += client.data_to_send()
    whole = b"".join(sent)
    for cut in cuts:
        if at < len(whole):
            wire.hear(whole[at : at + cut])
            at += cut
    # Uncut, message by message, as they come nearly always.
    for rest in [whole[at:]] if cuts else sent:
        if rest:
            wire.hear(rest)
    last = reports[-1][0]
    assert relay.counts(Report({})).counts == last
    client.receive_data(bytes(wire.out))
    frames = [event for event in client.events_received() if isinstance(event, Frame)]
    assert sum(frame.opcode is Opcode.PONG for frame in frames) == pings
    assert not wire.closed


@pytest.mark.parametrize("body", [b"\xc1", b"", b"\x80"])
def test_what_is_no_report_ends_it(body: bytes) -> None:
    wire, relay = Wire(0), Relay(Now(), TOKEN, Kernel([]).send)
    relay.publish(HELLO)
    client = following(relay, wire)
    client.send_binary(body)
    wire.hear(b"".join(client.data_to_send()))
    assert wire.closed


def test_nothing_is_sent_past_a_transport_that_has_given_up() -> None:
    wires = [Wire(0), Wire(1)]
    relay = Relay(Now(), TOKEN, Kernel(wires).send)
    relay.publish(HELLO)
    clients = [following(relay, wire) for wire in wires]
    wires[0].closed = True  # its descriptor may be another's soon
    relay.publish(Gone("a"))
    assert heard(clients[1], wires[1]) == [HELLO, Gone("a")]


def test_what_looks_like_a_report_within_a_message_is_none() -> None:
    wire, relay = Wire(0), Relay(Now(), TOKEN, Kernel([]).send)
    relay.publish(HELLO)
    following(relay, wire)
    report = msgspec.msgpack.encode(Report({"a": Count(1)}))
    inner = bytes((0x82, 0x80 + len(report), 0, 0, 0, 0)) + report
    wire.hear(bytes((0x82, 0xFE, 0, 200 + len(inner), 0, 0, 0, 0)) + bytes(200))
    wire.hear(inner)
    assert relay.counts(Report({})) == Report({})
    assert wire.closed
