"""The only place that reads a clock. Everything else is given ``now`` or a ``Clock``."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where time comes from; ``vivavoce.testing.FakeClock`` is the other one."""

    def now(self) -> float:
        """Return monotonic seconds; only differences mean anything."""

    def wall(self) -> datetime:
        """Return the time of day, timezone-aware, UTC."""


class SystemClock:
    """The machine's clocks."""

    # Asked several times for each request: without a call of ours around it.
    now = staticmethod(time.monotonic)

    def wall(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)


def unix_ms(moment: datetime) -> int:
    """Return ``moment`` as whole milliseconds since 1970 (UTC)."""
    return int(moment.timestamp() * 1000)
