"""All stages of this studio: opened for who comes, ticking, told to windows and cards."""

import logging
from collections.abc import Callable
from typing import Final

import anyio
from anyio.abc import TaskGroup, TaskStatus

from vivavoce.card import ShowCard, State
from vivavoce.clock import Clock, unix_ms
from vivavoce.errors import Problem
from vivavoce.media import Pcm
from vivavoce.mix.console import Console
from vivavoce.mix.opus import Encoder
from vivavoce.package.packager import Packager
from vivavoce.stage.floor import Floor
from vivavoce.stage.leading import Leading
from vivavoce.stage.live_shows import Files, LiveShows
from vivavoce.stage.messages import Listening, Notice, Status
from vivavoce.stage.onair import OnAir
from vivavoce.stage.ports import Feed, MakePackager, OpenRecording, SeatBook, Shows
from vivavoce.stage.seats import Seat
from vivavoce.stage.show import ABANDONED
from vivavoce.stage.stage import Stage
from vivavoce.stage.taping import OpenNotes
from vivavoce.stage.telling import Window
from vivavoce.stage.ticker import tick_on
from vivavoce.units import Samples
from vivavoce.webrtc.endpoint import Endpoint

logger = logging.getLogger(__name__)

_LOOK_S: Final = 1.0

# Levels move five times a second on stage, and names light up twice a second for listeners.
_GLANCE_S: Final = 0.2
_CARD_S: Final = 0.6


def new_console() -> Console:
    """Return a console that encodes with libopus."""
    return Console(Encoder)


class Stages:
    """Opens stages for those who come, and puts shows on air from them.

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
        self._book = book
        self._clock = clock
        self._make_console = make_console
        self._filler = filler
        self.storage: Callable[[], Problem | None] = lambda: None
        """Says what is wrong where recordings are copied to."""
        self._stages: dict[str, Stage] = {}
        files = Files(open_recording, open_window or open_recording, open_notes)
        self._live = LiveShows(feed, files, clock, make_packager, abandoned)
        self._opening = anyio.Lock()
        self._tasks: TaskGroup
        self._shows: Shows

    async def run(
        self, shows: Shows, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        """Keep shows on air until cancelled; what was said until then goes to the disk."""
        self._shows = shows
        async with anyio.create_task_group() as self._tasks:
            self._live.open(self._tasks, shows)
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
        self._live.put_on_air(card, await self.open(card.show), fresh=True)

    async def resume(self, card: ShowCard) -> None:
        """Put a show back on air after the studio was away; its epoch stays."""
        self._live.put_on_air(card, await self.open(card.show), fresh=False)

    async def end(self, show: str) -> Samples | None:
        """Take a show off air, everybody off its stage, and make the replay.

        Returns the replay's length, None if the disk did not let us make it. A show that is not
        on air here is only finished on disk.
        """
        return await self._live.end(show)

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
        return self._live.on_air()

    def status(self, card: ShowCard, seat: Seat, window: Window) -> Status:
        """Return how things stand, seen from one window."""
        stage, on_air_s = self._stages[card.show], self._live.elapsed_s(card.show)
        notice = None if on_air_s is None else self._live.notice(card.show) or self.storage()
        count = self._feed.count(card.show)
        return Status(
            card=card,
            listening=Listening(count.push + count.hls),
            on_air_s=on_air_s,
            seat=stage.seat_is(seat, window),
            muted=stage.muted(seat),
            level_db=stage.level_db(seat),
            edges=self._feed.edges,
            now_ms=unix_ms(self._clock.wall()),
            notice=None if notice is None else Notice(notice.code, notice.message),
        )

    async def look(self) -> None:
        """See which show was left alone, which stage is empty, which hand is gone."""
        self._live.look()
        for show, stage in list(self._stages.items()):
            if stage.hands.tidy(self._clock.now()):
                stage.tell_hands()
            await self._save(stage)
            if stage.empty and show not in self._live:
                del self._stages[show]

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
        for show in self._live:
            await self._tell_people(show)

    async def _tell_people(self, show: str) -> None:
        card, stage = self._shows.card(show), self._stages.get(show)
        if card is None or stage is None or card.state is not State.LIVE:
            return
        people, filler = stage.people(), stage.floor.filling
        if (card.stage, card.filler) != (people, filler):
            await self._shows.set_stage(show, people, filler=filler)
            self.poke(show)
