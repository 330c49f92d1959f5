"""One unbroken stretch of a show on air: ticks, the programme, the encoders, parts out.

It begins with a part and ends with a part, when told to stop, or when the machine slept or could
not follow; the next stretch then begins further on.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Final

import anyio
import anyio.to_thread

from vivavoce.clock import Clock
from vivavoce.media import Codec, Frame, Part
from vivavoce.mix.clockwork import Sleep, clockwork, pause
from vivavoce.mix.schedule import Schedule
from vivavoce.stage.backlog import BOUND, Backlog
from vivavoce.stage.ports import Packager
from vivavoce.stage.timeline import Beginning, slept
from vivavoce.units import FRAME_SAMPLES, FRAMES_PER_PART, PartNumber, Samples, start_of

logger = logging.getLogger(__name__)

Pull = Callable[[int], Sequence[Frame]]
"""Returns the programme's next so many frames; called when they are due, on the event loop."""

Tape = Callable[[Samples, Sequence[Frame]], object]
"""Takes the frames just pulled and the media time of the first; must not wait."""

Out = Callable[[Sequence[Part]], None]
"""Takes parts, in order; must not wait."""

# An encoder gives a part away one frame (Opus) or three (AAC) after the part's last, so a batch
# ends there. Each way to the thread and back costs as much as half a frame, so that there is only
# one more: eight frames take some 4 ms, which a tick can wait for. In between nothing is done: the
# mix keeps its frames until they are asked for.
_BATCH: Final = 8
_BATCH_ENDS: Final = frozenset({1, 3, 9})

# Two seconds of lost frames in a row: the encoders will not catch up.
_HOPELESS: Final = 2 * BOUND


class Stretch:
    """Makes parts from ``beginning`` on, at the pace of the clock."""

    def __init__(
        self,
        beginning: Beginning,
        epoch: datetime,
        packager: Packager,
        pull: Pull,
        out: Out,
        *,
        tape: Tape = lambda _time, _frames: None,
    ) -> None:
        self._first = beginning.first
        self._epoch = epoch
        self._packager = packager
        self._pull = pull
        self._out = out
        self._tape = tape
        self._backlog = Backlog()
        self._schedule = Schedule(beginning.start)
        self._due = anyio.Event()
        self._clock: Clock | None = None
        self._over = False

    @property
    def time(self) -> Samples:
        """Media time of the next frame."""
        return Samples(start_of(self._first) + self._schedule.made * FRAME_SAMPLES)

    @property
    def next_part(self) -> PartNumber:
        """The first part that this stretch has not begun; the next stretch may begin with it."""
        return PartNumber(self._first + -(-self._schedule.made // FRAMES_PER_PART))

    @property
    def overruns(self) -> int:
        """Ticks that came late."""
        return self._schedule.overruns

    @property
    def lost(self) -> int:
        """Frames that became silence because the encoders were behind."""
        return self._backlog.lost

    @property
    def waiting(self) -> int:
        """Frames that wait for the encoders."""
        return len(self._backlog)

    def stop(self) -> None:
        """End with the part begun; what was said up to now is in it."""
        if not self._over and self._clock is not None:
            now = self._clock.now()
            if not self._schedule.suspended(now):
                self._take(self._schedule.rest(now))
        self._over = True
        self._due.set()

    async def run(self, clock: Clock, *, mp3: Callable[[], bool], sleep: Sleep = pause) -> None:
        """Make parts until stopped, or until the sound is too far behind the clock."""
        self._clock = clock

        def tick(ticks: int) -> bool:
            return self._tick(ticks) and not self._behind(clock)

        async def tick_on() -> None:
            await clockwork(self._schedule, clock, tick, sleep=sleep)
            self.stop()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(tick_on)
            await self._package(mp3)
            tasks.cancel_scope.cancel()

    def _tick(self, ticks: int) -> bool:
        if self._over:
            return False
        self._take(ticks)
        position = self._schedule.made % FRAMES_PER_PART
        if position in _BATCH_ENDS or len(self._backlog) >= _BATCH:
            self._due.set()
        self._schedule.together = (
            min((end - position - 1) % FRAMES_PER_PART for end in _BATCH_ENDS) + 1
        )
        return True

    def _take(self, ticks: int) -> None:
        frames = self._pull(ticks)
        self._tape(Samples(self.time - ticks * FRAME_SAMPLES), frames)
        for frame in frames:
            self._backlog.put(frame)

    def _behind(self, clock: Clock) -> bool:
        if slept((clock.wall() - self._epoch).total_seconds(), self.time):
            logger.warning("the clock went ahead of the sound; it goes on further ahead")
            return True
        if self._backlog.lost >= _HOPELESS:
            logger.error("the encoders cannot follow; they begin again further ahead")
            return True
        return False

    async def _package(self, mp3: Callable[[], bool]) -> None:
        limiter = anyio.CapacityLimiter(1)
        while True:
            if batch := self._backlog.take(_BATCH):
                self._packager.want(Codec.MP3, mp3())
                work = partial(self._packager.feed, batch)
                self._out(await anyio.to_thread.run_sync(work, limiter=limiter))
            elif self._over:
                break
            else:
                self._due = anyio.Event()
                await self._due.wait()
        self._out(await anyio.to_thread.run_sync(self._packager.flush, limiter=limiter))
