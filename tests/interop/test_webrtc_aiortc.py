"""aiortc as a foreign speaker to our own endpoint, on a good line and on bad ones."""

import numpy as np
import pytest
from tests.caller import States, until
from tests.ears import HearingEndpoint
from tests.lossy_proxy import lossy_proxy

from vivavoce.media import Frame, Pcm
from vivavoce.mix.opus import Encoder
from vivavoce.mix.voice import Voice
from vivavoce.testing import LossyLink, dominant_hz, gaps, level_db, tone
from vivavoce.testing.speaker import Speaker
from vivavoce.testing.speaker import Voice as Says
from vivavoce.units import FRAME_SAMPLES, SAMPLE_RATE, Samples
from vivavoce.webrtc.endpoint import PeerState

pytestmark = [pytest.mark.anyio, pytest.mark.interop]

HOST = "127.0.0.1"
HZ = 1000.0
SECONDS = 6
HEARD_FRAMES = 50 * 5
NINE_TENTHS_DB = 20 * np.log10(0.9)

STEADY = tone(HZ, Samples(SECONDS * SAMPLE_RATE))
# Three syllables a second: libopus takes it for a voice, and adds FEC.
SYLLABLES = (
    STEADY * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * np.arange(len(STEADY)) / SAMPLE_RATE))
).astype(np.int16)


def pitch(pcm: Pcm) -> float:
    """Return the usual frequency, whatever moments the depth was being found in."""
    return float(
        np.median([dominant_hz(pcm[n : n + 9600]) for n in range(0, len(pcm) - 9600, 9600)])
    )


class Sink:
    def __init__(self) -> None:
        self.frames: list[Frame] = []

    def push(self, time: Samples, frame: Frame) -> None:
        assert time == len(self.frames) * FRAME_SAMPLES
        self.frames.append(frame)


def pcm_of(pcm: Pcm) -> Says:
    frames = pcm.reshape(-1, FRAME_SAMPLES)
    return lambda n: frames[n % len(frames)]


def opus_of(pcm: Pcm) -> Says:
    """Say it as ready-made Opus with FEC, as a browser does that was told of losses."""
    encoder = Encoder(loss_percent=20)
    packets = [encoder.encode(frame) for frame in pcm.reshape(-1, FRAME_SAMPLES)]
    return lambda n: packets[n % len(packets)]


async def hear(says: Says, link: LossyLink | None = None) -> tuple[Pcm, Voice]:
    """Let aiortc speak; return what was heard after the first second, and the voice's account."""
    sink, states = Sink(), States()
    async with (
        HearingEndpoint() as endpoint,
        lossy_proxy(endpoint.port, link or LossyLink(0)) as proxy,
        Speaker(says) as speaker,
    ):
        connection = await endpoint.listen(await speaker.offer(), sink, states)
        await speaker.accept(connection.sdp if link is None else proxy.rewrite(connection.sdp))
        await until(lambda: len(sink.frames) >= HEARD_FRAMES)
        assert states.last is PeerState.CONNECTED
        assert link is None or proxy.lost > 0
        voice = connection.peer.voice
    assert isinstance(voice, Voice)
    assert endpoint.counts.failed == 0
    return np.concatenate(sink.frames)[SAMPLE_RATE:], voice


# What was heard of each voice on a good line, of which nothing was lost: it is waited for once.
_CLEAN: dict[Says, Pcm] = {}


async def clean(says: Says) -> Pcm:
    """Return what is heard of ``says`` on a good line."""
    if says not in _CLEAN:
        heard, voice = await hear(says)
        assert gaps(heard) == []
        assert voice.buffer.tally.rested == 0
        _CLEAN[says] = heard
    return _CLEAN[says]


async def test_a_tone_said_by_aiortc_is_the_tone_that_is_heard() -> None:
    heard, voice = await hear(pcm_of(STEADY))
    assert abs(pitch(heard) - HZ) < 12  # 1 %
    assert abs(level_db(heard) - level_db(STEADY)) < 0.5
    assert gaps(heard) == []
    assert voice.buffer.tally.late == 0


@pytest.mark.parametrize(
    "line",
    [{"loss": 0.10}, {"loss": 0.05, "burst": 6.0}, {"loss": 0.20}],
    ids=["10 % at random", "bursts of 6 at 5 %", "20 % at random"],
)
@pytest.mark.parametrize("says", [pcm_of(STEADY), opus_of(SYLLABLES)], ids=["plain", "fec"])
async def test_a_lossy_line_costs_little_of_the_level(line: dict[str, float], says: Says) -> None:
    link = LossyLink(5, **line)  # of one's own: it goes on in its seeded row with each packet
    lossy, voice = await hear(says, link)
    assert level_db(lossy) - level_db(await clean(says)) >= NINE_TENTHS_DB
    assert abs(pitch(lossy) - HZ) < 12
    tally = voice.buffer.tally
    frames = tally.played + tally.recovered + tally.concealed + tally.rested
    # Neither received nor repaired nor concealed: bursts may outlast what concealment can cover.
    assert tally.rested <= 0.02 * frames
    if link.burst == 1.0:
        assert tally.recovered > tally.concealed


async def test_a_jittery_line_is_evened_out() -> None:
    heard, voice = await hear(pcm_of(STEADY), LossyLink(9, loss=0.01, delay_s=0.02, jitter_s=0.04))
    assert abs(pitch(heard) - HZ) < 12
    tally = voice.buffer.tally
    assert tally.concealed + tally.recovered <= 0.08 * tally.played


async def test_aiortc_s_goodbye_ends_the_peer() -> None:
    states = States()
    async with HearingEndpoint() as endpoint:
        async with Speaker(pcm_of(STEADY)) as speaker:
            connection = await endpoint.listen(await speaker.offer(), Sink(), states)
            await speaker.accept(connection.sdp)
        await until(lambda: states.last is PeerState.LOST)
        assert endpoint.sizes() == (0, 0, 0)
