"""The WebRTC end against a real peer: good ones are heard, bad ones cost their own seat."""

from pathlib import Path

import anyio
import numpy as np
import pytest
from aiortc import RTCPeerConnection
from tests.ears import HearingEndpoint

from vivavoce.errors import PeerError, Problem
from vivavoce.media import Frame
from vivavoce.testing import dominant_hz, level_db, tone
from vivavoce.testing.speaker import Speaker, Voice, voice_of
from vivavoce.units import FRAME_SAMPLES, SAMPLE_RATE, Samples
from vivavoce.webrtc.endpoint import Peer, PeerState

pytestmark = pytest.mark.anyio
VOICE = voice_of(tone(440, Samples(5 * SAMPLE_RATE)))


class Ear:
    """A sink and a watch."""

    def __init__(self) -> None:
        self.times: list[int] = []
        self.frames: list[Frame] = []
        self.states: list[PeerState] = []
        self.problem: Problem | None = None
        self._new = anyio.Event()

    def push(self, time: Samples, frame: Frame) -> None:
        self.times.append(time)
        self.frames.append(frame)
        self._new.set()

    def on_state(self, state: PeerState, problem: Problem | None) -> None:
        self.states.append(state)
        self.problem = problem
        self._new.set()

    async def until(self, *, frames: int = 0, state: PeerState | None = None) -> None:
        with anyio.fail_after(30):
            while len(self.frames) < frames or (state is not None and state not in self.states):
                self._new = anyio.Event()
                await self._new.wait()


async def join(endpoint: HearingEndpoint, speaker: Speaker, ear: Ear) -> Peer:
    peer = await endpoint.listen(await speaker.offer(), ear, ear.on_state)
    await speaker.accept(peer.sdp)
    return peer


async def test_a_voice_is_heard_frame_by_frame_and_closing_is_told_once() -> None:
    ear = Ear()
    async with HearingEndpoint() as endpoint, Speaker(VOICE) as speaker:
        peer = await join(endpoint, speaker, ear)
        await ear.until(frames=75)
        peer.close()
        peer.close()
    assert ear.states == [PeerState.CONNECTING, PeerState.CONNECTED, PeerState.CLOSED]
    assert np.all(np.diff(ear.times) == FRAME_SAMPLES)
    # Speed is changed a little while the depth is found: half a percent, in a word 5 at most.
    pieces = np.concatenate(ear.frames[15:75]).reshape(-1, 4_800)
    assert np.median([dominant_hz(piece) for piece in pieces]) == pytest.approx(440, abs=5)
    assert np.median([level_db(piece) for piece in pieces]) == pytest.approx(-20, abs=0.5)


async def test_no_stranger_is_asked_for_an_address() -> None:
    async with HearingEndpoint() as endpoint, Speaker(VOICE) as speaker:
        offer = await speaker.offer()
        peer = await endpoint.listen(offer, Ear(), Ear().on_state)
        assert "typ host" in peer.sdp
        assert "typ srflx" not in peer.sdp
        assert "opus" in peer.sdp
        assert "PCMU" not in peer.sdp


async def test_video_beside_the_voice_is_refused_and_the_voice_heard() -> None:
    ear = Ear()
    connection = RTCPeerConnection()
    try:
        connection.addTransceiver("video", direction="sendrecv")
        connection.addTransceiver("audio", direction="sendrecv")
        await connection.setLocalDescription(await connection.createOffer())
        async with HearingEndpoint() as endpoint:
            peer = await endpoint.listen(connection.localDescription.sdp, ear, ear.on_state)
            media = [line for line in peer.sdp.split("\r\n") if line.startswith("m=")]
    finally:
        await connection.close()
    assert media[0].startswith("m=video 0 ")
    assert media[1].startswith("m=audio ")
    assert not media[1].startswith("m=audio 0 ")


@pytest.mark.parametrize(
    "damage",
    [
        ("a=fingerprint:", "a=fingerprint:x y z "),
        ("a=rtpmap:", "a=rtpmap:9999 "),
        ("a=setup:", "a=setup:nobody"),
    ],
)
async def test_offers_that_break_the_parser_are_bad_offers(damage: tuple[str, str]) -> None:
    async with HearingEndpoint() as endpoint, Speaker(VOICE) as speaker:
        offer = (await speaker.offer()).replace(*damage)
        with pytest.raises(PeerError) as refused:
            await endpoint.listen(offer, Ear(), Ear().on_state)
        assert refused.value.code == "bad_offer"


@pytest.mark.parametrize(
    ("voice", "code"),
    [
        (lambda n: VOICE(n) if n < 50 else b"\xff\xff\xff", "media_unreadable"),
        (lambda n: b"\xff" * 20, "media_unreadable"),
    ],
)
async def test_a_peer_that_nobody_can_read_is_given_up(voice: Voice, code: str) -> None:
    ear = Ear()
    async with HearingEndpoint() as endpoint, Speaker(voice) as speaker:
        await join(endpoint, speaker, ear)
        await ear.until(state=PeerState.LOST)
    assert ear.problem is not None
    assert ear.problem.code == code


async def test_a_peer_that_hangs_up_is_lost_at_once() -> None:
    ear = Ear()
    async with HearingEndpoint() as endpoint:
        async with Speaker(VOICE) as speaker:
            await join(endpoint, speaker, ear)
            await ear.until(frames=5)
        with anyio.fail_after(8):
            await ear.until(state=PeerState.LOST)
    assert ear.problem is not None
    assert ear.problem.code == "media_lost"


async def test_thirty_joins_and_leaves_leave_neither_threads_nor_descriptors() -> None:
    async def once(endpoint: HearingEndpoint) -> None:
        ear = Ear()
        async with Speaker(VOICE) as speaker:
            peer = await join(endpoint, speaker, ear)
            await ear.until(frames=1)
            peer.close()

    async with HearingEndpoint() as endpoint:
        await once(endpoint)
        files = descriptors()
        for _ in range(30):
            await once(endpoint)
        assert descriptors() <= files


def descriptors() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())
