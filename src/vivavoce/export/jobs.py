"""Jobs: which are to be done, are being done, were done. Pure.

One at a time, in the order in which they were asked for. The queue is bounded: whoever asks for one
more is refused, and counted. A wish that waits or is being carried out already is not a second job.
"""

from enum import StrEnum
from typing import Final

import msgspec

from vivavoce.errors import UsageError
from vivavoce.export.orders import Done, Failed, Kind, Made, Progress

QUEUE: Final = 16
"""Jobs that may wait."""

KEPT: Final = 12
"""Jobs of a show that are remembered with their files; the oldest makes room."""


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    """The studio was stopped, or the worker died; what there was of it is gone."""


OPEN: Final = frozenset((JobState.QUEUED, JobState.RUNNING))
AGAIN: Final = frozenset((JobState.FAILED, JobState.INTERRUPTED))


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One job, as it also lies on disk in ``job.json``."""

    job: str
    show: str
    kind: Kind
    state: JobState
    made_ms: int
    done: float = 0.0
    step: str = ""
    files: tuple[Made, ...] = ()
    notes: tuple[str, ...] = ()
    code: str | None = None
    message: str | None = None


class Jobs:
    """All jobs. Every change returns the job as it is afterwards."""

    def __init__(self, found: list[Job] | None = None, *, queue: int = QUEUE) -> None:
        self._jobs = {job.job: job for job in found or []}
        self._waiting = [job.job for job in found or [] if job.state is JobState.QUEUED]
        self._queue = queue
        self.refused = 0
        """Wishes that found the queue full."""

    @property
    def waiting(self) -> int:
        """Jobs in the queue."""
        return len(self._waiting)

    def of(self, show: str) -> list[Job]:
        """Return a show's jobs, newest first."""
        found = [job for job in self._jobs.values() if job.show == show]
        return sorted(found, key=lambda job: job.made_ms, reverse=True)

    def get(self, show: str, job: str) -> Job:
        """Return a job; raises ``UsageError`` (``export_unknown``)."""
        found = self._jobs.get(job)
        if found is None or found.show != show:
            raise UsageError("export_unknown", "There is no such export.", status=404)
        return found

    def ask(self, job: Job) -> Job:
        """Put a new job into the queue, or return the one that does the same already."""
        for known in self.of(job.show):
            if known.kind is job.kind and known.state in OPEN:
                return known
        self._check_room()
        self._waiting.append(job.job)
        return self._put(msgspec.structs.replace(job, state=JobState.QUEUED))

    def again(self, show: str, job: str) -> Job:
        """Put a job that did not end well into the queue once more."""
        found = self.get(show, job)
        if found.state not in AGAIN:
            raise UsageError(
                "export_not_over", "Only an export that failed can be started again.", status=409
            )
        self._check_room()
        self._waiting.append(job)
        return self._put(_fresh(found, JobState.QUEUED))

    def next(self) -> Job | None:
        """Take the job whose turn it is; None if none waits."""
        if not self._waiting:
            return None
        job = self._jobs[self._waiting.pop(0)]
        return self._put(msgspec.structs.replace(job, state=JobState.RUNNING))

    def told(self, job: str, said: Progress | Done | Failed | None) -> Job | None:
        """Note what the worker of a running job said; None: it has ended without a last word."""
        found = self._jobs.get(job)
        if found is None or found.state is not JobState.RUNNING:
            return None
        match said:
            case Progress(done, step):
                share = max(found.done, min(1.0, done))
                return self._put(msgspec.structs.replace(found, done=share, step=step))
            case Done(files, notes):
                fresh = _fresh(found, JobState.DONE)
                return self._put(msgspec.structs.replace(fresh, done=1.0, files=files, notes=notes))
            case Failed(code, message):
                fresh = _fresh(found, JobState.FAILED)
                return self._put(msgspec.structs.replace(fresh, code=code, message=message))
            case None:
                return self._put(_fresh(found, JobState.INTERRUPTED))

    def remove(self, show: str, job: str) -> Job:
        """Forget a job in whatever state; returns what it was."""
        found = self.get(show, job)
        del self._jobs[job]
        if job in self._waiting:
            self._waiting.remove(job)
        return found

    def surplus(self, show: str) -> list[Job]:
        """Return the jobs of a show that are to make room."""
        over = [job for job in self.of(show) if job.state not in OPEN]
        return over[KEPT:]

    def _check_room(self) -> None:
        if len(self._waiting) >= self._queue:
            self.refused += 1
            raise UsageError(
                "exports_full",
                f"{self._queue} exports wait already. Try again when one is done.",
                status=503,
            )

    def _put(self, job: Job) -> Job:
        self._jobs[job.job] = job
        return job


def recovered(job: Job) -> Job:
    """Return what a job found on disk at the start is: what was under way is not any more."""
    return _fresh(job, JobState.INTERRUPTED) if job.state in OPEN else job


def _fresh(job: Job, state: JobState) -> Job:
    return Job(job=job.job, show=job.show, kind=job.kind, state=state, made_ms=job.made_ms)
