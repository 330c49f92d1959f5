"""The way of each voice to its track: a bounded queue and a thread of its own.

Whatever happens here, the show goes on live and the programme is recorded.
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, Protocol, TypeVar

import anyio
import anyio.to_thread

from vivavoce.errors import MachineError, Problem
from vivavoce.media import Frame
from vivavoce.mix.clockwork import Sleep
from vivavoce.record.onair import Batch, Tick, Voice
from vivavoce.record.playing import Range
from vivavoce.units import FRAME_SAMPLES, Samples

logger = logging.getLogger(__name__)

T = TypeVar("T")

# Half a minute: what the thread may be late. What waits for the disk is in the tracks' own spool.
QUEUE: Final = 1_500

_PERIOD_S: Final = 1.0
_BATCH: Final = 250


class Notes(Protocol):
    """Tracks and all else that is noted of a show. Blocking: one call at a time, in a thread."""

    def append(self, batch: Batch) -> None:
        """Take a batch; raises ``MachineError`` if the disk refuses, and keeps what it can."""

    def finish(self, end: Samples) -> None:
        """Make everything as long as the show."""


OpenNotes = Callable[[str], Notes]
"""Opens the notes of a show, whatever state they are in. Blocking."""


class Taping:
    """Notes what is on air in one show; ``open_notes`` None: it is not recorded."""

    def __init__(
        self, show: str, open_notes: OpenNotes | None, name_of: Callable[[str], str]
    ) -> None:
        self._show = show
        self._open = open_notes
        self._name_of = name_of
        self._queue: deque[Tick] = deque()
        self._notes: Notes | None = None
        self._limiter = anyio.CapacityLimiter(1)
        self._failure: Problem | None = None
        self._untold = 0
        self.lost = 0
        """Ticks that are missing from the tracks."""

    def put(
        self, time: Samples, frames: Sequence[Frame], voices: Sequence[tuple[Voice, ...]]
    ) -> None:
        """Take frames of the programme from ``time`` on, and who was on air; never waits."""
        if self._open is None:
            return
        for n, (frame, here) in enumerate(zip(frames, voices, strict=True)):
            if len(self._queue) < QUEUE:
                self._queue.append(Tick(Samples(time + n * FRAME_SAMPLES), frame, here))
            else:
                self.lost += 1
                self._untold += 1

    def notice(self) -> Problem | None:
        """Return what the host should know, in plain words."""
        return self._failure

    async def run(
        self, breaks: Callable[[], tuple[Range, ...]], *, sleep: Sleep = anyio.sleep
    ) -> None:
        """Write once a second, for ever."""
        while True:
            await sleep(_PERIOD_S)
            await self._write(breaks())

    async def drain(self, breaks: tuple[Range, ...]) -> None:
        """Write what is left; called when ``run`` is over."""
        while self._queue:
            await self._write(breaks)

    async def finish(self, end: Samples, breaks: tuple[Range, ...]) -> None:
        """Write what is left and end all tracks at ``end``."""
        if self._open is None:
            return
        await self.drain(breaks)
        await self._try(lambda: self._opened().finish(end))

    async def _write(self, breaks: tuple[Range, ...]) -> None:
        if self._open is None or not (self._queue or self._failure):
            return
        ticks = tuple(self._queue.popleft() for _ in range(min(_BATCH, len(self._queue))))
        seats = {voice.seat for tick in ticks for voice in tick.voices}
        names = {seat: self._name_of(seat) for seat in seats}
        batch = Batch(ticks, names, breaks, self._untold)
        self._untold = 0
        await self._try(lambda: self._opened().append(batch))

    async def _try(self, work: Callable[[], object]) -> None:
        try:
            await anyio.to_thread.run_sync(work, limiter=self._limiter)
        except MachineError as error:
            if self._failure is None:
                logger.error("the tracks wait for the disk", extra={"show": self._show})
            self._failure = error
        except Exception as error:
            # Live goes on, whatever is wrong there.
            logger.error("the tracks failed", exc_info=error, extra={"show": self._show})
            self._failure, self._notes = _BROKEN, None
        else:
            self._failure = None

    def _opened(self) -> Notes:
        assert self._open is not None
        if self._notes is None:
            self._notes = self._open(self._show)
        return self._notes


_BROKEN: Final = MachineError(
    "tracks_failed",
    "The speakers' tracks cannot be written: the show goes on live, and the programme is recorded. "
    "Look at the data folder and its disk.",
)
