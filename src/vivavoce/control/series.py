"""The series of this studio, and the podcasts made of them.

A series has a feed as long as there is the series; the one called ``all`` is the feed of the whole
installation. It is there once the owner has made it: shows are found by their link alone, unless
somebody decides otherwise. Feeds are files in ``DATA/live``, which edges serve without asking
anybody; they are written anew when what they say has changed.
"""

import logging
import math
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Protocol

import anyio
import anyio.to_thread

from vivavoce.card import ShowCard, State
from vivavoce.clock import Clock, unix_ms
from vivavoce.control import covers, episodes
from vivavoce.errors import UsageError
from vivavoce.export.facts import read_small
from vivavoce.export.feed import ALL, Channel, feed, lasting_guid
from vivavoce.export.jobs import Job
from vivavoce.export.orders import Kind
from vivavoce.people import keys
from vivavoce.record.files import write_atomic
from vivavoce.store.series_rows import SeriesRow, SeriesRows

log = logging.getLogger(__name__)

_BUILT: Final = re.compile(rb"<lastBuildDate>[^<]*</lastBuildDate>")
_PAUSE_S: Final = 1.0
SETTLE_S: Final = 15.0
"""How long a show stays as it is before its episode is made again: chapters come one by one."""
_SHOWN_MS: Final = 86_400_000
"""How long a show that is over without an episode is told of: there may never be one."""


Roles = Callable[[str], Awaitable[Mapping[str, str]]]
"""Returns the role of each seat of a show."""


class Shows(Protocol):
    """What of all shows is needed here."""

    def all(self) -> list[Any]:
        """Return the rows of all shows."""

    def card(self, show: str) -> ShowCard | None:
        """Return a show's card."""

    async def change(self, show: str, changes: dict[str, Any]) -> Any:
        """Change a show."""


