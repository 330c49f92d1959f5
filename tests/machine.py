"""How late the machine itself runs: the difference between a spoilt take and a defect.

A process of its own wakes every 20 ms, as whoever plays sound does, and writes down how late it
was; the kernel says for how long processes waited for a CPU. Neither knows of what is under test.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

# One frame of sound: who is later than this has missed a tick.
LATE_MS: Final = 20.0
# Somebody waited for a CPU for a tenth of the time: of ten ticks of some player one was disturbed.
WAITED: Final = 0.1

_PRESSURE: Final = Path("/proc/pressure/cpu")

# Ends when its parent does: the pipe that it writes to is closed.
_TICKER: Final = """
import os, time
os.set_blocking(1, False)
due = time.monotonic() + 0.02
while os.getppid() != 1:
    time.sleep(max(0.0, due - time.monotonic()))
    now = time.monotonic()
    late = now - due
    if late > 0.005:
        try:
            os.write(1, b"%.1f\\n" % (late * 1000))
        except BlockingIOError:
            pass
    due = max(due + 0.02, now)
"""


@dataclass(frozen=True)
class Seen:
    """What the machine did during one take."""

    worst_ms: float
    """The greatest lateness of the ticker."""
    waited: float
    """The share of the time in which some process waited for a CPU; 0 where that is not told."""

    @property
    def late(self) -> bool:
        """Whether the machine may have spoilt the take."""
        return self.worst_ms > LATE_MS or self.waited > WAITED

    def __str__(self) -> str:
        return f"machine {self.worst_ms:.0f} ms late, waiting for a CPU {self.waited:.0%}"


class StallWatch:
    """Asked with ``seen`` for what happened since it was asked last."""

    def __init__(self, ticks: IO[bytes]) -> None:
        self._ticks = ticks
        self._since = _waited_us()

    def seen(self) -> Seen:
        """Return what happened since the last call, or since the beginning."""
        read = self._ticks.read() or b""
        worst = max((float(line) for line in read.split()), default=0.0)
        (at, waited), (began, before) = _waited_us(), self._since
        self._since = (at, waited)
        return Seen(worst, (waited - before) / max(1.0, at - began))


@contextmanager
def stall_watch() -> Iterator[StallWatch]:
    """Watch for as long as the block lasts."""
    command = [sys.executable, "-S", "-E", "-c", _TICKER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0) as ticker:
        assert ticker.stdout is not None
        os.set_blocking(ticker.stdout.fileno(), False)
        try:
            yield StallWatch(ticker.stdout)
        finally:
            ticker.kill()


def _waited_us() -> tuple[float, float]:
    """Return now, and for how long some process has waited for a CPU so far, in microseconds."""
    total = 0.0
    with contextlib.suppress(OSError):  # macOS, and kernels without pressure stall information
        some = _PRESSURE.read_text().splitlines()[0]
        total = float(some.rpartition("total=")[2])
    return os.times().elapsed * 1e6, total
