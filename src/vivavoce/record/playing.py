"""Playing time: what a listener's clock shows and ``?t=`` means. Pure.

Media time runs on while the studio is away; playlists leave long absences out (``Segmenter``), and
players go over them without a pause. Playing time is media time without these *breaks*. All times
are whole milliseconds, ranges are half open; a segment is 1,920 ms, so nothing is rounded.
"""

from collections.abc import Iterable
from typing import Self

import msgspec

Range = tuple[int, int]
"""From and to, in milliseconds; what is at ``to`` is no longer in it."""


class Playing(msgspec.Struct, frozen=True):
    """The map between the two; make it with ``of``."""

    breaks: tuple[Range, ...] = ()
    """In media time: ascending, none empty, none touching another."""

    @classmethod
    def of(cls, breaks: Iterable[Range]) -> Self:
        """Return the map for these breaks, which may be in any order, overlap or be empty."""
        return cls(merged(breaks))

    def playing_ms(self, media_ms: int) -> int:
        """Return the playing time of a moment; for one within a break, where it goes on."""
        gone = 0
        for begin, end in self.breaks:
            if begin >= media_ms:
                break
            gone += min(end, media_ms) - begin
        return media_ms - gone

    def media_ms(self, playing_ms: int) -> int:
        """Return the moment that is heard at a playing time: at a break, the one after it.

        ``playing_ms(media_ms(t)) == t`` for every ``t``; the other way round outside breaks.
        """
        media = playing_ms
        for begin, end in self.breaks:
            if begin > media:
                break
            media += end - begin
        return media

    def playing_range(self, media: Range) -> Range | None:
        """Return where a range of media time is heard; None if all of it lies within a break."""
        begin, end = map(self.playing_ms, media)
        return (begin, end) if begin < end else None

    def media_ranges(self, playing: Range) -> list[Range]:
        """Return the pieces of media time that a range of playing time is made of, in order."""
        begin, end = playing
        if begin >= end:
            return []
        pieces = []
        start, stop = self.media_ms(begin), self.media_ms(end - 1) + 1
        for gone, back in self.breaks:
            if start < gone < stop:
                pieces.append((start, gone))
                start = back
        return [*pieces, (start, stop)]


def clock_text(ms: int) -> str:
    """Return a time as clocks show it: ``12:03``, ``1:02:03``."""
    minutes, seconds = divmod(max(0, ms) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def merged(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """Return the union of ``ranges``: ascending, none empty, none touching another."""
    union: list[Range] = []
    for begin, end in sorted(ranges):
        if begin >= end:
            continue
        if union and begin <= union[-1][1]:
            union[-1] = (union[-1][0], max(union[-1][1], end))
        else:
            union.append((begin, end))
    return tuple(union)
