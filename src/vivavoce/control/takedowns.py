"""Taking ranges of recordings down: the host's command, and what a crash interrupted."""

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio.to_thread

from vivavoce.card import ShowCard, State
from vivavoce.clock import Clock, unix_ms
from vivavoce.control.shows import Shows
from vivavoce.errors import Problem
from vivavoce.record import files, sealed, takedown
from vivavoce.record.clip import breaks_of
from vivavoce.record.layout import listed
from vivavoce.record.places import Places
from vivavoce.record.playing import Playing, Range
from vivavoce.record.takedowns import TAKEDOWNS, Takedown, read_takedowns

log = logging.getLogger(__name__)


class Takedowns:
    """All take-downs; ``clear`` deletes what was made of a show for download."""

    def __init__(
        self, data: Path, shows: Shows, clock: Clock, clear: Callable[[str], Awaitable[None]]
    ) -> None:
        self._places = Places(data)
        self._shows = shows
        self._clock = clock
        self._clear = clear

    async def open(self) -> None:
        """Finish what a crash interrupted."""
        for show in await anyio.to_thread.run_sync(takedown.under_way, self._places):
            if self._shows.card(show) is None:
                continue
            log.info("a take-down goes on", extra={"show": show})
            try:
                await self._shows.take_down(show, self._finish)
            except Problem as problem:  # tried again at the next start
                extra = {"show": show, "code": problem.code}
                log.warning("a take-down could not be finished", extra=extra)

    async def of(self, show: str) -> tuple[list[Takedown], Playing]:
        """Return what was taken down of a show, and how its time is played."""
        return await anyio.to_thread.run_sync(self._read, show)

    async def take_down(self, show: str, wanted: Range, *, playing: bool) -> None:
        """Put silence in the place of a range of ms: of media time, or as listeners' clocks go.

        Raises ``UsageError`` and ``MachineError``; what a full disk or a crash interrupts is
        finished by the next take-down of the show, or at the next start.
        """
        at_ms = unix_ms(self._clock.wall())

        async def work(card: ShowCard) -> None:
            await self._carry_out(card)  # what a full disk has left
            await anyio.to_thread.run_sync(self._begin, show, wanted, playing, at_ms)
            await self._finish(card)

        card = self._shows.row(show).card
        if card.state is State.ENDED:
            await self._clear(show)
        await self._shows.take_down(show, work)

    def _begin(self, show: str, wanted: Range, playing: bool, at_ms: int) -> None:
        begin, end = wanted
        if playing and begin < end:
            _, clock = self._read(show)
            pieces = clock.media_ranges(wanted)
            begin, end = pieces[0][0], pieces[-1][1]
        takedown.begin(self._places, show, begin, end, at_ms)

    async def _finish(self, card: ShowCard) -> None:
        await self._carry_out(card)
        # What was begun meanwhile has read what is not to be heard any more.
        await self._clear(card.show)

    async def _carry_out(self, card: ShowCard) -> None:
        await anyio.to_thread.run_sync(takedown.carry_out, self._places, card)

    def _read(self, show: str) -> tuple[list[Takedown], Playing]:
        folder = self._places.public(show)
        told = read_takedowns(_read(folder / TAKEDOWNS))
        return told, breaks_of(listed(_read(folder / sealed.REPLAY_LIST) or b""))


def _read(path: Path) -> bytes | None:
    try:
        return files.read_small(path)
    except OSError:
        return None
