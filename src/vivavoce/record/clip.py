"""Clips: a stretch of a show that has an address. Which are possible, and their packets. Pure.

Nothing is stored of a clip: ``FROM-TO`` in milliseconds of media time is all there is to know
(docs/adr/0007-stateless-clips.md). Withdrawn ones are listed in ``withdrawn.json``, and of what was
taken down there are none.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from vivavoce.errors import PeerError
from vivavoce.media import Codec, Part
from vivavoce.package import cmaf
from vivavoce.record.playing import Playing, Range
from vivavoce.units import (
    PARTS_PER_SEGMENT,
    SAMPLE_RATE,
    SEGMENT_SAMPLES,
    SegmentNumber,
    segment_of,
)

SHORTEST_MS: Final = 5_000
LONGEST_MS: Final = 180_000

MS: Final = SAMPLE_RATE // 1_000
"""Samples in a millisecond: a whole number, so a clip begins and ends on a sample."""

# Packets before the first one heard, decoded and thrown away. Opus settles within 80 ms (RFC 7845,
# section 4.6); AAC-LC needs the packet before, whose half overlaps (ISO/IEC 14496-3, 4.6.11).
PREROLL: Final[Mapping[Codec, int]] = {Codec.OPUS: 4, Codec.AAC: 2}

_LISTED: Final = re.compile(rb"([0-9]{8})(?:\.t[0-9]+)?\.m4s")
_NAME: Final = re.compile(r"(0|[1-9][0-9]{0,9})-(0|[1-9][0-9]{0,9})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Clip:
    """A range of media time, milliseconds."""

    from_ms: int
    to_ms: int

    @property
    def name(self) -> str:
        """The clip as it stands in addresses."""
        return f"{self.from_ms}-{self.to_ms}"

    def overlaps(self, ranges: Iterable[Range]) -> bool:
        """Return whether any of ``ranges`` has sound in common with it."""
        return any(begin < self.to_ms and self.from_ms < end for begin, end in ranges)


def clip_of(name: str) -> Clip | None:
    """Return the clip called ``name``; None for what is no clip's name (one spelling each)."""
    found = _NAME.fullmatch(name)
    return Clip(int(found[1]), int(found[2])) if found else None


def check(clip: Clip, playing: Playing, end_ms: int) -> None:
    """Raise ``PeerError`` unless the clip can be cut from a show that reaches up to ``end_ms``.

    What counts is how long it plays: a break inside is not heard.
    """
    if clip.to_ms <= clip.from_ms:
        raise PeerError("clip_reversed", "A clip ends after it begins. Turn the two times round.")
    if clip.to_ms > end_ms:
        raise PeerError(
            "clip_beyond_end", "The show does not reach so far, or not yet.", status=404
        )
    length = playing.playing_ms(clip.to_ms) - playing.playing_ms(clip.from_ms)
    if length < SHORTEST_MS:
        raise PeerError("clip_too_short", "A clip is at least 5 seconds long. Choose a longer one.")
    if length > LONGEST_MS:
        raise PeerError("clip_too_long", "A clip is at most 3 minutes long. Choose a shorter one.")


def check_there(clip: Clip, withdrawn: Iterable[Range], taken_down: Iterable[Range]) -> None:
    """Raise ``PeerError`` (410) if the clip was withdrawn, or has sound that was taken down."""
    if (clip.from_ms, clip.to_ms) in set(withdrawn):
        raise PeerError("clip_withdrawn", "The host has withdrawn this clip.", status=410)
    if clip.overlaps(taken_down):
        raise PeerError(
            "clip_taken_down", "The host has removed a part of what this clip had.", status=410
        )


def breaks_of(numbers: Iterable[SegmentNumber]) -> Playing:
    """Return where the playlist with these segments, ascending, leaves media time out."""
    breaks: list[Range] = []
    expected = 0
    for number in numbers:
        if number != expected:
            breaks.append((segment_ms(expected), segment_ms(number)))
        expected = number + 1
    return Playing.of(breaks)


def numbers_in(playlist: bytes) -> list[SegmentNumber]:
    """Return the segments that a media playlist lists, be they replaced or not."""
    return [SegmentNumber(int(number)) for number in _LISTED.findall(playlist)]


def segment_ms(number: int) -> int:
    """Return the media time at which a segment begins."""
    return number * SEGMENT_SAMPLES // MS


def segments_of(clip: Clip, listed: Iterable[SegmentNumber]) -> list[SegmentNumber]:
    """Return the segments that the clip's packets, with those before them, lie in."""
    longest = max(PREROLL[c] * cmaf.PACKET_SAMPLES[c] for c in PREROLL)
    first = max(0, clip.from_ms * MS - longest) // SEGMENT_SAMPLES
    last = (clip.to_ms * MS - 1) // SEGMENT_SAMPLES
    return [number for number in listed if first <= number <= last]


@dataclass(frozen=True, slots=True)
class Sound:
    """Packets, and which of their samples are heard."""

    packets: list[bytes]
    skip: int
    """Samples at the beginning that are decoded and not heard."""
    length: int
    """Samples that are heard; the rest behind them is not."""


def cut(codec: Codec, parts: Iterable[Part], clip: Clip) -> Sound:
    """Return the packets of ``clip`` out of the ``parts`` of its segments, in their order.

    To the sample, and nothing is encoded again. Parts that lack (a break) are gone over.
    """
    size = cmaf.PACKET_SAMPLES[codec]
    begin, end = clip.from_ms * MS, clip.to_ms * MS
    early = begin - PREROLL[codec] * size
    packets: list[bytes] = []
    skip = length = 0
    for part in parts:
        for place, packet in enumerate(cmaf.packets_of(part.body)):
            start = part.time + place * size
            if early < start + size and start < end:
                packets.append(packet)
                skip += min(max(0, begin - start), size)
                length += max(0, min(end, start + size) - max(begin, start))
    return Sound(packets, skip, length)


def whole_parts(codec: Codec, number: SegmentNumber, data: bytes) -> list[Part]:
    """Return the parts of a segment's file that are what its name says."""
    found = [part for part in cmaf.parts_in(codec, data) if segment_of(part.number) == number]
    return found[:PARTS_PER_SEGMENT]
