"""The exports of this studio: one worker, a queue before it, and what came out in ``DATA/exports``.

    DATA/exports/SHOW/JOB/job.json   how it stands
                         /files/…    what came out; there only while it is worked on or done

Files are the truth: after a crash what was under way is interrupted, and its files are gone.
"""

import logging
import shutil
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread
import msgspec
from anyio import TASK_STATUS_IGNORED
from anyio.abc import TaskStatus

from vivavoce.card import SHOW_ID
from vivavoce.clock import Clock, unix_ms
from vivavoce.errors import UNREADABLE, UsageError
from vivavoce.export.jobs import OPEN, Job, Jobs, JobState, recovered
from vivavoce.export.orders import Done, Failed, Kind, Order, Progress
from vivavoce.people import keys
from vivavoce.record.files import read_small, write_atomic

log = logging.getLogger(__name__)

Work = Callable[[Order, Callable[[Progress], None]], Awaitable[Done | Failed | None]]
"""Carries out an order; None if the worker died."""

Asked = Callable[[Job], tuple[str, str | None]]
"""Returns the author and the cover for a job."""

Finished = Callable[[Job, Path], Awaitable[None]]
"""Is told of a job that is done, and the folder of its files."""

_JOB: Final = "job.json"
_FILES: Final = "files"
_TRY_AGAIN_S: Final = 3_600


async def _nothing(_job: Job, _folder: Path) -> None: ...


