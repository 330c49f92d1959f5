"""The jobs of exports: what is asked for again by itself, and when."""

from collections.abc import Callable
from pathlib import Path

import anyio
import pytest
from anyio.abc import TaskGroup

from vivavoce.control.exports import Exports
from vivavoce.export.jobs import JobState
from vivavoce.export.orders import Done, Failed, Order, Progress
from vivavoce.testing.clock import FakeClock

pytestmark = pytest.mark.anyio

SHOW = "k3v9q2m7wa"


class Worker:
    """A worker that fails as long as it is told to; notes each order."""

    def __init__(self) -> None:
        self.fails = True
        self.orders = 0

    async def __call__(
        self, order: Order, tell: Callable[[Progress], None]
    ) -> Done | Failed | None:
        """Carry out an order."""
        self.orders += 1
        return Failed("disk_full", "The disk is full.") if self.fails else Done((), ())


async def rested(exports: Exports) -> JobState:
    """Return how the show's only job ended."""
    with anyio.fail_after(30):
        while True:
            (job,) = exports.of(SHOW)
            if job.state not in {JobState.QUEUED, JobState.RUNNING}:
                return job.state
            await anyio.sleep(0.001)


async def test_an_episode_that_failed_is_tried_again_after_an_hour(tmp_path: Path) -> None:
    clock, worker = FakeClock(), Worker()
    exports = Exports(tmp_path, worker, clock)
    async with anyio.create_task_group() as tasks:
        await started(tasks, exports)
        await exports.episode(SHOW)
        assert await rested(exports) is JobState.FAILED
        clock.advance(3_599)
        for _ in range(3):
            await exports.episode(SHOW)
        assert await rested(exports) is JobState.FAILED
        assert worker.orders == 1
        worker.fails = False
        clock.advance(1)
        await exports.episode(SHOW)
        assert await rested(exports) is JobState.DONE
        assert worker.orders == 2
        tasks.cancel_scope.cancel()


async def started(tasks: TaskGroup, exports: Exports) -> None:
    await tasks.start(exports.run)
