"""One role as a child process: started, watched, started again, stopped."""

import logging
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

import anyio
from anyio.abc import Process

from vivavoce import launch as launches
from vivavoce.backoff import Backoff
from vivavoce.clock import Clock

log = logging.getLogger(__name__)

# A role that dies comes back at once, one that keeps dying every 10 s. After half a minute of
# health it is forgiven.
_FIRST_S: Final = 0.2
_CAP_S: Final = 10.0
_SETTLED_S: Final = 30.0

# "Ctrl-C stops all within 5 s": the roles have 3.5 s to end in good order, the kernel the rest.
GRACE_S: Final = 3.5

# A start that says nothing for so long is stuck. Cold imports on a slow disk take some 10 s.
_START_S: Final = 60.0


class Child:
    """Keeps one role running until it is cancelled."""

    def __init__(
        self,
        launch: launches.Launch,
        clock: Clock,
        *,
        keep: Sequence[int] = (),
        on_ready: Callable[[], None] = lambda: None,
    ) -> None:
        self._launch = launch
        self._clock = clock
        self._keep = (*launch.sockets, *keep)
        self._on_ready = on_ready
        self._backoff = Backoff(_FIRST_S, _CAP_S, _SETTLED_S)
        self.pid: int | None = None
        """The running process, ``None`` between two."""
        self.restarts = 0

    async def run(self) -> None:
        """Start the role, and again whenever it ends; cancelled, stop it within ``GRACE_S``."""
        while True:
            self._backoff.started(self._clock.now())
            await self._live()
            wait = self._backoff.next(self._clock.now())
            self.restarts += 1
            await anyio.sleep(wait)

    async def _live(self) -> None:
        async with await self._spawn() as process:
            self.pid = process.pid
            try:
                await self._watch(process)
            finally:
                await _stop(process)
                self.pid = None
            log.warning(
                "a role ended and is started again",
                extra={"child": self._launch.name, "status": process.returncode},
            )

    async def _spawn(self) -> Process:
        return await anyio.open_process(
            [sys.executable, "-m", "vivavoce", "role", self._launch.role],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None,
            pass_fds=self._keep,
            # Ctrl-C reaches the supervisor alone, which then stops the roles in good order.
            start_new_session=True,
        )

    async def _watch(self, process: Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream):
            await process.stdin.send(launches.encode(self._launch))
            with anyio.move_on_after(_START_S) as start:
                if await process.stdout.receive() == launches.READY:
                    self._on_ready()
            if start.cancelled_caught:
                log.warning("a role is stuck at its start", extra={"child": self._launch.name})
                return
        await process.wait()


async def _stop(process: Process) -> None:
    """End a process that may have ended already: ask, wait, kill."""
    with anyio.CancelScope(shield=True):
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.terminate()
            with anyio.move_on_after(GRACE_S):
                await process.wait()
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
