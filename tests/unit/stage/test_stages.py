"""Shows on air: begun, ended, left alone, failed; each on its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import anyio
import pytest
from tests.unit.stage.fakes import (
    HOST,
    SHOW,
    FakeBook,
    FakeEndpoint,
    FakeFeed,
    FakeNotes,
    FakePackager,
    FakeRecording,
    FakeShows,
    FakeWindow,
)

from vivavoce.bus.messages import Count, Sound
from vivavoce.card import OnStage
from vivavoce.clock import unix_ms
from vivavoce.errors import MachineError
from vivavoce.stage.messages import SeatIs
from vivavoce.stage.stages import Stages
from vivavoce.testing import FakeClock
from vivavoce.units import PartNumber, start_of

pytestmark = pytest.mark.anyio


class Rig:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.feed = FakeFeed()
        self.endpoint = FakeEndpoint()
        self.recording = FakeRecording()
        self.notes = FakeNotes()
        self.book = FakeBook()
        self.opened: list[PartNumber | None] = []
        self.packagers: list[FakePackager] = []
        self.fail = 0
        self.stages = Stages(
            self.endpoint,
            self.feed,
            self._open,
            self.book,
            self.clock,
            make_packager=self._make,
            open_notes=lambda _: self.notes,
        )
        self.shows = FakeShows(self.stages)

    def _open(self, _: str, __: datetime, now_part: PartNumber | None) -> FakeRecording:
        self.opened.append(now_part)
        return self.recording

    def _make(self, first: PartNumber) -> FakePackager:
        if self.fail:
            self.fail -= 1
            raise RuntimeError("no encoder")
        self.packagers.append(FakePackager(first))
        return self.packagers[-1]

    async def go_live(self) -> None:
        await self.stages.start(self.shows.go_live(unix_ms(self.clock.wall())))
        with anyio.fail_after(30):
            await self.feed.begun.wait()
            self.clock.advance(0.5)
            await self.feed.sounded.wait()


@asynccontextmanager
async def running() -> AsyncIterator[Rig]:
    rig = Rig()
    async with anyio.create_task_group() as tasks:
        await tasks.start(rig.stages.run, rig.shows)
        yield rig
        tasks.cancel_scope.cancel()


async def test_a_show_that_ends_has_its_last_words_on_disk_and_its_stage_cleared() -> None:
    async with running() as rig:
        await rig.go_live()
        await (await rig.stages.open(SHOW)).sit(HOST, FakeWindow(), "good", take=False)
        await rig.shows.end(SHOW)
        assert rig.shows.lengths == [48_000]
        assert rig.recording.finished == [None]
        sent = [m for m in rig.feed.sent if isinstance(m, Sound)]
        assert len(rig.recording.parts) == len(sent) == 4, "what was begun is filled up"
        assert rig.endpoint.peers[0].closed
        assert rig.stages.on_air() == []


async def test_a_show_without_any_voice_ends_by_itself_after_half_an_hour() -> None:
    async with running() as rig:
        await rig.go_live()
        window = FakeWindow()
        await (await rig.stages.open(SHOW)).sit(HOST, window, "good", take=False)
        rig.endpoint.peers[0].connect()
        for _ in range(60):
            rig.clock.advance(60)
            await rig.stages.look()
        assert not rig.shows.lengths, "an hour with a voice is no reason"
        await (await rig.stages.open(SHOW)).rise(HOST, window)
        rig.clock.advance(1799)
        await rig.stages.look()
        assert not rig.shows.lengths
        rig.clock.advance(2)
        await rig.stages.look()
        with anyio.fail_after(30):
            await rig.shows.ended.wait()
        # Cut at the last connected moment (an hour) and three seconds.
        assert rig.recording.finished == [int(3603.5 / 0.32)]


async def test_what_the_disk_refused_at_a_shows_end_is_written_once_it_takes_it() -> None:
    async with running() as rig:
        await rig.go_live()
        rig.recording.refuse = MachineError("disk_full", "The disk is full.")
        before = len(rig.recording.parts)
        await rig.shows.end(SHOW)
        assert rig.shows.lengths == [None]
        assert await rig.stages.end(SHOW) is None
        rig.recording.refuse = None
        assert await rig.stages.end(SHOW) == 48_000
        sent = [m for m in rig.feed.sent if isinstance(m, Sound)]
        assert before < len(rig.recording.parts) == len(sent)
        assert rig.recording.finished == [None]


async def test_a_show_that_ends_the_moment_it_began_ends() -> None:
    async with running() as rig:
        await rig.stages.start(rig.shows.go_live(unix_ms(rig.clock.wall())))
        await rig.shows.end(SHOW)
        assert rig.shows.lengths == [48_000]


async def test_a_failing_show_is_made_anew() -> None:
    async with running() as rig:
        rig.fail = 1
        await rig.go_live()
        assert len(rig.packagers) == 1
        assert len(rig.stages.on_air()) == 1


async def test_a_resumed_show_opens_its_files_up_to_now() -> None:
    async with running() as rig:
        card = rig.shows.go_live(unix_ms(rig.clock.wall()))
        rig.clock.advance(100)
        await rig.stages.resume(card)
        with anyio.fail_after(30):
            await rig.feed.begun.wait()
        assert rig.packagers[0].first == int(100 / 0.32) + 1
        assert rig.opened == [int(100 / 0.32) + 1]


async def test_ending_a_show_that_is_not_on_air_here_finishes_its_files() -> None:
    async with running() as rig:
        assert await rig.stages.end(SHOW) is None
        rig.shows.go_live(0)
        assert await rig.stages.end(SHOW) == 48_000
        assert rig.opened == [None], "nothing is filled up to now"
        assert rig.notes.finished == [start_of(rig.recording.next_part)]


async def test_the_card_says_who_is_on_stage_only_while_live() -> None:
    async with running() as rig:
        window = FakeWindow()
        await (await rig.stages.open(SHOW)).sit(HOST, window, "good", take=False)
        rig.endpoint.peers[0].connect()
        await rig.stages.tell()
        assert rig.shows.seen == []
        await rig.go_live()
        await rig.stages.tell()
        await rig.stages.tell()
        assert rig.shows.seen == [(OnStage("Ada", "host"),)]


async def test_status_says_how_things_stand() -> None:
    async with running() as rig:
        window = FakeWindow()
        await rig.stages.open(SHOW)
        before = rig.stages.status(rig.shows.the_card, HOST, window)
        assert (before.on_air_s, before.seat, before.level_db) == (None, SeatIs.FREE, None)
        await rig.go_live()
        rig.feed.players = Count(push=3, hls=2, mp3=1)
        rig.recording.refuse = MachineError("disk_full", "full")
        rig.clock.advance(1.5)
        status = rig.stages.status(rig.shows.the_card, HOST, window)
        assert status.on_air_s == 2.0
        assert status.listening.players == 5
        assert status.listening.definition
        assert status.edges == 1
        await rig.shows.end(SHOW)
        assert rig.shows.lengths == [None]


async def test_trouble_with_the_copy_of_recordings_is_told_on_air_after_the_disks() -> None:
    async with running() as rig:
        window, away = FakeWindow(), MachineError("bucket_away", "away")
        rig.stages.storage = lambda: away
        await rig.stages.open(SHOW)
        assert rig.stages.status(rig.shows.the_card, HOST, window).notice is None
        await rig.go_live()
        told = rig.stages.status(rig.shows.the_card, HOST, window).notice
        assert told is not None
        assert (told.code, told.message) == ("bucket_away", "away")


async def test_stages_without_anybody_are_forgotten() -> None:
    async with running() as rig:
        first = await rig.stages.open(SHOW)
        window = FakeWindow()
        first.attach(window)
        await rig.stages.look()
        assert await rig.stages.open(SHOW) is first
        first.detach(window)
        await rig.stages.look()
        assert await rig.stages.open(SHOW) is not first
