"""The clockwork: makes ticks happen. The only part of the mix that waits."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from vivavoce.clock import Clock
from vivavoce.mix.schedule import Schedule

Sleep = Callable[[float], Awaitable[None]]

# uvloop's timers count whole milliseconds and may fire one early. To wake up for nothing, and once
# more when the tick is due, takes longer than the tick of an empty stage.
_GRAIN_S: Final = 0.001


async def pause(seconds: float) -> None:
    """Wait so long or up to a millisecond longer, but never wake up too early."""
    await asyncio.sleep(seconds + _GRAIN_S if seconds > 0 else 0)


async def clockwork(
    schedule: Schedule, clock: Clock, tick: Callable[[int], bool], *, sleep: Sleep = pause
) -> None:
    """Call ``tick`` with the number of ticks due, as they fall due.

    Returns when ``tick`` answers False, or when the schedule is suspended.
    """
    while not schedule.suspended(now := clock.now()):
        if (due := schedule.due(now)) and not tick(due):
            return
        await sleep(max(0.0, schedule.next_at() - clock.now()))
