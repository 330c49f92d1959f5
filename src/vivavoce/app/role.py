"""The life of a role's process: told what to do on standard input, stopped by signal or its end."""

import gc
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import anyio

from vivavoce import log
from vivavoce.clock import Clock, SystemClock
from vivavoce.launch import READY, Launch, decode, failed

_STDIN: Final = 0
_STDOUT: Final = 1
_STDERR: Final = 2

Ready = Callable[[], None]
"""Called once a role takes work."""

Run = Callable[[Launch, list[socket.socket], Clock, Ready], Awaitable[None]]
"""Runs a role until it is cancelled."""


def read_launch() -> Launch:
    """Read the launch from standard input; ``EOFError`` if nobody is there."""
    line = b""
    while not line.endswith(b"\n"):
        # Unbuffered: what comes after the line is for ``_until_alone``.
        more = os.read(_STDIN, 65_536)
        if not more:
            raise EOFError("a role is started by vivavoce serve")
        line += more
    return decode(line)


def play(run: Run, launch: Launch) -> None:
    """Run a role for a supervisor: until a signal comes, or the supervisor is gone."""
    log.set_up(
        launch.name,
        level=launch.settings.log.level,
        form=launch.settings.log.format,
        file=Path(launch.log_file) if launch.log_file else None,
    )
    started = False

    def ready() -> None:
        nonlocal started
        _settle()
        _say_ready()
        started = True

    async def live() -> None:
        with ExitStack() as stack:
            doors = [stack.enter_context(socket.socket(fileno=fd)) for fd in launch.sockets]
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_until_told, tasks.cancel_scope)
                tasks.start_soon(_until_orphaned, tasks.cancel_scope)
                await run(launch, doors, SystemClock(), ready)

    # uvloop serves many small requests and messages faster. An edge is on asyncio's own loop, whose
    # transports hand bytes to the kernel at once and are the ones that its fan-out is measured on.
    try:
        anyio.run(live, backend_options={"use_uvloop": launch.role == "studio"})
    except Exception as error:
        if not started:
            os.write(_STDOUT, failed(error))
        raise


async def _until_told(scope: anyio.CancelScope) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            scope.cancel()


async def _until_orphaned(scope: anyio.CancelScope) -> None:
    """Wait for the end of standard input: the supervisor is gone, however it went."""
    while True:
        await anyio.wait_readable(_STDIN)
        if not os.read(_STDIN, 4_096):
            scope.cancel()
            return


def _settle() -> None:
    """Take what the start left out of garbage collection: full ones would hold up ticks for it."""
    gc.collect()
    gc.freeze()


def _say_ready() -> None:
    os.write(_STDOUT, READY)
    # Nobody reads on: whatever a library might print goes where the logs go.
    os.dup2(_STDERR, _STDOUT)
