"""What hosts mark in a show: chapters, and clips that they have withdrawn. The two files. Pure.

``chapters.json`` is what podcast apps read (Podcasting 2.0, JSON chapters 1.2.0), so its times are
playing time in seconds; ``withdrawn.json`` lists ranges as addresses of clips have them.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, Final

import msgspec

from vivavoce.errors import UNREADABLE, UsageError
from vivavoce.record.playing import Range, clock_text

CHAPTERS: Final = "chapters.json"
WITHDRAWN: Final = "withdrawn.json"

CHAPTERS_LIMIT: Final = 200
WITHDRAWN_LIMIT: Final = 1_000


class Chapter(msgspec.Struct, frozen=True):
    """A named moment."""

    start_ms: int
    """Playing time."""
    title: str


def read_chapters(data: bytes | None) -> list[Chapter]:
    """Return the chapters of a file; what is none is passed over."""
    found = _decoded(data)
    listed = found.get("chapters") if isinstance(found, dict) else None
    chapters = []
    for one in listed if isinstance(listed, list) else []:
        match one:
            case {"startTime": int(start) | float(start), "title": str(title)} if start >= 0:
                chapters.append(Chapter(round(start * 1000), title))
            case _:
                pass
    return sorted(chapters, key=lambda chapter: chapter.start_ms)


def chapters_file(chapters: Iterable[Chapter]) -> bytes:
    """Return the file."""
    listed = [{"startTime": one.start_ms / 1000, "title": one.title} for one in chapters]
    return msgspec.json.encode({"version": "1.2.0", "chapters": listed})


def checked(chapters: Iterable[Chapter], length_ms: int) -> list[Chapter]:
    """Return chapters in order; ``UsageError`` if a show of ``length_ms`` cannot have them."""
    listed = sorted(chapters, key=lambda chapter: chapter.start_ms)
    if len(listed) > CHAPTERS_LIMIT:
        raise UsageError(
            "too_many_chapters", f"A show has at most {CHAPTERS_LIMIT} chapters.", status=409
        )
    if listed and listed[-1].start_ms > length_ms:
        raise UsageError(
            "chapter_beyond_end",
            f"A chapter begins at {clock_text(listed[-1].start_ms)}, but the show is"
            f" {clock_text(length_ms)} long.",
        )
    for before, after in pairwise(listed):
        if before.start_ms == after.start_ms:
            raise UsageError(
                "chapter_twice",
                f"Two chapters begin at {clock_text(after.start_ms)}. Move one of them.",
            )
    return listed


def read_withdrawn(data: bytes | None) -> list[Range]:
    """Return the ranges of a file; what is none is passed over."""
    found = _decoded(data)
    ranges: list[Range] = []
    for one in found if isinstance(found, list) else []:
        match one:
            case [int(begin), int(end)]:
                ranges.append((begin, end))
            case _:
                pass
    return ranges


def withdrawn_file(ranges: Sequence[Range]) -> bytes:
    """Return the file."""
    return msgspec.json.encode(ranges)


def _decoded(data: bytes | None) -> Any:
    try:
        return msgspec.json.decode(data) if data is not None else None
    except UNREADABLE:
        return None
