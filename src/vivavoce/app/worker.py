"""The worker: carries out one order in a process of its own, at low priority, and ends.

It is told the order on standard input, which stays open as its lifeline, and says how far it is on
standard output, a line of JSON each (``export/orders.py``). A process for each job gives all its
memory back, can be killed at any time, and cannot take the studio with it.
"""

import errno
import os
import threading
from collections.abc import Callable
from typing import Final

from vivavoce.errors import Problem
from vivavoce.export.carry import carry_out
from vivavoce.export.orders import Failed, Order, Progress, Said, encode, order_of

_STDIN: Final = 0
_STDOUT: Final = 1
_STDERR: Final = 2

# The least urgent: whoever speaks or listens comes first.
_NICE: Final = 19
# A worker that was left alone ends with this.
_ALONE: Final = 3
_STEP: Final = 0.005


def work() -> None:
    """Carry out the order on standard input."""
    os.nice(_NICE)
    order = order_of(_read_line())
    # What a library prints goes where the logs go; our lines alone go out.
    out = os.dup(_STDOUT)
    os.dup2(_STDERR, _STDOUT)
    threading.Thread(target=_end_when_alone, daemon=True).start()
    _say(out, outcome(order, _teller(out)))


def outcome(order: Order, tell: Callable[[float, str], None]) -> Said:
    """Carry out ``order``; a problem is what comes out of it, not an exception."""
    try:
        return carry_out(order, tell)
    except Problem as problem:
        return Failed(problem.code, problem.message)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            return Failed("disk_full", "The disk is full: make room, and start it again.")
        return Failed("disk_failed", "A file cannot be read or written: see to the data folder.")


def _teller(out: int) -> Callable[[float, str], None]:
    told: list[tuple[float, str]] = [(-1.0, "")]

    def tell(done: float, step: str) -> None:
        if done - told[0][0] >= _STEP or step != told[0][1]:
            told[0] = (done, step)
            _say(out, Progress(round(done, 4), step))

    return tell


def _say(out: int, said: Said) -> None:
    os.write(out, encode(said))


def _read_line() -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        more = os.read(_STDIN, 65_536)
        if not more:
            raise EOFError("a worker is started by the studio")
        line += more
    return line


def _end_when_alone() -> None:
    while os.read(_STDIN, 4_096):
        pass
    os._exit(_ALONE)
