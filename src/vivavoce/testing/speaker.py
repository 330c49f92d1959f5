"""A speaker made by program: an aiortc peer that says what it is told, through the real door.

async with Speaker(voice_of(pcm)) as speaker:
    await speaker.whip(url, token)
    await speaker.done()
"""

import asyncio
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from fractions import Fraction
from types import TracebackType
from typing import Any, Final, Self

import anyio
import anyio.to_thread
import av
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av.packet import Packet

from vivavoce.errors import PeerError
from vivavoce.media import SILENCE, Frame, Pcm
from vivavoce.units import FRAME_SAMPLES, SAMPLE_RATE

_TICK_S: Final = FRAME_SAMPLES / SAMPLE_RATE
_BASE: Final = Fraction(1, SAMPLE_RATE)
_TIMEOUT_S: Final = 10.0

Voice = Callable[[int], Frame | bytes | None]
"""What is said in frame n: 20 ms of PCM, a ready Opus payload, or nothing at all: not a packet."""


def voice_of(pcm: Pcm, *, then: Frame | None = SILENCE) -> Voice:
    """Say ``pcm`` once, then ``then`` for ever."""
    frames = pcm[: len(pcm) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    return lambda n: frames[n] if n < len(frames) else then


class _VoiceTrack(MediaStreamTrack):
    kind = "audio"

    def __init__(self, voice: Voice) -> None:
        super().__init__()
        self.next = 0
        self._voice = voice
        self._start: float | None = None

    async def recv(self) -> "av.AudioFrame | Packet[Any]":
        while self.readyState == "live":
            now = anyio.current_time()
            self._start = now if self._start is None else self._start
            n, self.next = self.next, self.next + 1
            await anyio.sleep(max(0.0, self._start + n * _TICK_S - now))
            said = self._voice(n)
            if said is not None:
                return _packet(said, n) if isinstance(said, bytes) else _frame(said, n)
        raise MediaStreamError


def _frame(pcm: Frame, n: int) -> av.AudioFrame:
    # Two equal channels: aiortc would make them of one, each 3 dB quieter.
    both = np.repeat(pcm, 2).reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(both, format="s16", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, n * FRAME_SAMPLES, _BASE
    return frame


def _packet(payload: bytes, n: int) -> "Packet[Any]":
    packet = Packet(payload)
    packet.pts, packet.time_base = n * FRAME_SAMPLES, _BASE
    return packet


class Speaker:
    """One WebRTC peer that sends ``voice``; an async context, at whose end it hangs up."""

    def __init__(self, voice: Voice) -> None:
        self._track = _VoiceTrack(voice)
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._connection.addTransceiver(self._track, direction="sendonly")
        self._connected = asyncio.Event()
        self._connection.on("connectionstatechange", self._changed)
        self._resource: tuple[str, str] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with anyio.CancelScope(shield=True):
            if self._resource is not None:
                url, token = self._resource
                await anyio.to_thread.run_sync(_hang_up, url, token)
            await self.vanish()

    @property
    def spoken(self) -> int:
        """How many frames have been said so far, those that were nothing included."""
        return self._track.next

    async def offer(self) -> str:
        """Return the SDP offer, all candidates in it."""
        await self._connection.setLocalDescription(await self._connection.createOffer())
        return str(self._connection.localDescription.sdp)

    async def accept(self, answer: str) -> None:
        """Take the answer; returns when connected, or raises ``TimeoutError``."""
        await self._connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        with anyio.fail_after(_TIMEOUT_S):
            await self._connected.wait()

    async def whip(self, url: str, token: str) -> None:
        """Take a seat through WHIP; raises ``PeerError`` with what the server answered."""
        offer = await self.offer()
        answer, resource = await anyio.to_thread.run_sync(_post, url, token, offer)
        self._resource = (resource, token)
        await self.accept(answer)

    async def vanish(self) -> None:
        """Be gone without a word over HTTP."""
        self._resource = None
        await self._connection.close()

    def _changed(self) -> None:
        if self._connection.connectionState == "connected":
            self._connected.set()


def _post(url: str, token: str, offer: str) -> tuple[str, str]:
    request = _request(url, token, "POST", offer.encode())
    request.add_header("Content-Type", "application/sdp")
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as response:  # noqa: S310  see _request
            location = urllib.parse.urljoin(url, response.headers["Location"])
            return response.read().decode(), location
    except urllib.error.HTTPError as error:
        text = error.read().decode(errors="replace")
        raise PeerError("whip_refused", text, status=error.code) from error
    except urllib.error.URLError as error:
        raise PeerError("whip_unreachable", f"{url} does not answer: {error.reason}.") from error


def _hang_up(url: str, token: str) -> None:
    try:
        with urllib.request.urlopen(_request(url, token, "DELETE"), timeout=_TIMEOUT_S):  # noqa: S310  see _request
            pass
    except urllib.error.URLError:
        pass  # the show may have ended before us


def _request(
    url: str, token: str, method: str, body: bytes | None = None
) -> urllib.request.Request:
    if not url.startswith(("http://", "https://")):
        raise PeerError("bad_address", "A WHIP address begins with http:// or https://.")
    request = urllib.request.Request(url, body, method=method)  # noqa: S310  checked above
    request.add_header("Authorization", f"Bearer {token}")
    return request
