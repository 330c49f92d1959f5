"""People on a stage, by program: each sends ready-made Opus and takes what comes back."""

import asyncio
import json
import socket
import struct
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import numpy as np
from tests.caller import PAYLOAD_TYPE, Caller

from vivavoce.media import Pcm
from vivavoce.mix.opus import Encoder
from vivavoce.units import FRAME_SAMPLES, SAMPLE_RATE

LEVEL_ID: Final = 1
_SECONDS: Final = 10  # of voice, again and again


def voice(hz: float, db: float = -22) -> Pcm:
    """Return something like speech: a buzz whose pitch wanders, with syllables, never the same."""
    chance = np.random.default_rng(round(hz))
    length = _SECONDS * SAMPLE_RATE
    points = np.linspace(0, length, _SECONDS * 6)
    pitch = np.interp(np.arange(length), points, hz * chance.uniform(0.7, 1.4, len(points)))
    loud = np.interp(np.arange(length), points, chance.uniform(0.2, 1.0, len(points)))
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
    buzz = sum(np.sin(n * phase) / n for n in range(1, 12)) * loud
    scale = 32_768 * 10 ** (db / 20) / np.sqrt(np.mean(buzz**2))
    return np.asarray(np.clip(buzz * scale, -32_000, 32_000), dtype=np.int16)


def room(db: float = -75) -> Pcm:
    """Return the noise of a quiet room."""
    noise = np.random.default_rng(1).standard_normal(_SECONDS * SAMPLE_RATE)
    return np.asarray(noise * 32_768 * 10 ** (db / 20), dtype=np.int16)


@dataclass(frozen=True)
class Said:
    """Opus packets, and the level of each (RFC 6464: -dBov)."""

    packets: list[bytes]
    levels: list[int]


def said(pcm: Pcm) -> Said:
    encoder = Encoder(bitrate=32_000)
    frames = pcm.reshape(-1, FRAME_SAMPLES)
    rms = np.sqrt(np.mean(frames.astype(np.float64) ** 2, axis=1)) / 32_768
    levels = np.clip(-20 * np.log10(np.maximum(rms, 1e-7)), 0, 127).astype(int)
    return Said([encoder.encode(frame) for frame in frames], [int(level) for level in levels])


class Line(Protocol):
    """How packets leave and come."""

    def seal(self, plain: bytes) -> bytes: ...
    def open(self, datagram: bytes) -> bytes | None: ...


class Plain:
    """RTP as it is."""

    def seal(self, plain: bytes) -> bytes:
        return plain

    def open(self, datagram: bytes) -> bytes | None:
        return datagram


class Sealed:
    """SRTP."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def seal(self, plain: bytes) -> bytes:
        return self._caller.seal(plain)

    def open(self, datagram: bytes) -> bytes | None:
        return self._caller.opens(datagram)


@dataclass
class Phone:
    """One person, with a socket that is connected to the server."""

    sock: socket.socket
    line: Line
    says: Said
    ssrc: int
    caller: Caller | None = None
    keep: bool = False
    number: int = 0
    received: int = 0
    octets: int = 0
    heard: list[tuple[float, int, bytes]] = field(default_factory=list)
    """Arrival, RTP time and payload of what came, if ``keep``."""
    sent_at: list[float] = field(default_factory=list)

    def speak(self) -> None:
        at = self.number % len(self.says.packets)
        extension = struct.pack("!HHBBH", 0xBEDE, 1, LEVEL_ID << 4, self.says.levels[at], 0)
        head = struct.pack(
            "!BBHII", 0x90, PAYLOAD_TYPE, self.number & 0xFFFF,
            self.number * FRAME_SAMPLES & 0xFFFFFFFF, self.ssrc,
        )  # fmt: skip
        if self.keep:
            self.sent_at.append(time.monotonic())
        self.sock.send(self.line.seal(head + extension + self.says.packets[at]))
        self.number += 1
        if self.caller is not None and self.number % 100 == 0:
            self.sock.send(self.caller.check())

    def take(self) -> None:
        try:
            while True:
                datagram = self.sock.recv(2048)
                if not 128 <= datagram[0] <= 191 or 192 <= datagram[1] <= 223:
                    continue
                self.received += 1
                self.octets += len(datagram)
                if self.keep:
                    plain = self.line.open(datagram)
                    if plain is not None:
                        stamp = struct.unpack_from("!I", plain, 4)[0]
                        self.heard.append((time.monotonic(), stamp, plain[12:]))
        except (BlockingIOError, ConnectionRefusedError):
            pass


async def talk(phones: list[Phone], seconds: float) -> float:
    """Let all speak for so long, each at its own moment of the 20 ms; return the latest tick."""
    loop = asyncio.get_running_loop()
    for phone in phones:
        loop.add_reader(phone.sock, phone.take)
    began, latest = loop.time(), 0.0
    slots = max(1, min(10, len(phones)))
    for tick in range(round(seconds * 50)):
        for slot in range(slots):
            due = began + tick * 0.02 + slot * 0.02 / slots
            await asyncio.sleep(max(0.0, due - loop.time()))
            latest = max(latest, loop.time() - due)
            for phone in phones[slot::slots]:
                phone.speak()
    for phone in phones:
        loop.remove_reader(phone.sock)
    return latest


def connected(port: int, host: str = "127.0.0.1") -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    sock.connect((host, port))
    sock.setblocking(False)
    return sock


async def dial(whip_url: str, token: str, says: Said, ssrc: int, *, keep: bool = False) -> Phone:
    """Take a seat through WHIP, both ways, and shake hands."""
    caller = Caller(direction="sendrecv")
    caller.ssrc = ssrc
    caller.ufrag, caller.password = f"u{ssrc:06d}", f"{ssrc:024d}"
    answer = await asyncio.to_thread(_offer, whip_url, token, caller.offer())
    caller.accept(answer)
    lines = [line.split() for line in answer.split("\r\n") if line.startswith("a=candidate")]
    port = int(next(line[5] for line in lines if line[4] == "127.0.0.1"))
    phone = Phone(connected(port), Sealed(caller), says, ssrc, caller, keep)
    loop = asyncio.get_running_loop()

    async def receive() -> bytes:
        return await asyncio.wait_for(loop.sock_recv(phone.sock, 2048), 5)

    phone.sock.send(caller.check())
    await receive()
    flight: list[bytes] = caller.shake([])
    while True:
        for datagram in flight:
            phone.sock.send(datagram)
        answer_ = await receive()
        if not 20 <= answer_[0] <= 63:
            flight = []
            continue
        flight = caller.shake([answer_])
        try:
            caller.agree()
        except Exception:  # noqa: BLE001  the handshake is not done yet
            continue
        break
    for datagram in flight:
        phone.sock.send(datagram)
    return phone


def _offer(url: str, token: str, sdp: str) -> str:
    headers = {"Content-Type": "application/sdp", "Authorization": f"Bearer {token}"}
    with urllib.request.urlopen(urllib.request.Request(url, sdp.encode(), headers)) as answer:
        text: str = answer.read().decode()
    return text


Post = Callable[[str, dict[str, Any]], dict[str, Any]]


def poster(base: str, key: str) -> Post:
    """Return what asks the studio's API as the host who has ``key``."""
    cookies: list[str] = []

    def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", "Origin": base}
        if cookies:
            headers["Cookie"] = cookies[0]
        request = urllib.request.Request(base + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            for cookie in answer.headers.get_all("set-cookie") or ():
                cookies[:] = [cookie.partition(";")[0]]
            found: dict[str, Any] = json.load(answer)
        return found

    post("/api/session", {"key": key})
    return post