class Series:
    """All series. ``run`` keeps the feeds up to date."""

    def __init__(
        self,
        rows: SeriesRows,
        live: Path,
        clock: Clock,
        *,
        public_url: str,
        roles: Roles,
        fit: covers.Fit = covers.fit,
    ) -> None:
        self._rows = rows
        self._live = live
        self._covers = covers.Covers(live)
        self._fit = fit
        self._roles = roles
        self._known: dict[str, Mapping[str, str]] = {}
        self._fitting = anyio.Semaphore(1)
        self._clock = clock
        self._public_url = public_url
        self._series: dict[str, SeriesRow] = {}
        self._bell = anyio.Event()
        self._changed = True
        self._stale: dict[str, tuple[str, float]] = {}
        """Shows whose episode is of what they were: what they are now, and since when."""

    async def open(self) -> None:
        """Read all series."""
        self._series = {row.series: row for row in await self._rows.all()}

    def all(self) -> list[SeriesRow]:
        """Return all series, oldest first."""
        return list(self._series.values())

    def row(self, series: str) -> SeriesRow:
        """Return a series; raises ``UsageError`` (``series_unknown``)."""
        found = self._series.get(series)
        if found is None:
            raise UsageError("series_unknown", "There is no such series.", status=404)
        return found

    def told(self) -> None:
        """Hear that a show has changed: the feeds are looked over soon."""
        self._changed = True
        self._bell.set()

    async def put(self, series: str | None, fields: dict[str, Any]) -> SeriesRow:
        """Make a series (None: with a new name) or change one."""
        if series is None or (series == ALL and ALL not in self._series):
            name, now = series or keys.new_id(), unix_ms(self._clock.wall())
            row = SeriesRow(series=name, created_ms=now, **fields)
        else:
            row = replace(self.row(series), **fields)
        await self._keep(row)
        return row

    async def dress(self, series: str, picture: bytes | None) -> SeriesRow:
        """Give a series a cover made of ``picture``, or with None the drawn one again."""
        name = None
        if picture is not None:
            jpeg = await self._fitted(picture)
            self.row(series)  # it may be gone meanwhile
            name = await anyio.to_thread.run_sync(self._covers.put, series, jpeg)
        row = replace(self.row(series), image=name)
        await self._keep(row)
        await anyio.to_thread.run_sync(self._covers.tidy, row)
        return row

    async def _fitted(self, picture: bytes) -> bytes:
        try:
            self._fitting.acquire_nowait()
        except anyio.WouldBlock:
            raise UsageError(
                "picture_busy", "Another picture is being made a cover. Try again.", status=503
            ) from None
        try:
            return await self._fit(picture)
        finally:
            self._fitting.release()

    def cover(self, series: str) -> Path:
        """Return where a series' cover is; it is drawn with its first feed."""
        return self._covers.shown(self.row(series))

    async def remove(self, series: str, shows: Shows) -> None:
        """Delete a series and its feed; its shows stay."""
        self.row(series)
        for row in shows.all():
            if row.card.series == series:
                await shows.change(row.card.show, {"series": None})
        await self._rows.remove(series)
        del self._series[series]
        await anyio.to_thread.run_sync(self._forget, series)
        self.told()

    def of(self, card: ShowCard) -> list[SeriesRow]:
        """Return the series with a feed that a show belongs to, its own first."""
        names = [card.series, ALL]
        return [self._series[name] for name in names if name is not None and name in self._series]

    def asked(self, card: ShowCard | None) -> episodes.Of:
        """Return author and cover for the files that are made of a show."""
        rows = self.of(card) if card is not None else []
        author = next((row.author for row in rows if row.author), "")
        sent = next(filter(None, map(self._covers.sent, rows)), None)
        return episodes.Of(author, str(sent) if sent else None)

    # ------------------------------------------------------------------------------- feeds on disk

    async def run(self, shows: Shows, wanted: Callable[[str], Any]) -> None:
        """Write feeds whenever something has changed; ask ``wanted`` for missing episodes."""
        while True:
            while self._changed:
                self._changed = False
                try:
                    await self.write_all(shows, wanted)
                except Exception:
                    # A full disk, or a fault of ours: no live show is to end for a feed, and the
                    # next change tries again.
                    log.exception("the podcast feeds were not written")
                # Who is speaking changes cards often: feeds are looked over once a second at most.
                await anyio.sleep(_PAUSE_S)
            self._bell = anyio.Event()
            with anyio.move_on_after(self._rest_s()) as waiting:
                await self._bell.wait()
            self._changed |= waiting.cancelled_caught

    async def write_all(self, shows: Shows, wanted: Callable[[str], Any]) -> None:
        """Bring every feed up to date, and ask for the episodes that are missing or of the past."""
        cards = [row.card for row in shows.all()]
        there = {card.show for card in cards}
        self._known = {show: roles for show, roles in self._known.items() if show in there}
        missing: set[str] = set()
        stale: dict[str, str] = {}
        for row in self.all():
            theirs = [card for card in cards if row in self.of(card)]
            await self._know(theirs)
            lacking, past = await anyio.to_thread.run_sync(self._write_feed, row, theirs)
            missing |= lacking
            stale |= past
        for show in sorted(missing | self._settled(stale)):
            await wanted(show)

    async def finished(self, job: Job, folder: Path) -> None:
        """Put an episode where listeners find it."""
        if job.kind is Kind.EPISODE:
            await anyio.to_thread.run_sync(episodes.place, self._live, job.show, folder)
            self.told()

    async def _know(self, cards: Iterable[ShowCard]) -> None:
        """Learn the roles of those who were heard in shows that are over: they change no more."""
        for card in cards:
            if card.state is State.ENDED and card.show not in self._known:
                self._known[card.show] = await self._roles(card.show)

    def _settled(self, stale: Mapping[str, str]) -> set[str]:
        """Note which episodes are of the past; return those whose shows have come to rest."""
        now = self._clock.now()
        before, self._stale = self._stale, {}
        for show, state in stale.items():
            known = before.get(show)
            self._stale[show] = known if known and known[0] == state else (state, now)
        return {show for show, (_, since) in self._stale.items() if now - since >= SETTLE_S}

    def _rest_s(self) -> float:
        """Return for how long nothing is to be done unless something changes."""
        now = self._clock.now()
        left = (since + SETTLE_S - now for _, since in self._stale.values())
        # What has settled was asked for: its arrival is heard of.
        return min((seconds for seconds in left if seconds > 0), default=math.inf)

    async def _keep(self, row: SeriesRow) -> None:
        await self._rows.put(row)
        self._series[row.series] = row
        self.told()

    def _write_feed(self, row: SeriesRow, cards: list[ShowCard]) -> tuple[set[str], dict[str, str]]:
        """Write a feed if it says something new.

        Returns the shows that lack their episode, and those that have changed since it was made.
        """
        entries, missing, stale = [], set(), {}
        for card in cards:
            roles = self._known.get(card.show, {})
            found = episodes.look(self._live, card, self.asked(card), roles)
            if found.stale is not None:
                stale[card.show] = found.stale
            if card.state is State.ENDED and found.entry.episode is None:
                if card.recorded:
                    missing.add(card.show)
                if not card.recorded or self._long_over(card):
                    continue
            entries.append(found.entry)
        self._covers.draw(row)
        name = "feed.xml" if row.series == ALL else f"series/{row.series}.xml"
        before = read_small(self._live / name) or b""
        text = feed(
            Channel(
                series=row.series,
                title=row.title,
                description=row.description,
                author=row.author,
                language=row.language,
                category=row.category,
                explicit=row.explicit,
                image=self._covers.shown(row).name,
                guid=lasting_guid(before),
            ),
            entries,
            self._public_url,
            self._clock.wall(),
        )
        if _BUILT.sub(b"", before) != _BUILT.sub(b"", text):
            self._write(name, text)
        return missing, stale

    def _long_over(self, card: ShowCard) -> bool:
        return unix_ms(self._clock.wall()) - (card.ended_ms or 0) > _SHOWN_MS

    def _write(self, name: str, body: bytes) -> None:
        path = self._live / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, body)

    def _forget(self, series: str) -> None:
        self._covers.forget(series)
        name = "feed.xml" if series == ALL else f"series/{series}.xml"
        (self._live / name).unlink(missing_ok=True)
