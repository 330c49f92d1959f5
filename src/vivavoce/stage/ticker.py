"""The ticker: makes a floor's ticks happen while anybody is on it. The only part that waits."""

from vivavoce.clock import Clock
from vivavoce.mix.clockwork import Sleep, pause
from vivavoce.stage.floor import Floor


async def tick_on(floor: Floor, clock: Clock, *, sleep: Sleep = pause) -> None:
    """Tick until the floor is empty; an empty one costs nothing."""
    while floor.catch_up(clock.now()):
        await sleep(max(0.0, floor.next_at - clock.now()))
