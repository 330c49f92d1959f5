"""The endpoint on real sockets: many peers on one port, strangers, addresses in dispute."""

import socket
import struct
from collections.abc import AsyncIterator

import anyio
import pytest
from anyio.abc import ConnectedUDPSocket
from tests.caller import PAYLOAD_TYPE, Caller, States, until
from tests.ears import HearingEndpoint

from vivavoce.cli.look import asked
from vivavoce.clock import SystemClock
from vivavoce.errors import MachineError, PeerError
from vivavoce.media import Frame, Packet
from vivavoce.mix.opus import Decoder, Encoder
from vivavoce.mix.voice import Voice
from vivavoce.testing import level_db, tone
from vivavoce.units import FRAME_SAMPLES, Samples
from vivavoce.webrtc import rtp
from vivavoce.webrtc.doctor import probe_of
from vivavoce.webrtc.endpoint import PeerState
from vivavoce.webrtc.fragment import Fragment
from vivavoce.webrtc.ice import Credentials
from vivavoce.webrtc.udp_endpoint import UdpConnection, UdpEndpoint
from vivavoce.webrtc.udp_peer import MAX_CANDIDATES

pytestmark = pytest.mark.anyio
HOST = "127.0.0.1"


class Sink:
    """Keeps frames, and says when there are enough."""

    def __init__(self) -> None:
        self.frames: list[tuple[int, Frame]] = []

    def push(self, time: Samples, frame: Frame) -> None:
        self.frames.append((time, frame))


@pytest.fixture
async def endpoint() -> AsyncIterator[HearingEndpoint]:
    async with HearingEndpoint() as endpoint:
        yield endpoint


@pytest.fixture
async def phone(endpoint: HearingEndpoint) -> AsyncIterator["Phone"]:
    phone = Phone(endpoint)
    yield phone
    for call in phone.calls:
        await call.hang_up()


class Phone:
    """Makes calls, and closes their sockets at the end of a test."""

    def __init__(self, endpoint: HearingEndpoint) -> None:
        self.endpoint = endpoint
        self.calls: list[Call] = []

    def __call__(self, *, direction: str = "sendonly") -> "Call":
        self.calls.append(Call(self.endpoint, direction=direction))
        return self.calls[-1]


class Call:
    """A caller with a socket."""

    def __init__(self, endpoint: HearingEndpoint, *, direction: str = "sendonly") -> None:
        self.endpoint = endpoint
        self.caller = Caller(direction=direction)
        self.sink, self.states = Sink(), States()
        self.connection: UdpConnection
        self.udp: ConnectedUDPSocket | None = None

    async def answer(self) -> None:
        self.connection = await self.endpoint.listen(
            self.caller.offer(), self.sink, self.states, returns=True
        )
        self.caller.accept(self.connection.sdp)

    async def open(self, host: str = HOST) -> None:
        await self.hang_up()
        self.udp = await anyio.create_connected_udp_socket(host, self.endpoint.port)

    async def hang_up(self) -> None:
        if self.udp is not None:
            await self.udp.aclose()

    async def send(self, datagram: bytes) -> None:
        assert self.udp is not None
        await self.udp.send(datagram)

    async def receive(self) -> bytes:
        assert self.udp is not None
        return await self.udp.receive()

    async def connect(self) -> None:
        await self.answer()
        await self.open()
        with anyio.fail_after(30):
            await self.send(self.caller.check())
            await self.receive()
            flight = self.caller.shake([])
            while self.states.last is not PeerState.CONNECTED:
                for datagram in flight:
                    await self.send(datagram)
                flight = self.caller.shake([await self.receive()])
            self.caller.shake([])
        self.caller.agree()

    async def speak(self, seconds: float, hz: float) -> None:
        encoder = Encoder()
        began = anyio.current_time()
        for n in range(round(seconds * 50)):
            await anyio.sleep_until(began + n * 0.02)
            pcm = tone(hz, Samples(FRAME_SAMPLES), start=n * FRAME_SAMPLES)
            await self.send(self.caller.rtp(encoder.encode(pcm), time=n * FRAME_SAMPLES))