class Exports:
    """All exports. ``run`` is to be running for anything to happen."""

    def __init__(
        self,
        data: Path,
        work: Work,
        clock: Clock,
        *,
        asked: Asked = lambda _: ("", None),
        finished: Finished = _nothing,
    ) -> None:
        self._data = data
        self._work = work
        self._clock = clock
        self.asked = asked
        self.finished = finished
        self._folder = data / "exports"
        self.jobs = Jobs()
        self._bell = anyio.Event()
        self._running: tuple[str, anyio.CancelScope] | None = None

    async def run(self, *, task_status: TaskStatus[None] = TASK_STATUS_IGNORED) -> None:
        """Carry out one job after the other until cancelled.

        What a stopped studio left under way is interrupted then, and can be started again.
        """
        self.jobs = Jobs(await anyio.to_thread.run_sync(self._read))
        task_status.started()
        while True:
            job = self.jobs.next()
            if job is None:
                self._bell = anyio.Event()
                await self._bell.wait()
                continue
            await self._carry_out(job)

    async def ask(self, show: str, kind: Kind) -> Job:
        """Ask for an export; an equal one that is under way is returned instead."""
        new = Job(
            job=keys.new_id(),
            show=show,
            kind=kind,
            state=JobState.QUEUED,
            made_ms=unix_ms(self._clock.wall()),
        )
        job = self.jobs.ask(new)
        for old in self.jobs.surplus(show):
            await self.remove(show, old.job)
        await self._save(job)
        self._bell.set()
        return job

    async def episode(self, show: str) -> None:
        """Ask for a show's podcast episode, as it is missing or of what the show was.

        One that failed is tried again by the next wish after an hour: what was wrong (a full disk,
        a range that is taken down by now) may be over, and a fault of ours costs no more than that.
        """
        late_ms = unix_ms(self._clock.wall()) - 1000 * _TRY_AGAIN_S
        with suppress(UsageError):  # the queue is full: whoever asked will ask again
            for job in self.jobs.of(show):
                if job.kind is not Kind.EPISODE:
                    continue
                failed_long_ago = job.state is JobState.FAILED and job.made_ms <= late_ms
                if job.state is JobState.DONE or failed_long_ago:
                    await self.remove(show, job.job)  # there are no files of it here
                    continue
                if job.state is JobState.INTERRUPTED:
                    await self.again(show, job.job)
                return
            await self.ask(show, Kind.EPISODE)

    def of(self, show: str) -> list[Job]:
        """Return a show's exports, newest first."""
        return self.jobs.of(show)

    async def again(self, show: str, job: str) -> Job:
        """Start an export again that failed or was interrupted."""
        found = self.jobs.again(show, job)
        await self._save(found)
        self._bell.set()
        return found

    async def remove(self, show: str, job: str) -> None:
        """Cancel an export if it is under way, and delete what came of it."""
        found = self.jobs.remove(show, job)
        if self._running is not None and self._running[0] == job:
            self._running[1].cancel()
        await anyio.to_thread.run_sync(_forget, self._place(found))

    async def clear(self, show: str) -> None:
        """Cancel and delete all exports of a show, before its recording is changed or deleted."""
        for job in self.jobs.of(show):
            await self.remove(show, job.job)
        if SHOW_ID.fullmatch(show):
            await anyio.to_thread.run_sync(_delete, self._folder / show)

    def file(self, show: str, job: str, name: str) -> Path:
        """Return the path of a file that came out; raises ``UsageError``."""
        found = self.jobs.get(show, job)
        if found.state is not JobState.DONE or all(made.name != name for made in found.files):
            raise UsageError("export_unknown", "There is no such file.", status=404)
        return self._place(found) / _FILES / name

    async def _carry_out(self, job: Job) -> None:
        with anyio.CancelScope() as scope:
            self._running = (job.job, scope)
            try:
                await self._save(job)
                await self._end(job, await self._work(self._order(job), self._teller(job)))
            except OSError as error:
                log.warning("an export failed", extra={"show": job.show, "errno": error.errno})
                full = Failed("disk_failed", "The data folder cannot be written: see to the disk.")
                self.jobs.told(job.job, full)
            finally:
                self._running = None
        if scope.cancelled_caught:
            # Removed by somebody: the worker has ended only now.
            await anyio.to_thread.run_sync(_forget, self._place(job))

    def _teller(self, job: Job) -> Callable[[Progress], None]:
        def tell(said: Progress) -> None:
            self.jobs.told(job.job, said)

        return tell

    async def _end(self, job: Job, said: Done | Failed | None) -> None:
        if isinstance(said, Done):
            # Whoever finishes it may move the files: nobody is told of them before.
            await self.finished(job, self._place(job) / _FILES)
        else:
            await anyio.to_thread.run_sync(_delete, self._place(job) / _FILES)
        ended = self.jobs.told(job.job, said)
        if ended is not None:
            log.info("an export ended", extra={"show": job.show, "state": str(ended.state)})
            await self._save(ended)

    def _order(self, job: Job) -> Order:
        author, cover = self.asked(job)
        return Order(
            kind=job.kind,
            show=job.show,
            live=str(self._data / "live" / job.show),
            record=str(self._data / "record" / job.show),
            to=str(self._place(job) / _FILES),
            packed=True,
            author=author,
            cover=cover,
        )

    def _place(self, job: Job) -> Path:
        return self._folder / job.show / job.job

    async def _save(self, job: Job) -> None:
        await anyio.to_thread.run_sync(_write, self._place(job), job)

    def _read(self) -> list[Job]:
        found = []
        for path in sorted(self._folder.glob(f"*/*/{_JOB}")):
            job = _read_job(path)
            if job is None:
                continue
            if job.state in OPEN:
                job = recovered(job)
                _delete(path.parent / _FILES)
                with suppress(OSError):
                    _write(path.parent, job)
            found.append(job)
        return found


def _read_job(path: Path) -> Job | None:
    try:
        job = msgspec.json.decode(read_small(path), type=Job)
    except (OSError, *UNREADABLE):
        return None
    # A file that says it lies elsewhere must not lead there.
    right = path.parent.name == job.job and path.parent.parent.name == job.show
    return job if right and SHOW_ID.fullmatch(job.show) and SHOW_ID.fullmatch(job.job) else None


def _write(folder: Path, job: Job) -> None:
    if job.state is JobState.RUNNING:
        _delete(folder / _FILES)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomic(folder / _JOB, msgspec.json.encode(job))


def _delete(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _forget(folder: Path) -> None:
    _delete(folder)
    with suppress(OSError):  # the show's others stay
        folder.parent.rmdir()
