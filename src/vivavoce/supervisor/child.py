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

# One start may have been hit by chance: by a kill, by what its predecessor had not yet let go of.
_EVERY: Final = 3


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
        self._stillborn = 0  # starts in a row that did not come so far as to take work
        self._reason: str | None = None

    async def run(self) -> None:
        """Start the role, and again whenever it ends; cancelled, stop it within ``GRACE_S``."""
        while True:
            self._backoff.started(self._clock.now())
            status = await self._live()
            wait = self._backoff.next(self._clock.now())
            self._tell(status, wait)
            self.restarts += 1
            await anyio.sleep(wait)

    async def _live(self) -> int | None:
        self._stillborn += 1
        self._reason = None
        async with await self._spawn() as process:
            self.pid = process.pid
            try:
                await self._watch(process)
            finally:
                await _stop(process)
                self.pid = None
            return process.returncode

    def _tell(self, status: int | None, wait: float) -> None:
        said: dict[str, object] = {"child": self._launch.name, "status": status}
        if self._stillborn == 0:
            log.warning("a role ended and is started again", extra=said)
            return
        said["reason"] = self._reason or "it did not say why; its own log may"
        said["next_s"] = round(wait, 1)
        if self._stillborn < _EVERY:
            log.warning("a role could not start and is tried again", extra=said)
        else:
            log.error(
                "a role dies at every start: mend its reason and it comes by itself, or stop the"
                " server",
                extra=said,
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
                line = await process.stdout.receive()
                self._reason = launches.reason(line)
                if line == launches.READY:
                    self._stillborn = 0
                    self._on_ready()
            if start.cancelled_caught:
                self._reason = f"it said nothing for {_START_S:.0f} s and was stopped"
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
