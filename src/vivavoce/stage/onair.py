"""One show on air: stretches of sound, to the edges at once and to the disk beside."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import anyio
import anyio.to_thread

from vivavoce.bus.messages import Head, Sound
from vivavoce.clock import Clock
from vivavoce.errors import Problem
from vivavoce.media import Part
from vivavoce.mix.clockwork import Sleep, pause
from vivavoce.record.playing import Range
from vivavoce.stage.ports import Feed, MakePackager
from vivavoce.stage.recorder import Recorder
from vivavoce.stage.stretch import Pull, Stretch, Tape
from vivavoce.stage.taping import Taping
from vivavoce.stage.timeline import begin
from vivavoce.units import PartNumber, Samples

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sinks:
    """Where parts go."""

    feed: Feed
    recorder: Recorder
    taping: Taping | None = None


@dataclass(frozen=True, slots=True)
class Works:
    """What makes parts."""

    clock: Clock
    make_packager: MakePackager
    sleep: Sleep = pause


class OnAir:
    """Runs one show from ``epoch`` on. ``fresh`` tells a show's start from its resumption."""

    def __init__(
        self,
        show: str,
        epoch: datetime,
        *,
        fresh: bool,
        pull: Pull,
        sinks: Sinks,
        works: Works,
        tape: Tape = lambda _time, _frames: None,
    ) -> None:
        self._show = show
        self._epoch = epoch
        self._pull = pull
        self._feed = sinks.feed
        self._recorder = sinks.recorder
        self._taping = sinks.taping
        self._tape = tape
        self._works = works
        self._fresh = fresh
        self._next: PartNumber | None = None
        self._stretch: Stretch | None = None
        self._over = False
        self.overruns = 0
        """Ticks that came late, over all stretches that ended."""
        self.lost = 0
        """Frames that became silence, over all stretches that ended."""

    @property
    def notice(self) -> Problem | None:
        """What the host should know now."""
        taping = None if self._taping is None else self._taping.notice()
        return self._recorder.notice() or taping

    @property
    def backlog(self) -> int:
        """Frames that wait for the encoders."""
        return 0 if self._stretch is None else self._stretch.waiting

    @property
    def unwritten(self) -> int:
        """Parts (of one codec each) that wait for the disk."""
        return self._recorder.waiting

    @property
    def unrecorded(self) -> tuple[int, int]:
        """Parts that are missing from the programme's files, and ticks from the tracks."""
        return self._recorder.lost, 0 if self._taping is None else self._taping.lost

    async def run(self) -> None:
        """Be on air until ``stop``. After an exception it can be run again and goes on."""
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._recorder.run)
                if self._taping is not None:
                    tasks.start_soon(self._taping.run, self._breaks)
                while not self._over:
                    await self._one_stretch()
                tasks.cancel_scope.cancel()
        finally:
            # A studio that is told to stop takes what it has said to the disk.
            with anyio.CancelScope(shield=True):
                await self._recorder.drain()
                if self._taping is not None:
                    await self._taping.drain(self._breaks())

    async def finish(self, last: PartNumber | None = None) -> Samples | None:
        """Make the replay, up to part ``last``; called when ``run`` is over."""
        length = await self._recorder.finish(last)
        if self._taping is not None and self._recorder.end is not None:
            await self._taping.finish(self._recorder.end, self._breaks())
        return length

    def _breaks(self) -> tuple[Range, ...]:
        return self._recorder.breaks

    def stop(self) -> None:
        """Let ``run`` return with the part begun."""
        self._over = True
        if self._stretch is not None:
            self._stretch.stop()

    @property
    def _elapsed_s(self) -> float:
        return (self._works.clock.wall() - self._epoch).total_seconds()

    async def _one_stretch(self) -> None:
        if not self._fresh and self._next is None:
            now_part = begin(self._elapsed_s, 0.0, PartNumber(0)).first
            self._next = await self._recorder.next_part(now_part)
        # Looked at together, and only now: the disk takes its time.
        clock = self._works.clock
        beginning = begin(self._elapsed_s, clock.now(), self._next)
        packager = await anyio.to_thread.run_sync(self._works.make_packager, beginning.first)
        if self._over:
            return  # stopped while the encoders were made
        for codec, body in packager.heads.items():
            self._feed.publish(Head(self._show, codec, body))
        logger.info("on air", extra={"show": self._show, "part": beginning.first})
        stretch = self._stretch = Stretch(
            beginning, self._epoch, packager, self._pull, self._out, tape=self._tape
        )
        try:
            await stretch.run(clock, mp3=self._mp3, sleep=self._works.sleep)
        finally:
            self._next = max(stretch.next_part, beginning.first)
            self.overruns += stretch.overruns
            self.lost += stretch.lost
            self._stretch = None

    def _out(self, parts: Sequence[Part]) -> None:
        for part in parts:
            self._feed.publish(Sound(self._show, part.codec, part.number, part.body))
        self._recorder.put(parts)

    def _mp3(self) -> bool:
        return self._feed.count(self._show).mp3 > 0
