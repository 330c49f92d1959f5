"""Shows whose files the disk did not let us finish when they ended: tried again until it does."""

import logging
from typing import Final

import anyio

from vivavoce.backoff import Backoff
from vivavoce.clock import Clock
from vivavoce.control.shows import Shows
from vivavoce.errors import Problem

log = logging.getLogger(__name__)

_LOOK_S: Final = 30.0

# One whose folder can never be written is tried once an hour in the end.
_FIRST_S: Final = 30.0
_CAP_S: Final = 3_600.0


class Finishing:
    """Finishes what was left unfinished: at the start, and whenever there is something."""

    def __init__(self, shows: Shows, clock: Clock) -> None:
        self._shows = shows
        self._clock = clock
        self._waits: dict[str, tuple[Backoff, float]] = {}

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await self.once()
            await anyio.sleep(_LOOK_S)

    async def once(self) -> None:
        """Try all that are due now."""
        now = self._clock.now()
        left = self._shows.unfinished()
        self._waits = {show: wait for show, wait in self._waits.items() if show in left}
        for show in left:
            backoff, due = self._waits.get(show, (Backoff(_FIRST_S, _CAP_S, float("inf")), now))
            if now < due:
                continue
            if await self._finish(show):
                self._waits.pop(show, None)
            else:
                self._waits[show] = backoff, now + backoff.next(now)

    async def _finish(self, show: str) -> bool:
        try:
            done = await self._shows.finish(show)
        except Problem as problem:  # deleted meanwhile, or the database refuses
            log.warning("a show was not finished", extra={"show": show, "code": problem.code})
            return False
        except Exception:
            log.exception("a show was not finished", extra={"show": show})
            return False
        if done:
            log.info("a show was finished later", extra={"show": show})
        return done
