"""Ranges that a host took down: which parts they touch, and what the files are called then. Pure.

A replaced segment gets a new name, because caches and players keep what they know by the old one
for a year. The name says in which take-down it was made: ``00000012.t1.m4s``.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from vivavoce.media import Codec, Part
from vivavoce.package.cmaf import parts_in
from vivavoce.package.playlist import segment_name
from vivavoce.package.silence import silent_part
from vivavoce.units import (
    PART_SAMPLES,
    SAMPLE_RATE,
    PartNumber,
    SegmentNumber,
    segment_of,
)

TAKEDOWNS: Final = "takedowns.json"
"""Its name in a show's public folder."""

PART_MS: Final = PART_SAMPLES * 1000 // SAMPLE_RATE


class Takedown(msgspec.Struct, frozen=True, kw_only=True):
    """One range, in ms of media time, whole parts; ``at_ms`` is when, in Unix ms."""

    from_ms: int
    to_ms: int
    at_ms: int
    segments: tuple[int, ...]
    """Those of which something was replaced."""


def read_takedowns(data: bytes | None) -> list[Takedown]:
    """Return what ``takedowns.json`` says; nothing if it is not there or damaged."""
    if data is None:
        return []
    try:
        return msgspec.json.decode(data, type=list[Takedown])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return []


def parts_touched(from_ms: int, to_ms: int, end: PartNumber) -> range:
    """Return the parts before ``end`` that have anything of the range in them."""
    return range(max(0, from_ms) // PART_MS, min(-(-max(0, to_ms) // PART_MS), end))


def segments_touched(parts: range, numbers: Iterable[SegmentNumber]) -> list[SegmentNumber]:
    """Return the segments among ``numbers`` that have any of ``parts`` in them."""
    if not parts:
        return []
    low, high = segment_of(PartNumber(parts.start)), segment_of(PartNumber(parts.stop - 1))
    return [number for number in numbers if low <= number <= high]


def replaced_name(segment: SegmentNumber, takedown: int) -> str:
    """Return the file name of a segment that take-down number ``takedown`` (from 1) made."""
    return segment_name(segment).replace(".m4s", f".t{takedown}.m4s")


def names(takedowns: Sequence[Takedown]) -> Mapping[SegmentNumber, str]:
    """Return the file names of the segments that are not called by their number alone."""
    return {
        SegmentNumber(segment): replaced_name(SegmentNumber(segment), place)
        for place, one in enumerate(takedowns, start=1)
        for segment in one.segments
    }


def name_of(segment: SegmentNumber, takedowns: Sequence[Takedown]) -> str:
    """Return the file name of a segment now."""
    return names(takedowns).get(segment) or segment_name(segment)


def silenced(codec: Codec, data: bytes, gone: range) -> bytes:
    """Return a segment with the parts in ``gone`` made silent, and the others as they are."""
    return b"".join(_silenced(codec, part, gone) for part in parts_in(codec, data))


def _silenced(codec: Codec, part: Part, gone: range) -> bytes:
    return silent_part(codec, part.number).body if part.number in gone else part.body


def relisted(playlist: str, renamed: Mapping[str, str]) -> str:
    """Return a media playlist in which files have their new names."""
    lines = (renamed.get(line, line) for line in playlist.split("\n"))
    return "\n".join(lines)


def quietened(peaks: bytes, gone: range) -> bytes:
    """Return a show's peaks (a byte a part) without those of parts in ``gone``."""
    start, stop = min(gone.start, len(peaks)), min(gone.stop, len(peaks))
    return peaks[:start] + bytes(stop - start) + peaks[stop:]
