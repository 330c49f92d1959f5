"""What signals say to a supervisor: to stop everything, or nothing."""

import logging
import os
import signal
from collections.abc import Callable
from typing import Final

import anyio

_log = logging.getLogger(__name__)

_STOP: Final = (signal.SIGINT, signal.SIGTERM)


async def stop_on_signal(scope: anyio.CancelScope, stopping: Callable[[], None]) -> None:
    """Cancel ``scope`` at SIGINT or SIGTERM, and call ``stopping``.

    At SIGHUP too where it means that our terminal is gone. To a service it means that its files
    have changed: there is nothing to do then, since certificates are looked at all the time.
    """
    ours = _has_terminal()  # asked now: a terminal that is gone says that it is none
    with anyio.open_signal_receiver(*_STOP, signal.SIGHUP) as signals:
        async for which in signals:
            if which == signal.SIGHUP and not ours:
                _log.info("SIGHUP: nothing to do; renewed certificates are taken by themselves")
                continue
            stopping()
            scope.cancel()


def _has_terminal() -> bool:
    """Whether somebody sits before this process; ``nohup`` says no."""
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        return False
    return any(map(os.isatty, (0, 1, 2)))
