"""The shows that are on air: from their stages' floors to the edges and the disk.

In: cards of shows that are live, with their stages. Out: each show's parts, and at its end the
replay. A show's task that fails is started again with the next part (``_keep``); a show of which
nothing has been heard for long is ended.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import anyio
from anyio.abc import TaskGroup

from vivavoce.backoff import Backoff
from vivavoce.card import ShowCard
from vivavoce.clock import Clock
from vivavoce.errors import Problem
from vivavoce.stage.onair import OnAir, Sinks, Works
from vivavoce.stage.ports import Feed, MakePackager, OpenRecording, Shows
from vivavoce.stage.recorder import Recorder
from vivavoce.stage.show import Abandonment
from vivavoce.stage.stage import Stage
from vivavoce.stage.taping import OpenNotes, Taping
from vivavoce.stage.timeline import media_time
from vivavoce.units import PartNumber, Samples

logger = logging.getLogger(__name__)

# Ended shows whose last sound waits for the disk in memory: two minutes each, some 2 MB.
_UNFINISHED: Final = 16


@dataclass(frozen=True, slots=True)
class Files:
    """What opens the files of a show: its recording, or what is heard live, and its tracks."""

    recording: OpenRecording
    window: OpenRecording
    """For shows that are not recorded, of which only what is heard live is there."""
    notes: OpenNotes | None = None


@dataclass(slots=True, eq=False)
class _Live:
    stage: Stage
    epoch: datetime
    onair: OnAir
    watch: Abandonment
    done: anyio.Event = field(default_factory=anyio.Event)
    last: PartNumber | None = None


class LiveShows:
    """Runs the shows that are live, each on its own.

    ``abandoned`` is how long a show goes on without any voice connected.
    """

    def __init__(
        self,
        feed: Feed,
        files: Files,
        clock: Clock,
        make_packager: MakePackager,
        abandoned: Samples,
    ) -> None:
        self._feed = feed
        self._files = files
        self._clock = clock
        self._works = Works(clock, make_packager)
        self._abandoned = abandoned
        self._live: dict[str, _Live] = {}
        self._unfinished: dict[str, tuple[OnAir, PartNumber | None]] = {}
        self._tasks: TaskGroup
        self._shows: Shows

    def open(self, tasks: TaskGroup, shows: Shows) -> None:
        """Run shows in ``tasks`` from now on; ``shows`` ends what was abandoned."""
        self._tasks, self._shows = tasks, shows

    def __contains__(self, show: str) -> bool:
        return show in self._live

    def __iter__(self) -> Iterator[str]:
        """Yield the shows that are on air, also while they leave or come."""
        return iter(list(self._live))

    def on_air(self) -> list[OnAir]:
        """Return the shows on air, for their counters."""
        return [live.onair for live in self._live.values()]

    def elapsed_s(self, show: str) -> float | None:
        """Return how long a show has been on air; None if it is not."""
        live = self._live.get(show)
        if live is None:
            return None
        return max(0.0, (self._clock.wall() - live.epoch).total_seconds())

    def notice(self, show: str) -> Problem | None:
        """Return what a show's host should know of its recording."""
        live = self._live.get(show)
        return None if live is None else live.onair.notice

    def put_on_air(self, card: ShowCard, stage: Stage, *, fresh: bool) -> None:
        """Run a show from its epoch on; ``fresh`` tells a show's start from its resumption."""
        if card.show in self._live:
            return
        epoch = _epoch(card)
        stage.go_live(live=True)
        taping = self._taping(card, lambda seat: _name(stage, seat))
        onair = OnAir(
            card.show,
            epoch,
            fresh=fresh,
            pull=stage.floor.pull,
            sinks=Sinks(self._feed, self._recorder(card), taping),
            works=self._works,
            tape=lambda time, frames: taping.put(time, frames, stage.floor.pulled),
        )
        now = media_time(epoch, self._clock.wall())
        live = _Live(stage, epoch, onair, Abandonment(now, self._abandoned))
        self._live[card.show] = live
        self._tasks.start_soon(self._keep, live)

    async def end(self, show: str) -> Samples | None:
        """Take a show off air, everybody off its stage, and make the replay.

        Returns the replay's length, None if the disk did not let us make it. A show that is not
        on air here is only finished on disk.
        """
        live = self._live.get(show)
        if live is None and show in self._unfinished:
            return await self._finish(show, *self._unfinished[show])
        if live is None:
            return await self._finish_files(show)
        live.onair.stop()
        await live.done.wait()
        length = await self._finish(show, live.onair, live.last)
        del self._live[show]
        await live.stage.close()
        live.stage.go_live(live=False)
        live.stage.poke()
        return length

    def look(self) -> None:
        """See which show was left alone, and end it."""
        for live in list(self._live.values()):
            time = media_time(live.epoch, self._clock.wall())
            over = live.watch.observe(time, connected=live.stage.connected)
            if over and live.last is None:
                live.last = live.watch.last_part
                self._tasks.start_soon(self._abandon, live)

    async def _keep(self, live: _Live) -> None:
        """Run one show; whatever fails in it costs it a moment, and no other show anything."""
        backoff = Backoff(first_s=0.1, cap_s=5.0, settled_s=30.0)
        extra = {"show": live.stage.show}
        try:
            while True:
                backoff.started(self._clock.now())
                try:
                    await live.onair.run()
                    return
                except Exception:
                    logger.exception("a show on air failed; it goes on", extra=extra)
                await anyio.sleep(backoff.next(self._clock.now()))
        finally:
            live.done.set()

    async def _abandon(self, live: _Live) -> None:
        show = live.stage.show
        logger.warning("nobody ended this show; it ends", extra={"show": show})
        try:
            await self._shows.end(show)
        except Problem as problem:
            logger.warning("it could not end", extra={"show": show, "code": problem.code})
            live.last = None  # looked at again in a second

    async def _finish(self, show: str, onair: OnAir, last: PartNumber | None) -> Samples | None:
        """Write what still waits for the disk and make the replay; kept to be tried again."""
        length = await onair.finish(last)
        self._unfinished.pop(show, None)
        if length is None:
            self._unfinished[show] = onair, last
            if len(self._unfinished) > _UNFINISHED:
                del self._unfinished[next(iter(self._unfinished))]
        return length

    async def _finish_files(self, show: str) -> Samples | None:
        card = self._shows.card(show)
        if card is None or card.epoch_ms is None:
            return None
        recorder = self._recorder(card)
        length = await recorder.finish(None)
        if recorder.end is not None:
            await self._taping(card, lambda _: "").finish(recorder.end, recorder.breaks)
        return length

    def _taping(self, card: ShowCard, name_of: Callable[[str], str]) -> Taping:
        return Taping(card.show, self._files.notes if card.recorded else None, name_of)

    def _recorder(self, card: ShowCard) -> Recorder:
        opens = self._files.recording if card.recorded else self._files.window
        return Recorder(card.show, _epoch(card), opens, self._clock)


def _epoch(card: ShowCard) -> datetime:
    assert card.epoch_ms is not None
    # Not fromtimestamp: its binary fractions would move the epoch by a sample.
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=card.epoch_ms)


def _name(stage: Stage, seat: str) -> str:
    member = stage.roster.get(seat)
    return "" if member is None else member.name
