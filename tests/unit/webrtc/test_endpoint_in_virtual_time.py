"""The whole endpoint without sockets and without waiting: strangers, floods, an hour of coming."""

import gc
import tracemalloc
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest
from tests.caller import Caller, States, new_voice
from tests.unit.webrtc.test_udp_peer import speak

from vivavoce.mix.opus import Encoder
from vivavoce.testing import FakeClock, level_db, tone
from vivavoce.units import FRAME_SAMPLES, Samples
from vivavoce.webrtc import rtp, stun
from vivavoce.webrtc.endpoint import PeerState
from vivavoce.webrtc.udp_endpoint import UdpConnection, UdpEndpoint
from vivavoce.webrtc.udp_peer import DATAGRAMS_PER_S, VANISHED_S
from vivavoce.webrtc.udp_socket import Arrival, Port

pytestmark = pytest.mark.anyio


@dataclass
class Wire:
    """Both ends of all that is sent: what the endpoint answers is kept by address."""

    clock: FakeClock = field(default_factory=FakeClock)
    sent: dict[tuple[str, int], list[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.endpoint = UdpEndpoint(self.clock, new_voice, hosts=["192.0.2.1"], port=8082)

    def send(self, data: bytes, address: tuple[str, int]) -> None:
        self.sent.setdefault(address, []).append(data)

    def arrive(self, data: bytes, address: tuple[str, int]) -> list[bytes]:
        """Let one datagram come; return what went back to there."""
        self.endpoint.receive(data, Arrival(address, cast("Port", self)), self.clock.now())
        return self.sent.pop(address, [])

    async def join(
        self, caller: Caller, states: States, address: tuple[str, int], *, shake: bool = True
    ) -> UdpConnection:
        """Offer, check the path and, if wanted, shake hands."""
        connection = await self.endpoint.answer(caller.offer(), states)
        caller.accept(connection.sdp)
        assert self.arrive(caller.check(), address)
        if shake:
            flight = caller.shake([])
            while states.last is not PeerState.CONNECTED:
                assert flight
                flight = caller.shake([d for f in flight for d in self.arrive(f, address)])
            caller.agree()
        return connection

    def pass_time(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.1)):
            self.clock.advance(0.1)
            self.endpoint._look()


def at(n: int) -> tuple[str, int]:
    return f"198.51.{n // 250 % 250}.{n % 250}", 40_000 + n % 20_000


async def test_the_client_hello_race_is_lost_by_who_was_not_checked() -> None:
    wire, intruder = Wire(), Caller()
    hellos = intruder.shake([])
    callers = [(Caller(), States()) for _ in range(10)]
    for n, (caller, states) in enumerate(callers):
        connection = await wire.endpoint.answer(caller.offer(), states)
        caller.accept(connection.sdp)
        # Before the check, between check and handshake, and within it.
        assert [wire.arrive(hello, at(1_000 + n)) for hello in hellos] == [[]] * len(hellos)
        assert wire.arrive(caller.check(), at(n))
        flight = caller.shake([])
        while states.last is not PeerState.CONNECTED:
            assert not any(wire.arrive(hello, at(1_000 + n)) for hello in hellos)
            flight = caller.shake([d for f in flight for d in wire.arrive(f, at(n))])
    assert [states.last for _, states in callers] == [PeerState.CONNECTED] * 10
    assert wire.endpoint.counts.strangers >= 20 * len(hellos)


async def test_a_flood_of_one_is_not_heard_in_another() -> None:
    wire = Wire()
    good, good_states, bad, bad_states = Caller(), States(), Caller(), States()
    bad.ssrc = 0x9999
    quiet = await wire.join(good, good_states, at(1))
    await wire.join(bad, bad_states, at(2))
    encoder = Encoder()
    loud = encoder.encode(tone(440, Samples(FRAME_SAMPLES)))
    flood = [bad.rtp(loud, time=n * FRAME_SAMPLES) for n in range(20 * DATAGRAMS_PER_S)]
    levels = []
    for n in range(50):
        for packet in flood[n * 200 : (n + 1) * 200]:  # twenty times what one may send
            wire.arrive(packet, at(2))
        pcm = tone(1_000, Samples(FRAME_SAMPLES), start=n * FRAME_SAMPLES)
        wire.arrive(good.rtp(encoder.encode(pcm), time=n * FRAME_SAMPLES), at(1))
        levels.append(level_db(quiet.frame(wire.clock.now() + 0.012)))
        wire.clock.advance(0.02)
    assert min(levels[5:]) > -21
    peer = next(c.peer for c in wire.endpoint._peers if c is not quiet)
    assert peer.counts.flood >= 19 * DATAGRAMS_PER_S - 200
    assert peer.live, "a burst costs what is too much of it, not the seat"
    wire.clock.advance(1)
    assert speak(peer, bad, 1.0, began=wire.clock.now())[-1] > -21


async def test_strangers_cost_nothing_but_a_count() -> None:
    wire = Wire()
    good, states = Caller(), States()
    await wire.join(good, states, at(1))
    before = wire.endpoint.sizes()
    check = stun.build(stun.Kind.REQUEST, bytes(12), {6: b"nobody:abcd"}, "guess")
    for n in range(5_000):
        for data in (
            check,
            b"\x16\xfe\xff" + bytes(40),
            rtp.build(111, n, n, n, b"x"),
            b"\x80\xc8",
        ):
            assert wire.arrive(data, at(2 + n)) == []
    assert wire.endpoint.sizes() == before
    assert wire.endpoint.counts.strangers >= 20_000
    assert states.last is PeerState.CONNECTED


async def minute_of_joins(wire: Wire, stays: Caller, joins: int = 200) -> None:
    """Let so many come and go again: some shake hands, half say goodbye, half just vanish."""
    caller = Caller()  # a key each minute: they cost the most
    for n in range(joins):
        shake = n % 50 == 0
        if shake:
            caller.ssl = caller.new_ssl()
        joined = await wire.join(caller, States(), at(1 + n), shake=shake)
        if n % 2:
            joined.close()
        wire.clock.advance(60 / joins)
        if n % 20 == 0:
            wire.arrive(stays.check(), at(0))
            wire.endpoint._look()
    wire.sent.clear()


def left_behind(wire: Wire, stays: Caller) -> tuple[tuple[int, int, int], int, int]:
    """Return what the endpoint holds, memory and descriptors, once all who vanished are missed."""
    for _ in range(4):
        wire.clock.advance(VANISHED_S / 2)
        wire.arrive(stays.check(), at(0))
        wire.endpoint._look()
    wire.sent.clear()
    gc.collect()
    descriptors = sum(1 for _ in Path("/proc/self/fd").iterdir())
    return wire.endpoint.sizes(), tracemalloc.get_traced_memory()[0], descriptors


async def test_an_hour_of_joins_and_leaves_keeps_memory_and_descriptors_flat() -> None:
    wire = Wire()
    stays, states = Caller(), States()
    await wire.join(stays, states, at(0))
    for _ in range(5):  # caches, pools and interned names are full after that
        await minute_of_joins(wire, stays)
    tracemalloc.start()
    try:
        early, before, opened = left_behind(wire, stays)
        for _ in range(5):
            await minute_of_joins(wire, stays)
        traced, after, _ = left_behind(wire, stays)
    finally:
        tracemalloc.stop()
    for _ in range(50):
        await minute_of_joins(wire, stays)
    late, _, open_now = left_behind(wire, stays)
    assert states.last is PeerState.CONNECTED
    assert early == traced == late == (1, 1, 1)
    assert after - before < 50_000, "1,000 connections that left 50 bytes each would be seen"
    assert open_now == opened
