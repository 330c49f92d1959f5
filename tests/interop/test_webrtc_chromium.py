"""Chromium speaks to our own endpoint, on a good line and a bad one, and hears what it sends."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest
from playwright.async_api import Page, Route, async_playwright
from tests.browser.chromium import FAKE_MICROPHONE, FLAGS
from tests.caller import States, until
from tests.ears import HearingEndpoint
from tests.interop.test_webrtc_aiortc import HZ, NINE_TENTHS_DB, STEADY, SYLLABLES, Sink, pitch
from tests.lossy_proxy import lossy_proxy
from tests.staircase import write_wav

from vivavoce.media import Packet, Pcm
from vivavoce.mix.opus import Encoder
from vivavoce.mix.voice import Voice
from vivavoce.testing import LossyLink, gaps, level_db, tone
from vivavoce.units import FRAME_SAMPLES, SAMPLE_RATE, Samples
from vivavoce.webrtc.endpoint import PeerState

pytestmark = [pytest.mark.anyio, pytest.mark.interop, pytest.mark.browser]

HOST = "127.0.0.1"

OFFER = """async () => {
  const audio = {echoCancellation: false, noiseSuppression: false, autoGainControl: false};
  const stream = await navigator.mediaDevices.getUserMedia({audio});
  window.pc = new RTCPeerConnection();
  for (const track of stream.getTracks()) pc.addTrack(track, stream);
  pc.ontrack = ({streams: [stream]}) => {
    window.player = new Audio();
    player.srcObject = stream;
    player.play();
    window.context = new AudioContext();
    context.createMediaStreamSource(stream).connect(context.destination);
    context.resume();
  };
  await pc.setLocalDescription(await pc.createOffer());
  return pc.localDescription.sdp;
}"""
RESTART = """async () => {
  await pc.setLocalDescription(await pc.createOffer({iceRestart: true}));
  return pc.localDescription.sdp;
}"""
ACCEPT = "async (sdp) => { await pc.setRemoteDescription({type: 'answer', sdp}); }"
INBOUND = """async () => {
  const reports = [...(await pc.getStats()).values()];
  return reports.find((report) => report.type === "inbound-rtp") ?? {};
}"""


@asynccontextmanager
async def speaking(microphone: Path) -> AsyncIterator[Page]:
    """Open a blank page in Chromium whose microphone plays ``microphone`` again and again."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    flags = [*FLAGS, *FAKE_MICROPHONE, f"--use-file-for-fake-audio-capture={microphone}"]
    flags.append("--autoplay-policy=no-user-gesture-required")

    async def blank(route: Route) -> None:
        await route.fulfill(body="<title>call</title>", content_type="text/html")

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=flags)
        page = await browser.new_page()
        await page.route("http://localhost/**", blank)
        await page.goto("http://localhost/")  # a secure context, where microphones are allowed
        try:
            yield page
        finally:
            await browser.close()


def endpoint_on_loopback() -> HearingEndpoint:
    return HearingEndpoint()


async def test_chromium_is_heard(tmp_path: Path) -> None:
    sink, states = Sink(), States()
    async with (
        speaking(write_wav(tmp_path / "tone.wav", STEADY)) as page,
        endpoint_on_loopback() as endpoint,
    ):
        connection = await endpoint.listen(await page.evaluate(OFFER), sink, states)
        await page.evaluate(ACCEPT, connection.sdp)
        await until(lambda: len(sink.frames) >= 50 * 3)
        assert states.last is PeerState.CONNECTED
        assert connection.peer.level_dbov is not None
        assert abs(connection.peer.level_dbov + 20) <= 2
    heard = np.concatenate(sink.frames)[SAMPLE_RATE:]
    assert abs(pitch(heard) - HZ) < 12  # 1 %
    assert abs(level_db(heard) - level_db(STEADY)) < 0.5
    assert gaps(heard) == []


async def test_chromium_adds_fec_when_it_is_told_of_losses(tmp_path: Path) -> None:
    async def hear(page: Page, link: LossyLink) -> tuple[Pcm, Voice]:
        sink = Sink()
        async with (
            endpoint_on_loopback() as endpoint,
            lossy_proxy(endpoint.port, link) as proxy,
        ):
            connection = await endpoint.listen(await page.evaluate(OFFER), sink, States())
            await page.evaluate(ACCEPT, proxy.rewrite(connection.sdp))
            await until(lambda: len(sink.frames) >= 50 * 8)
            voice = connection.peer.voice
        assert isinstance(voice, Voice)
        return np.concatenate(sink.frames)[3 * SAMPLE_RATE :], voice

    async with speaking(write_wav(tmp_path / "voice.wav", SYLLABLES)) as page:
        clean, _ = await hear(page, LossyLink(0))
        await page.reload()
        lossy, voice = await hear(page, LossyLink(5, loss=0.10))
    assert level_db(lossy) - level_db(clean) >= NINE_TENTHS_DB
    assert voice.buffer.tally.recovered >= 10
    assert voice.buffer.tally.rested == 0


async def test_chromium_survives_an_ice_restart(tmp_path: Path) -> None:
    sink, states = Sink(), States()
    async with (
        speaking(write_wav(tmp_path / "tone.wav", STEADY)) as page,
        endpoint_on_loopback() as endpoint,
    ):
        connection = await endpoint.listen(await page.evaluate(OFFER), sink, states)
        await page.evaluate(ACCEPT, connection.sdp)
        await until(lambda: len(sink.frames) >= 50)
        before = connection.peer.ice.local
        await page.evaluate(ACCEPT, connection.restart(await page.evaluate(RESTART)))
        assert connection.peer.ice.local != before
        await until(lambda: len(connection.peer.ice.ufrags) == 1)  # a check with the new ones came
        heard = len(sink.frames)
        await until(lambda: len(sink.frames) >= heard + 75)
    assert [state for state, _ in states.seen][:2] == [PeerState.CONNECTING, PeerState.CONNECTED]
    assert gaps(np.concatenate(sink.frames)[SAMPLE_RATE // 2 :]) == []


async def test_chromium_hears_what_is_sent_to_it(tmp_path: Path) -> None:
    encoder = Encoder()
    said = tone(440, Samples(3 * SAMPLE_RATE)).reshape(-1, FRAME_SAMPLES)
    async with (
        speaking(write_wav(tmp_path / "tone.wav", STEADY)) as page,
        endpoint_on_loopback() as endpoint,
    ):
        connection = await endpoint.listen(
            await page.evaluate(OFFER), Sink(), states := States(), returns=True
        )
        await page.evaluate(ACCEPT, connection.sdp)
        await until(lambda: states.last is PeerState.CONNECTED)
        began = anyio.current_time()
        for n, frame in enumerate(said):
            await anyio.sleep_until(began + n * 0.02)
            assert connection.send(Packet(Samples(n * FRAME_SAMPLES), encoder.encode(frame)))
        stats: dict[str, Any] = await page.evaluate(INBOUND)
    assert stats["packetsReceived"] >= len(said) - 5
    assert stats["packetsLost"] == 0
    # Energy is the square of the peak times seconds (W3C webrtc-stats): a sine of -20 dBFS RMS
    # has a peak of 0.141.
    assert stats["totalAudioEnergy"] == pytest.approx(0.06, rel=0.25)
