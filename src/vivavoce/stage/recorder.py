"""The way to the disk: a bounded queue and a thread of its own, so that trouble there stays there.

The show goes on live whatever the disk does. A failed write is tried again from the same part;
what no longer fits into the queue is missing from the recording.
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, TypeVar

import anyio
import anyio.to_thread

from vivavoce.clock import Clock
from vivavoce.errors import MachineError, Problem
from vivavoce.media import SEGMENTED, Part
from vivavoce.record.playing import Range
from vivavoce.stage.ports import OpenRecording, Recording
from vivavoce.units import PartNumber, Samples, start_of

logger = logging.getLogger(__name__)

T = TypeVar("T")

# Two minutes in two codecs: a disk that is full for one minute costs nothing. 1.5 MB of memory.
QUEUE: Final = 768

_RETRY_S: Final = 1.0

# A host is told within five seconds; a healthy write takes milliseconds.
_SLOW_S: Final = 3.0


class Recorder:
    """Writes one show's parts down. Between ``run`` and ``finish`` nothing is forgotten."""

    def __init__(
        self, show: str, epoch: datetime, open_recording: OpenRecording, clock: Clock
    ) -> None:
        self._show = show
        self._epoch = epoch
        self._open = open_recording
        self._clock = clock
        self._queue: deque[Part] = deque()
        self._recording: Recording | None = None
        self._limiter = anyio.CapacityLimiter(1)
        self._changed = anyio.Event()
        self._began: float | None = None
        self._failure: MachineError | None = None
        self.lost = 0
        """Parts (of one codec each) that are missing from the recording."""

    async def next_part(self, now_part: PartNumber) -> PartNumber:
        """Open what an earlier studio left, and return the first part that may be made now.

        A disk that refuses has given no number away that we could know of.
        """
        try:
            return await self._in_thread(lambda: max(now_part, self._opened(now_part).next_part))
        except Exception as error:  # noqa: BLE001  live goes on, whatever is wrong there
            self._fail(error)
            return now_part

    def put(self, parts: Sequence[Part]) -> None:
        """Take parts to write; never waits. When the queue is full, the newest are lost."""
        for part in parts:
            if part.codec not in SEGMENTED:
                continue
            if len(self._queue) < QUEUE:
                self._queue.append(part)
            else:
                self.lost += 1
        self._change()

    @property
    def waiting(self) -> int:
        """Parts in the queue."""
        return len(self._queue)

    @property
    def breaks(self) -> tuple[Range, ...]:
        """Media time in ms that the playlists leave out so far."""
        return () if self._recording is None else self._recording.breaks

    @property
    def end(self) -> Samples | None:
        """Media time after the last part that is there; None if it is not known."""
        return None if self._recording is None else start_of(self._recording.next_part)

    def notice(self) -> Problem | None:
        """Return what the host should know about the recording now, in plain words."""
        if self._failure is not None:
            return self._failure
        if self._began is not None and self._clock.now() - self._began > _SLOW_S:
            return _SLOW
        return _GAP if self.lost else None

    async def run(self) -> None:
        """Write, for ever."""
        while True:
            while not self._queue:
                await self._changed.wait()
            if not await self._write():
                await anyio.sleep(_RETRY_S)

    async def drain(self) -> None:
        """Write what is left, once; called when ``run`` is over."""
        if self._queue:
            await self._write()

    async def finish(self, last: PartNumber | None) -> Samples | None:
        """Write what is left and make the replay; None if the disk does not let us.

        Called when ``run`` is over.
        """
        await self.drain()
        try:
            return await self._in_thread(lambda: self._opened(None).finish(last))
        except Exception as error:  # noqa: BLE001  the show must end all the same
            self._fail(error)
            return None

    async def _write(self) -> bool:
        batch = tuple(self._queue)
        try:
            await self._in_thread(lambda: self._opened(None).append(batch))
        except Exception as error:  # noqa: BLE001  live goes on, whatever is wrong there
            self._fail(error)
            return False
        for _ in batch:
            self._queue.popleft()
        self._failure = None
        return True

    def _opened(self, now_part: PartNumber | None) -> Recording:
        if self._recording is None:
            self._recording = self._open(self._show, self._epoch, now_part)
        return self._recording

    async def _in_thread(self, work: Callable[[], T]) -> T:
        self._began = self._clock.now()
        try:
            return await anyio.to_thread.run_sync(work, limiter=self._limiter)
        finally:
            self._began = None

    def _fail(self, error: Exception) -> None:
        if self._failure is None:
            logger.error("the recording failed", exc_info=error, extra={"show": self._show})
        if isinstance(error, MachineError):
            self._failure = error  # the files are sound and take the same parts again
        else:
            self._failure = _BROKEN
            self._recording = None

    def _change(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()


_BROKEN: Final = MachineError(
    "recording_failed",
    "The recording cannot be written: the show goes on live. "
    "Look at the data folder and its disk; recording goes on by itself once they work.",
)
_SLOW: Final = MachineError(
    "recording_slow",
    "The disk is very slow: the show goes on live, but the recording may get a gap.",
)
_GAP: Final = MachineError(
    "recording_gap",
    "Recording goes on, but a piece of this show could not be written and is missing.",
)
