"""How long shows are kept, what they take, and their end: by hand, or when their time is over."""

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread

from vivavoce.card import State
from vivavoce.clock import Clock, unix_ms
from vivavoce.control.shows import Shows
from vivavoce.errors import Problem
from vivavoce.record import removal
from vivavoce.record.places import Places
from vivavoce.record.removal import Usage
from vivavoce.store.show_rows import ShowRow

log = logging.getLogger(__name__)

_SWEEP_S: Final = 30.0

# Those who are some seconds behind hear the end of a show of which nothing is kept.
LINGER_MS: Final = 60_000

_DAY_MS: Final = 86_400_000


class Keeping:
    """The shows' files, from the day that a show has ended.

    ``keep_days`` is for shows that say nothing else, 0 for ever; ``clear`` ends whatever is being
    made of a show and deletes it.
    """

    def __init__(
        self,
        data: Path,
        shows: Shows,
        clock: Clock,
        *,
        keep_days: int,
        clear: Callable[[str], Awaitable[None]],
    ) -> None:
        self._places = Places(data)
        self._shows = shows
        self._clock = clock
        self._keep_days = keep_days
        self._clear = clear
        self._dropped: set[str] = set()

    def until_ms(self, row: ShowRow) -> int | None:
        """Return when a show that has ended is deleted (Unix ms), None if it never is."""
        days = self._keep_days if row.keep_days is None else row.keep_days
        if not days or row.card.state is not State.ENDED or row.card.ended_ms is None:
            return None
        return row.card.ended_ms + days * _DAY_MS

    async def usage(self, show: str) -> Usage:
        """Return what a show takes on this disk."""
        return await anyio.to_thread.run_sync(removal.usage, self._places, show)

    async def free(self) -> int:
        """Return the bytes that the disk has left."""
        return await anyio.to_thread.run_sync(removal.free, self._places)

    async def remove(self, show: str) -> Usage:
        """Delete a show for good and return what went; raises what ``Shows.remove`` raises."""
        usage = await self.usage(show)
        if self._shows.row(show).card.state is not State.LIVE:
            await self._clear(show)
        await self._shows.remove(show)
        return usage

    async def run(self) -> None:
        """Delete what is to be kept no longer, for ever."""
        while True:
            await self.sweep()
            await anyio.sleep(_SWEEP_S)

    async def sweep(self) -> None:
        """Delete the shows whose time is over, and the sound of those that were not recorded."""
        now_ms = unix_ms(self._clock.wall())
        for row in self._shows.all():
            show, until_ms = row.card.show, self.until_ms(row)
            try:
                if until_ms is not None and until_ms <= now_ms:
                    log.info("a show has been kept long enough", extra={"show": show})
                    await self.remove(show)
                elif self._is_to_be_dropped(row, now_ms):
                    await anyio.to_thread.run_sync(removal.drop_sound, self._places, show)
                    await self._shows.tell_again(show)
                    self._dropped.add(show)
            except Problem as problem:  # tried again in a while
                extra = {"show": show, "code": problem.code}
                log.warning("a show could not be deleted", extra=extra)

    def _is_to_be_dropped(self, row: ShowRow, now_ms: int) -> bool:
        card = row.card
        if card.recorded or card.state is not State.ENDED or card.show in self._dropped:
            return False
        return (card.ended_ms or 0) + LINGER_MS <= now_ms
