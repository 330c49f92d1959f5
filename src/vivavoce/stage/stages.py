"""All stages of this studio, and the shows of it that are on air."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import anyio
from anyio.abc import TaskGroup, TaskStatus

from vivavoce.backoff import Backoff
from vivavoce.card import ShowCard, State
from vivavoce.clock import Clock, unix_ms
from vivavoce.errors import Problem
from vivavoce.media import Pcm
from vivavoce.mix.console import Console
from vivavoce.mix.opus import Encoder
from vivavoce.package.packager import Packager
from vivavoce.stage.floor import Floor
from vivavoce.stage.leading import Leading
from vivavoce.stage.messages import Listening, Notice, Status
from vivavoce.stage.onair import OnAir, Sinks, Works
from vivavoce.stage.ports import Feed, MakePackager, OpenRecording, SeatBook, Shows
from vivavoce.stage.recorder import Recorder
from vivavoce.stage.seats import Seat
from vivavoce.stage.show import ABANDONED, Abandonment
from vivavoce.stage.stage import Stage
from vivavoce.stage.taping import OpenNotes, Taping
from vivavoce.stage.telling import Window
from vivavoce.stage.ticker import tick_on
from vivavoce.stage.timeline import media_time
from vivavoce.units import PartNumber, Samples
from vivavoce.webrtc.endpoint import Endpoint

logger = logging.getLogger(__name__)

_LOOK_S: Final = 1.0

# Levels move five times a second on stage, and names light up twice a second for listeners.
_GLANCE_S: Final = 0.2
_CARD_S: Final = 0.6


def new_console() -> Console:
    """Return a console that encodes with libopus."""
    return Console(Encoder)


@dataclass(slots=True, eq=False)
class _Live:
    show: str
    epoch: datetime
    onair: OnAir
    watch: Abandonment
    done: anyio.Event = field(default_factory=anyio.Event)
    last: PartNumber | None = None


class Stages:
    """Opens stages for those who come, and runs the shows that are live.

    ``abandoned`` is how long a show goes on without any voice connected; ``filler`` is what is
    heard then, None for a calm tone. ``open_window`` opens the files of shows that are not
    recorded, of which only what is heard live is there.
    """

    def __init__(  # noqa: PLR0913  all that a show on air needs
        self,
        endpoint: Endpoint,
        feed: Feed,
        open_recording: OpenRecording,
        book: SeatBook,
        clock: Clock,
        *,
        make_packager: MakePackager = Packager,
        make_console: Callable[[], Console] = new_console,
        open_notes: OpenNotes | None = None,
        open_window: OpenRecording | None = None,
        filler: Pcm | None = None,
        abandoned: Samples = ABANDONED,
    ) -> None:
        self._endpoint = endpoint
        self._feed = feed
        self._open = open_recording
        self._open_window = open_window or open_recording
        self._book = book
        self._clock = clock
        self._works = Works(clock, make_packager)
        self._make_console = make_console
        self._open_notes = open_notes
        self._filler = filler
        self._abandoned = abandoned
        self.storage: Callable[[], Problem | None] = lambda: None
        """Says what is wrong where recordings are copied to."""
        self._stages: dict[str, Stage] = {}
        self._live: dict[str, _Live] = {}
        self._opening = anyio.Lock()
        self._tasks: TaskGroup
        self._shows: Shows

    async def run(
        self, shows: Shows, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        """Keep shows on air until cancelled; what was said until then goes to the disk."""
        self._shows = shows
        async with anyio.create_task_group() as self._tasks:
            task_status.started()
            self._tasks.start_soon(self._glance_on)
            self._tasks.start_soon(self._tell_on)
            while True:
                await self.look()
                await anyio.sleep(_LOOK_S)

    async def _glance_on(self) -> None:
        while True:
            for stage in list(self._stages.values()):
                stage.tell_people()
            await anyio.sleep(_GLANCE_S)

    async def _tell_on(self) -> None:
        while True:
            await self.tell()
            await anyio.sleep(_CARD_S)

    async def start(self, card: ShowCard) -> None:
        """Put a show on air from its epoch on."""
        await self.open(card.show)
        self._put_on_air(card, fresh=True)

    async def resume(self, card: ShowCard) -> None:
        """Put a show back on air after the studio was away; its epoch stays."""
        await self.open(card.show)
        self._put_on_air(card, fresh=False)

    async def end(self, show: str) -> Samples | None:
        """Take a show off air, everybody off its stage, and make the replay.

        Returns the replay's length, None if the disk did not let us make it. A show that is not
        on air here is only finished on disk.
        """
        live = self._live.get(show)
        if live is None:
            return await self._finish_files(show)
        live.onair.stop()
        await live.done.wait()
        length = await live.onair.finish(live.last)
        del self._live[show]
        if (stage := self._stages.get(show)) is not None:
            await stage.close()
            stage.go_live(live=False)
            stage.poke()
        return length

    async def open(self, show: str) -> Stage:
        """Return the show's stage, with its people as they were written down.

        It stays for as long as anybody is there; do not wait before somebody is.
        """
        async with self._opening:
            if show not in self._stages:
                seats = await self._book.seats(show)
                self._stages[show] = Stage(
                    show, self._endpoint, self._clock, self._new_floor(), seats
                )
            return self._stages[show]

    def _new_floor(self) -> Floor:
        def occupied() -> None:
            self._tasks.start_soon(self._tick, floor)

        floor = Floor(
            self._make_console(),
            self._clock,
            occupied,
            gather=self._endpoint.gather,
            filler=self._filler,
        )
        return floor

    @property
    def ticks_late(self) -> int:
        """Ticks of all stages' floors that were made when their successor was due already."""
        return sum(stage.floor.overruns for stage in self._stages.values())

    async def _tick(self, floor: Floor) -> None:
        """Keep a floor ticking; a fault in one show's mix costs no other show anything."""
        while True:
            try:
                await tick_on(floor, self._clock)
                return
            except Exception:
                logger.exception("the mix failed; it goes on")
            await anyio.sleep(_LOOK_S)

    def leading(self, stage: Stage) -> Leading:
        """Return who carries out commands on ``stage``."""
        return Leading(stage, self._book, self._clock)

    async def expel(self, show: str, seats: list[str], message: str) -> None:
        """Send away whoever has these seats; they are dead."""
        stage = self._stages.get(show)
        if stage is None:
            return
        async with stage.lock:
            for seat in seats:
                member = stage.roster.get(seat)
                if member is not None:
                    await stage.expel(member, message)
            stage.poke()

    def card(self, show: str) -> ShowCard | None:
        """Return a show's card, None if there is no such show."""
        return self._shows.card(show)

    def occupied(self, show: str) -> bool:
        """Say whether any voice is connected."""
        return show in self._stages and self._stages[show].connected

    def poke(self, show: str) -> None:
        """Tell the show's windows at once that its card has changed."""
        if show in self._stages:
            self._stages[show].poke()

    def on_air(self) -> list[OnAir]:
        """Return the shows on air, for their counters."""
        return [live.onair for live in self._live.values()]

    def status(self, card: ShowCard, seat: Seat, window: Window) -> Status:
        """Return how things stand, seen from one window."""
        stage, live = self._stages[card.show], self._live.get(card.show)
        wall = self._clock.wall()
        notice = None if live is None else live.onair.notice or self.storage()
        count = self._feed.count(card.show)
        return Status(
            card=card,
            listening=Listening(count.push + count.hls),
            on_air_s=None if live is None else max(0.0, (wall - live.epoch).total_seconds()),
            seat=stage.seat_is(seat, window),
            muted=stage.muted(seat),
            level_db=stage.level_db(seat),
            edges=self._feed.edges,
            now_ms=unix_ms(wall),
            notice=None if notice is None else Notice(notice.code, notice.message),
        )

    async def look(self) -> None:
        """See which show was left alone, which stage is empty, which hand is gone."""
        for live in list(self._live.values()):
            time = media_time(live.epoch, self._clock.wall())
            over = live.watch.observe(time, connected=self.occupied(live.show))
            if over and live.last is None:
                live.last = live.watch.last_part
                self._tasks.start_soon(self._abandon, live)
        for show, stage in list(self._stages.items()):
            if stage.hands.tidy(self._clock.now()):
                stage.tell_hands()
            await self._save(stage)
            if stage.empty and show not in self._live:
                del self._stages[show]

    def _put_on_air(self, card: ShowCard, *, fresh: bool) -> None:
        show, epoch = card.show, _epoch(card)
        if show in self._live:
            return
        stage = self._stages[show]
        stage.go_live(live=True)
        recorder = self._recorder(card)
        taping = self._taping(card, lambda seat: _name(stage, seat))
        onair = OnAir(
            show,
            epoch,
            fresh=fresh,
            pull=stage.floor.pull,
            sinks=Sinks(self._feed, recorder, taping),
            works=self._works,
            tape=lambda time, frames: taping.put(time, frames, stage.floor.pulled),
        )
        now = media_time(epoch, self._clock.wall())
        live = self._live[show] = _Live(show, epoch, onair, Abandonment(now, self._abandoned))
        self._tasks.start_soon(self._keep, live)

    async def _keep(self, live: _Live) -> None:
        """Run one show; whatever fails in it costs it a moment, and no other show anything."""
        backoff = Backoff(first_s=0.1, cap_s=5.0, settled_s=30.0)
        try:
            while True:
                backoff.started(self._clock.now())
                try:
                    await live.onair.run()
                    return
                except Exception:
                    logger.exception("a show on air failed; it goes on", extra={"show": live.show})
                await anyio.sleep(backoff.next(self._clock.now()))
        finally:
            live.done.set()

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
        return Taping(card.show, self._open_notes if card.recorded else None, name_of)

    def _recorder(self, card: ShowCard) -> Recorder:
        opens = self._open if card.recorded else self._open_window
        return Recorder(card.show, _epoch(card), opens, self._clock)

    async def _save(self, stage: Stage) -> None:
        """Write down who muted themselves; a disk that refuses is asked again in a second."""
        unsaved = set(stage.unsaved)
        members = [m for m in stage.roster.present() if m.seat in unsaved]
        if not members:
            return
        try:
            await self._book.save(stage.show, members)
        except Exception:
            logger.exception("mutes were not written down", extra={"show": stage.show})
        else:
            stage.unsaved -= unsaved

    async def tell(self) -> None:
        """Put on the cards of live shows who is on stage and who speaks, if that has changed."""
        for show in list(self._live):
            await self._tell_people(show)

    async def _tell_people(self, show: str) -> None:
        card, stage = self._shows.card(show), self._stages.get(show)
        if card is None or stage is None or card.state is not State.LIVE:
            return
        people, filler = stage.people(), stage.floor.filling
        if (card.stage, card.filler) != (people, filler):
            await self._shows.set_stage(show, people, filler=filler)
            self.poke(show)

    async def _abandon(self, live: _Live) -> None:
        logger.warning("nobody ended this show; it ends", extra={"show": live.show})
        try:
            await self._shows.end(live.show)
        except Problem as problem:
            logger.warning("it could not end", extra={"show": live.show, "code": problem.code})
            live.last = None  # looked at again in a second


def _epoch(card: ShowCard) -> datetime:
    assert card.epoch_ms is not None
    # Not fromtimestamp: its binary fractions would move the epoch by a sample.
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=card.epoch_ms)


def _name(stage: Stage, seat: str) -> str:
    member = stage.roster.get(seat)
    return "" if member is None else member.name
