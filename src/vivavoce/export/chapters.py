"""Chapters and who spoke when, in playing time of a file that is made. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from vivavoce.errors import UNREADABLE
from vivavoce.export.names import one_line
from vivavoce.record.playing import Playing

# A chapter every ten seconds of a day; beyond it a file is hostile or broken.
_MOST: Final = 10_000
_LONGEST_MS: Final = 100 * 86_400_000


@dataclass(frozen=True, slots=True)
class Chapter:
    """A named place; it lasts to the next one, or to the end."""

    start_ms: int
    title: str


@dataclass(frozen=True, slots=True)
class Span:
    """Somebody speaks."""

    name: str
    start_ms: int
    end_ms: int


def read_chapters(data: bytes | None) -> list[Chapter]:
    """Read JSON chapters 1.2.0; whatever is wrong in them is left out. Playing time."""
    found: dict[int, Chapter] = {}
    for entry in _list(_object(data).get("chapters"))[:_MOST]:
        start, title = entry.get("startTime"), entry.get("title")
        if not isinstance(start, int | float) or not 0 <= start * 1000 < _LONGEST_MS:
            continue
        if isinstance(title, str) and one_line(title):
            at = round(start * 1000)
            found.setdefault(at, Chapter(at, one_line(title)))
    return [found[at] for at in sorted(found)]


def within(chapters: Sequence[Chapter], start_ms: int, length_ms: int) -> list[Chapter]:
    """Return the chapters of a file that begins at ``start_ms`` and lasts ``length_ms``.

    The chapter that goes on there begins with the file.
    """
    before = [c for c in chapters if c.start_ms <= start_ms]
    after = [c for c in chapters if start_ms < c.start_ms < start_ms + length_ms]
    kept = [Chapter(start_ms, before[-1].title), *after] if before else after
    return [Chapter(c.start_ms - start_ms, c.title) for c in kept]


def json_chapters(chapters: Sequence[Chapter]) -> bytes:
    """Return JSON chapters 1.2.0."""
    listed = [{"startTime": c.start_ms / 1000, "title": c.title} for c in chapters]
    return msgspec.json.encode({"version": "1.2.0", "chapters": listed})


@dataclass(frozen=True, slots=True)
class Talk:
    """Who spoke when and where the sound begins; media time."""

    names: tuple[str, ...] = ()
    spans: tuple[tuple[int, int, int], ...] = ()
    """Index into ``names``, from and to."""
    breaks: tuple[tuple[int, int], ...] = ()
    starts_ms: int = 0
    seats: tuple[str, ...] = ()
    """Of each name, its seat."""

    def heard(self) -> list[Span]:
        """Return the spans in playing time."""
        playing = Playing.of(self.breaks)
        heard = []
        for who, begin, end in self.spans:
            if (found := playing.playing_range((begin, end))) is not None:
                heard.append(Span(self.names[who], *found))
        return heard


def read_talk(data: bytes | None) -> Talk:
    """Read ``talk.json``; whatever is wrong in it is left out."""
    top = _object(data)
    names = tuple(one_line(str(s.get("name", ""))) for s in _list(top.get("speakers")))
    seats = tuple(str(s.get("seat", "")) for s in _list(top.get("speakers")))
    spans = [
        (span[0], span[1], span[2])
        for span in _numbers(top.get("spans"), 3)
        if span[0] < len(names) and span[1] < span[2]
    ]
    breaks = [(begin, end) for begin, end in _numbers(top.get("breaks"), 2) if begin < end]
    starts = top.get("starts_ms")
    begun = starts if isinstance(starts, int) and _is_time(starts) else 0
    return Talk(names, tuple(spans), tuple(breaks), begun, seats)


def _object(data: bytes | None) -> dict[str, Any]:
    try:
        top = msgspec.json.decode(data or b"{}")
    except UNREADABLE:
        return {}
    return top if isinstance(top, dict) else {}


def _list(value: object) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _numbers(value: object, length: int) -> Iterable[list[int]]:
    for entry in value if isinstance(value, list) else []:
        if isinstance(entry, list) and len(entry) == length and all(map(_is_time, entry)):
            yield entry


def _is_time(value: object) -> bool:
    return type(value) is int and 0 <= value < _LONGEST_MS
