"""A worker as a child process: given an order, listened to, ended."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import anyio
from anyio.abc import Process

from vivavoce.errors import UNREADABLE
from vivavoce.export import orders
from vivavoce.export.orders import Done, Failed, Order, Progress, Said

# A line is some hundred bytes; an archive's is longer by its notes.
_LONGEST: Final = 1_000_000

_COMMAND: Final = (sys.executable, "-m", "vivavoce", "role", "worker")


async def work(order: Order, tell: Callable[[Progress], None]) -> Done | Failed | None:
    """Let a worker carry out ``order``; None if it died. Cancelled, the worker is killed."""
    process = await anyio.open_process(
        _COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=None,
        start_new_session=True,
    )
    try:
        return await _listen(process, order, tell)
    finally:
        await _end(process)


async def _listen(
    process: Process, order: Order, tell: Callable[[Progress], None]
) -> Done | Failed | None:
    assert process.stdin is not None
    assert process.stdout is not None
    buffer = b""
    with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream):
        await process.stdin.send(orders.encode(order))
        while len(buffer) < _LONGEST:
            buffer += await process.stdout.receive()
            *lines, buffer = buffer.split(b"\n")
            for line in lines:
                said = _said(line)
                if isinstance(said, Progress):
                    tell(said)
                elif said is not None:
                    return said
    return None


def _said(line: bytes) -> Said | None:
    try:
        return orders.said(line)
    except UNREADABLE:
        return None


async def _end(process: Process) -> None:
    """Kill it: what it was at is thrown away, and what is done it has told."""
    with anyio.CancelScope(shield=True):
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        await process.aclose()