async def test_several_callers_share_the_port_and_each_is_heard_in_its_own_sink(
    endpoint: HearingEndpoint, phone: Phone
) -> None:
    calls = [phone() for _ in range(3)]
    for call in calls:
        await call.connect()
    async with anyio.create_task_group() as tasks:
        for call, hz in zip(calls, (300, 700, 1500), strict=True):
            tasks.start_soon(call.speak, 1.0, hz)
    for call in calls:
        times = [time for time, _ in call.sink.frames]
        assert times == list(range(0, len(times) * FRAME_SAMPLES, FRAME_SAMPLES))
        assert max(level_db(frame) for _, frame in call.sink.frames) > -21
    assert endpoint.counts.failed == 0


async def test_strangers_get_no_answer(endpoint: HearingEndpoint, phone: Phone) -> None:
    call = phone()
    await call.answer()
    await call.open()
    before = endpoint.counts.strangers
    for datagram in (
        *call.caller.shake([]),  # a ClientHello before any check: nobody is there
        rtp.build(PAYLOAD_TYPE, 1, 1, 1, b"x"),
        struct.pack("!HHI12s", 1, 0, 0x2112A442, bytes(12)),  # a check for nobody
        b"\x00\x01truncated",
    ):
        await call.send(datagram)
    await call.send(b"\xffjunk")
    await until(lambda: endpoint.counts.unknown == 1)
    assert endpoint.counts.strangers - before >= 4
    await call.send(call.caller.check())
    answer = await call.receive()  # the first and only thing that ever came back
    assert answer[:2] == b"\x01\x01"


async def test_an_address_that_a_peer_holds_is_not_taken_by_another(
    endpoint: HearingEndpoint, phone: Phone
) -> None:
    victim, thief = phone(), phone()
    await victim.connect()
    await thief.answer()
    # A seat of its own, and the victim's address: as if it could send from there.
    await victim.send(thief.caller.check())
    await until(lambda: endpoint.counts.contested == 1)
    await victim.speak(0.3, 440)
    assert max(level_db(frame) for _, frame in victim.sink.frames) > -21


async def test_the_media_address_follows_an_authentic_check_to_a_new_port(
    endpoint: HearingEndpoint, phone: Phone
) -> None:
    call = phone(direction="sendrecv")
    await call.connect()
    await call.speak(0.2, 440)
    await call.open()
    # Authentic media alone does not move it.
    await call.speak(0.1, 440)
    heard = call.connection.peer.reception
    assert heard is not None
    before = heard.received
    await until(lambda: endpoint.counts.strangers >= 5)
    await call.send(call.caller.check())
    assert (await call.receive())[:2] == b"\x01\x01"
    await call.speak(0.2, 440)
    await until(lambda: heard.received >= before + 8)
    assert call.connection.send(Packet(Samples(0), b"to the new port"))
    with anyio.fail_after(30):
        while True:
            plain = call.caller.opens(await call.receive())
            packet = rtp.parse(plain) if plain else None
            if packet is not None and packet.payload == b"to the new port":
                break


async def test_an_ice_restart_finds_the_same_seat(phone: Phone) -> None:
    call = phone()
    await call.connect()
    call.caller.ufrag, call.caller.password = "wxyz", "z" * 24
    call.caller.accept(call.connection.restart(call.caller.offer()))
    await call.open()
    await call.send(call.caller.check())
    assert (await call.receive())[:2] == b"\x01\x01"
    await call.speak(0.3, 440)
    assert max(level_db(frame) for _, frame in call.sink.frames) > -21
    assert [state for state, _ in call.states.seen] == [PeerState.CONNECTING, PeerState.CONNECTED]


