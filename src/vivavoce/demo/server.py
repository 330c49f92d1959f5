"""A whole server for as long as a block lasts: the command ``vivavoce serve`` itself."""

import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import anyio
import msgspec
from anyio.abc import Process

from vivavoce.errors import MachineError

# A first start on a small machine makes the database and imports everything: seconds.
_START_S: Final = 60.0
_STOP_S: Final = 15.0


@asynccontextmanager
async def running_server(
    data: Path, flags: Mapping[str, object], errors: int | None = None
) -> AsyncIterator[dict[str, Any]]:
    """Run ``vivavoce serve`` on ``data``; yield what it says when it is ready.

    ``flags`` become ``--flag value``; those that are None are left out. ``errors`` is where its
    standard error goes, by default to ours. Raises ``MachineError`` if it does not start; the
    server has said why by then.
    """
    given = [f"--{name}={value}" for name, value in flags.items() if value is not None]
    command = [sys.executable, "-m", "vivavoce", "serve", "--json", f"--data={data}", *given]
    async with await anyio.open_process(command, stderr=errors, stdin=subprocess.DEVNULL) as server:
        try:
            yield await _first_line(server)
        finally:
            with anyio.CancelScope(shield=True):
                await _stop(server)


async def _first_line(server: Process) -> dict[str, Any]:
    assert server.stdout is not None
    said = b""
    try:
        with anyio.fail_after(_START_S):
            while b"\n" not in said:
                said += await server.stdout.receive()
    except (anyio.EndOfStream, TimeoutError):
        raise _not_started() from None
    started: dict[str, Any] = msgspec.json.decode(said)
    if "public_url" not in started:  # it is why not
        raise _not_started()
    return started


def _not_started() -> MachineError:
    return MachineError("server_not_started", "The server did not start; the reason stands above.")


async def _stop(server: Process) -> None:
    if server.returncode is None:
        server.terminate()
    with anyio.move_on_after(_STOP_S) as patience:
        await server.wait()
    if patience.cancelled_caught:
        server.kill()
