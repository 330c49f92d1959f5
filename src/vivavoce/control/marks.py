"""Chapters and withdrawn clips: small files in the public folder of a show, written here alone."""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import anyio
from anyio import to_thread

from vivavoce.card import ShowCard, State
from vivavoce.clock import Clock, unix_ms
from vivavoce.errors import UsageError
from vivavoce.record import marks
from vivavoce.record.clip import Clip, breaks_of, check, numbers_in, segment_ms
from vivavoce.record.files import read_small, write_atomic
from vivavoce.record.marks import Chapter
from vivavoce.record.playing import Playing, Range


class Marks:
    """What hosts mark in their shows; changes of one show come one after the other.

    ``heard`` is called after each.
    """

    def __init__(self, live: Path, clock: Clock, heard: Callable[[], None] = lambda: None) -> None:
        self._live = live
        self._clock = clock
        self._heard = heard
        self._locks: defaultdict[str, anyio.Lock] = defaultdict(anyio.Lock)

    async def chapters(self, show: str) -> list[Chapter]:
        """Return a show's chapters."""
        return marks.read_chapters(await self._read(show, marks.CHAPTERS))

    async def set_chapters(self, card: ShowCard, wanted: list[Chapter]) -> list[Chapter]:
        """Replace all chapters of a show that is live or has ended."""
        _, length = await self._extent(card)
        return await self._chapters(card.show, lambda _: marks.checked(wanted, length))

    async def mark(self, card: ShowCard, title: str) -> Chapter:
        """Begin a chapter now, in a live show."""
        if card.state is not State.LIVE:
            raise UsageError("not_live", "Only a live show has a now to mark.", status=409)
        _, now = await self._extent(card)
        chapter = Chapter(now, title)
        # The same moment twice: the later word counts.
        await self._chapters(
            card.show,
            lambda old: marks.checked([c for c in old if c.start_ms != now] + [chapter], now),
        )
        return chapter

    async def withdrawn(self, show: str) -> list[Range]:
        """Return the clips of a show that were withdrawn."""
        return marks.read_withdrawn(await self._read(show, marks.WITHDRAWN))

    async def withdraw(self, card: ShowCard, clip: Clip) -> None:
        """Withdraw a clip; ``PeerError`` for a range that is none."""
        playing, length = await self._extent(card)
        check(clip, playing, playing.media_ms(max(0, length - 1)) + 1)
        wanted = (clip.from_ms, clip.to_ms)

        def add(old: list[Range]) -> list[Range]:
            if len(old) >= marks.WITHDRAWN_LIMIT and wanted not in old:
                raise UsageError(
                    "too_many_withdrawn",
                    f"At most {marks.WITHDRAWN_LIMIT} clips can be withdrawn. Take the sound down.",
                    status=409,
                )
            return old if wanted in old else [*old, wanted]

        await self._withdrawn(card.show, add)

    async def allow(self, show: str, clip: Clip) -> None:
        """Take a withdrawal back; fine if there was none."""
        wanted = (clip.from_ms, clip.to_ms)
        await self._withdrawn(show, lambda old: [one for one in old if one != wanted])

    async def _chapters(
        self, show: str, change: Callable[[list[Chapter]], list[Chapter]]
    ) -> list[Chapter]:
        async with self._locks[show]:
            chapters = change(await self.chapters(show))
            await self._write(show, marks.CHAPTERS, marks.chapters_file(chapters))
        return chapters

    async def _withdrawn(self, show: str, change: Callable[[list[Range]], list[Range]]) -> None:
        async with self._locks[show]:
            ranges = change(await self.withdrawn(show))
            await self._write(show, marks.WITHDRAWN, marks.withdrawn_file(ranges))

    async def _extent(self, card: ShowCard) -> tuple[Playing, int]:
        """Return the breaks of a show, and how long it is by now, playing time."""
        if card.state is State.PLANNED or card.epoch_ms is None:
            raise UsageError("not_live", "The show has not begun.", status=409)
        listed = numbers_in(await self._read(card.show, "opus/show.m3u8") or b"")
        playing = breaks_of(listed)
        if card.state is State.LIVE:
            now = unix_ms(self._clock.wall()) - card.epoch_ms
            return playing, playing.playing_ms(max(0, now))
        if card.duration_s is not None:
            return playing, round(card.duration_s * 1000)
        return playing, playing.playing_ms(segment_ms(listed[-1] + 1)) if listed else 0

    async def _read(self, show: str, name: str) -> bytes | None:
        try:
            return await to_thread.run_sync(read_small, self._live / show / name)
        except OSError:
            return None

    async def _write(self, show: str, name: str, data: bytes) -> None:
        path = self._live / show / name
        try:
            await to_thread.run_sync(lambda: write_atomic(path, data, durable=True))
        except OSError:
            raise UsageError(
                "not_kept", "The disk refused to keep that. Make room on it.", status=503
            ) from None
        self._heard()