async def test_an_ice_restart_in_a_fragment_finds_the_same_seat_however_often(
    endpoint: HearingEndpoint, phone: Phone
) -> None:
    call = phone()
    await call.connect()
    theirs, answer = Credentials("", ""), ""
    for n in range(40):
        theirs = Credentials(f"wxyz{n}", "z" * 24)
        answer = call.connection.trickle(Fragment(theirs)) or ""
        assert "ice-ufrag" in answer
        assert call.connection.trickle(Fragment(theirs)) is None, "no restart: the same again"
    assert endpoint.sizes()[1] == 2, "the fragment in use and the newest"
    call.caller.ufrag, call.caller.password = theirs.ufrag, theirs.password
    call.caller.accept(answer)
    await call.open()
    await call.send(call.caller.check())
    assert (await call.receive())[:2] == b"\x01\x01"
    await call.speak(0.3, 440)
    assert max(level_db(frame) for _, frame in call.sink.frames) > -21
    with pytest.raises(PeerError):
        call.connection.trickle(Fragment(candidates=("candidate:1",) * (MAX_CANDIDATES + 1)))
    assert call.states.last is PeerState.CONNECTED


async def test_a_voice_that_fails_costs_its_own_peer_alone(
    caplog: pytest.LogCaptureFixture, phone: Phone
) -> None:
    class Failing(Voice):
        def tick(self, now: float) -> Frame:
            raise RuntimeError("a bug")

    good, bad = phone(), phone()
    await good.connect()
    await bad.connect()
    await bad.speak(0.04, 440)
    bad.connection.peer.voice = Failing(Decoder())
    await until(lambda: bad.states.last is PeerState.LOST)
    await good.speak(0.3, 440)
    assert good.states.last is PeerState.CONNECTED
    assert max(level_db(frame) for _, frame in good.sink.frames) > -21
    assert "a peer failed" in caplog.text


async def test_joins_and_leaves_leave_nothing_behind(
    endpoint: HearingEndpoint, phone: Phone
) -> None:
    for _ in range(30):
        call = phone()
        await call.connect()
        call.connection.peer.counts.flood += 1
        call.connection.close()
        call.connection.close()
        assert call.states.last is PeerState.CLOSED
    assert endpoint.sizes() == (0, 0, 0)
    assert endpoint.thrown_away().flood == 30, "what was counted of them stays"


async def test_a_bad_offer_takes_no_seat(endpoint: HearingEndpoint) -> None:
    with pytest.raises(PeerError):
        await endpoint.listen("v=0\r\n", Sink(), States())
    assert endpoint.sizes() == (0, 0, 0)


async def test_a_port_in_use_is_one_line_that_says_what_to_do() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((HOST, 0))
        port = taken.getsockname()[1]
        with pytest.raises(MachineError, match="--udp-port"):
            async with HearingEndpoint(port=port):
                pass


async def test_announced_addresses_and_ipv6_are_in_the_answer() -> None:
    async with HearingEndpoint(HOST, "::1", announced=("203.0.113.5", "2001:db8::5")) as endpoint:
        connection = await endpoint.listen(Caller().offer(), Sink(), States())
        assert f" 203.0.113.5 {endpoint.port} typ host" in connection.sdp
        assert f" 2001:db8::5 {endpoint.port} typ host" in connection.sdp
        assert HOST not in connection.sdp.replace("IN IP4 127.0.0.1\r\ns=", "")


async def test_a_caller_on_ipv6_finds_the_port() -> None:
    async with HearingEndpoint("::1") as endpoint:
        call = Call(endpoint)
        await call.answer()
        await call.open("::1")
        await call.send(call.caller.check())
        assert (await call.receive())[:2] == b"\x01\x01"
        await call.hang_up()


async def test_the_doctor_is_answered_and_nobody_who_only_says_so() -> None:
    probe = probe_of(b"token")
    async with UdpEndpoint(SystemClock(), lambda: Voice(Decoder()), probe=probe) as endpoint:
        good = await anyio.to_thread.run_sync(asked, HOST, endpoint.port, probe)
        bad = await anyio.to_thread.run_sync(asked, HOST, endpoint.port, probe_of(b"other"))
        assert (good, bad) == (True, False)
        assert endpoint.sizes() == (0, 0, 0)
