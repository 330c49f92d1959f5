"""What lies where in a show's public folder, and what a crash may have left there. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from vivavoce.media import Codec, Part
from vivavoce.package import cmaf, playlist
from vivavoce.package.segmenter import Segmenter
from vivavoce.package.silence import silent_part
from vivavoce.units import PARTS_PER_SEGMENT, PartNumber, SegmentNumber, first_part_of, segment_of

CARD: Final = "card.json"
HEAD: Final = "init.mp4"
GONE: Final = "gone.json"
"""All that is left of a deleted show: that it was deleted."""

_SEGMENT: Final = re.compile(r"(\d{8})\.m4s")
_LISTED: Final = re.compile(rb"^(\d{8})\.(?:t\d+\.)?m4s$", re.MULTILINE)


def segment_in(name: str) -> SegmentNumber | None:
    """Return the number of the segment whose file is called ``name``; None if it is none."""
    match = _SEGMENT.fullmatch(name)
    return SegmentNumber(int(match[1])) if match else None


def listed(text: bytes) -> list[SegmentNumber]:
    """Return the segments that a media playlist leads to, under whatever names."""
    return [SegmentNumber(int(number)) for number in _LISTED.findall(text)]


def leading_parts(codec: Codec, segment: SegmentNumber, data: bytes) -> tuple[int, int]:
    """Return how many of the segment's parts, in how many bytes, ``data`` starts with."""
    parts = _leading(codec, segment, data)
    return len(parts), _size(parts)


def salvage(codec: Codec, segment: SegmentNumber, data: bytes) -> list[Part]:
    """Return the segment made of every whole part that is anywhere in ``data``, from its first on.

    Silence stands in for parts before the last one found. Nothing found is an empty list.
    """
    leading = _leading(codec, segment, data)
    if _size(leading) == len(data):
        return leading  # undamaged, as nearly all are
    found: dict[PartNumber, Part] = {}
    at = data.find(b"moof")
    while at >= 0:
        for part in cmaf.parts_in(codec, data[max(0, at - 4) :]):
            if segment_of(part.number) == segment:
                found.setdefault(part.number, part)
        at = data.find(b"moof", at + 1)
    if not found:
        return []
    numbers = map(PartNumber, range(first_part_of(segment), max(found) + 1))
    return [found.get(number) or silent_part(codec, number) for number in numbers]


def _leading(codec: Codec, segment: SegmentNumber, data: bytes) -> list[Part]:
    """Return the segment's parts, in their places, that ``data`` starts with."""
    found: list[Part] = []
    for part in cmaf.parts_in(codec, data):
        expected = first_part_of(segment) + len(found)
        if part.number != expected or len(found) == PARTS_PER_SEGMENT:
            break
        found.append(part)
    return found


def _size(parts: Iterable[Part]) -> int:
    return sum(len(part.body) for part in parts)


def gone_before(found: Iterable[SegmentNumber], live: str) -> Segmenter:
    """Return the timeline before the first segment ``found``, of a show that is not kept.

    ``live`` is its live playlist, which says how many segments there were. Where it says nothing,
    none is taken to have been left out: numbers are too high then, but never run backwards.
    """
    numbers = sorted(found)
    if not numbers:
        return Segmenter()
    count, breaks = int(numbers[0]), 0
    place = playlist.place_of(live)
    if place is not None:
        first, sequence, breaks = place
        count = sequence - sum(number < first for number in numbers)
    count = max(0, min(count, numbers[0]))
    return Segmenter.after(range(numbers[0] - count, numbers[0]), breaks)


def timeline_of(
    found: Iterable[Mapping[SegmentNumber, int]],
    now_part: PartNumber | None,
    timeline: Segmenter | None = None,
) -> Segmenter:
    """Return the timeline of all that any codec has on disk: segment number to count of parts.

    ``timeline`` is what came before. With ``now_part``, it reaches up to there; holes are filled or
    left as breaks by the rules of ``Segmenter``.
    """
    counts: dict[SegmentNumber, int] = {}
    for codec in found:
        for segment, parts in codec.items():
            counts[segment] = max(parts, counts.get(segment, 0))
    timeline = timeline or Segmenter()
    for segment in sorted(counts):
        first = first_part_of(segment)
        for number in range(first, first + counts[segment]):
            timeline.place(PartNumber(number))
    if now_part is not None and now_part > timeline.next:
        for number in timeline.missing_before(now_part):
            timeline.add(number)
    return timeline
