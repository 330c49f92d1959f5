"""The clockwork: makes ticks happen. The only part of the mix that waits."""

from collections.abc import Awaitable, Callable

import anyio

from vivavoce.clock import Clock
from vivavoce.mix.schedule import Schedule

Sleep = Callable[[float], Awaitable[None]]


async def clockwork(
    schedule: Schedule, clock: Clock, tick: Callable[[int], bool], *, sleep: Sleep = anyio.sleep
) -> None:
    """Call ``tick`` with the number of ticks due, as they fall due.

    Returns when ``tick`` answers False, or when the schedule is suspended.
    """
    while not schedule.suspended(now := clock.now()):
        if (due := schedule.due(now)) and not tick(due):
            return
        await sleep(max(0.0, schedule.next_at() - clock.now()))
