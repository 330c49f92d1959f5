"""A studio without doors: real endpoint, real mix, real encoders; the edges and shows are fakes."""

import os
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import anyio
import msgspec
from starlette.requests import HTTPConnection
from tests.unit.stage.fakes import FakeBook

from vivavoce.bus.messages import Count, Down, Head, Sound
from vivavoce.card import OnStage, ShowCard, State
from vivavoce.clock import SystemClock, unix_ms
from vivavoce.media import Codec, Pcm
from vivavoce.mix.console import Console
from vivavoce.mix.opus import Decoder, Encoder
from vivavoce.mix.voice import Voice
from vivavoce.package.heads import HEADS
from vivavoce.record.programme import Programme
from vivavoce.stage.seats import Role, Seat
from vivavoce.stage.stages import Stages
from vivavoce.testing.decode import decode
from vivavoce.units import PartNumber
from vivavoce.webrtc.udp_endpoint import UdpEndpoint

SHOW = "0123456789"
HOST = Seat("host", SHOW, "Host", Role.HOST)
GUEST = Seat("guest", SHOW, "Guest", Role.SPEAKER)
TOKENS = {"host-token": HOST, "guest-token": GUEST}


@dataclass
class FakeFeed:
    """Keeps all that edges would be told."""

    heads: dict[Codec, bytes] = field(default_factory=dict)
    parts: dict[Codec, dict[int, bytes]] = field(default_factory=lambda: defaultdict(dict))
    mp3: int = 0
    edges: int = 1
    _new: anyio.Event = field(default_factory=anyio.Event)

    def publish(self, message: Down) -> None:
        match message:
            case Head(_, codec, body):
                self.heads[codec] = body
            case Sound(_, codec, number, body):
                assert number not in self.parts[codec], "a number is never given to two parts"
                self.parts[codec][number] = body
                self._new.set()
            case _:
                pass

    def count(self, show: str) -> Count:
        return Count(push=1, hls=1, mp3=self.mp3)

    def heard(self, codec: Codec = Codec.OPUS, first: int = 0) -> Pcm:
        """Decode all parts from ``first`` on."""
        numbers = sorted(n for n in self.parts[codec] if n >= first)
        assert numbers == list(range(numbers[0], numbers[-1] + 1)), "no part is missing"
        return decode(self.heads[codec] + b"".join(self.parts[codec][n] for n in numbers))

    async def until(self, part: int) -> None:
        """Wait until so many parts have come in both codecs."""
        with anyio.fail_after(30):
            while min(len(self.parts[Codec.OPUS]), len(self.parts[Codec.AAC])) < part:
                self._new = anyio.Event()
                await self._new.wait()


@dataclass
class FakeShows:
    """One show."""

    stages: Stages
    the_card: ShowCard
    stage_seen: list[tuple[OnStage, ...]] = field(default_factory=list)
    ended: anyio.Event = field(default_factory=anyio.Event)

    def card(self, show: str) -> ShowCard | None:
        return self.the_card if show == SHOW else None

    async def start(self) -> None:
        now = unix_ms(SystemClock().wall())
        self.the_card = msgspec.structs.replace(self.the_card, state=State.LIVE, epoch_ms=now)
        await self.stages.start(self.the_card)

    async def end(self, show: str) -> ShowCard:
        length = await self.stages.end(show)
        self.the_card = msgspec.structs.replace(
            self.the_card, state=State.ENDED, duration_s=None if length is None else length / 48_000
        )
        self.ended.set()
        return self.the_card

    async def set_stage(
        self, show: str, stage: tuple[OnStage, ...], *, filler: bool = False
    ) -> ShowCard:
        self.stage_seen.append(stage)
        self.the_card = msgspec.structs.replace(self.the_card, stage=stage, filler=filler)
        return self.the_card


class TokenGate:
    """Bearer tokens, as ``TOKENS`` has them."""

    async def allowed(self, connection: HTTPConnection, show: str) -> Seat | None:
        header = connection.headers.get("authorization", "")
        return TOKENS.get(header.removeprefix("Bearer "))


@dataclass
class Rig:
    """What a test touches."""

    stages: Stages
    feed: FakeFeed
    shows: FakeShows
    folder: Path
    refuse: list[OSError]
    """While there is an error in it, the disk refuses with it."""


@asynccontextmanager
async def rig(folder: Path, *, levelling: bool = False) -> AsyncIterator[Rig]:
    """Run a studio for one planned show."""

    refuse: list[OSError] = []

    def write(file: int, data: bytes) -> int:
        if refuse:
            raise refuse[0]
        return os.write(file, data)

    def open_recording(_: str, epoch: datetime, now_part: PartNumber | None) -> Programme:
        if now_part is None:
            return Programme(folder, HEADS, epoch, write=write)
        return Programme.resume(folder, HEADS, epoch, now_part)

    card = ShowCard(
        show=SHOW, version=1, title="T", description="", language="en", state=State.PLANNED
    )
    feed = FakeFeed()
    clock = SystemClock()
    async with (
        UdpEndpoint(clock, lambda: Voice(Decoder())) as endpoint,
        anyio.create_task_group() as tasks,
    ):
        stages = Stages(
            endpoint,
            feed,
            open_recording,
            FakeBook([HOST, GUEST]),
            clock,
            make_console=lambda: Console(Encoder, levelling=levelling),
        )
        shows = FakeShows(stages, card)
        await tasks.start(stages.run, shows)
        yield Rig(stages, feed, shows, folder, refuse)
        tasks.cancel_scope.cancel()


class TestWindow:
    """A window that writes down what it is told."""

    __test__ = False

    def __init__(self, name: str = "window-1", seat: Seat = HOST) -> None:
        self.id = name
        self.seat = seat
        self.told: list[object] = []
        self._new = anyio.Event()

    def tell(self, message: object) -> None:
        self.told.append(message)
        self._new.set()

    async def until(self, message: object) -> None:
        """Wait until ``message`` has been told."""
        while message not in self.told:
            self._new = anyio.Event()
            await self._new.wait()

    def poke(self) -> None:
        pass

    def kinds(self) -> Sequence[str]:
        return [type(message).__name__ for message in self.told]
