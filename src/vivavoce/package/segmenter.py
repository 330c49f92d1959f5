"""Which parts make which segments, and what is done about parts that are missing.

Pure numbers, the same for every codec. Media time is the show's clock, so parts that were never
made (a studio that was down, a full disk) leave a hole in it:

    hole             what becomes of it
    about a minute   silence: one timeline, no player notices more than dead air
    longer           a break: whole segments are left out, players are told by a discontinuity

Around a break both segments are filled up with silence. So every segment but a show's last has all
its parts, and where a break was can be read off the segments' numbers alone, after any crash.
"""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import chain
from typing import Final, Self

from vivavoce.units import (
    PART_SAMPLES,
    PARTS_PER_SEGMENT,
    SAMPLE_RATE,
    SEGMENT_SAMPLES,
    PartNumber,
    Samples,
    SegmentNumber,
    first_part_of,
    segment_of,
)

LONGEST_FILL: Final = 60 * SAMPLE_RATE // SEGMENT_SAMPLES
"""Whole segments of silence that a hole may need: 31, so any hole of up to a minute is filled.

Counted in whole segments because those are what a break leaves out: the same hole, seen again on
disk after a crash, is judged the same.
"""


class Segmenter:
    """A show's timeline: segments in order, each with its number; all are whole but the last."""

    def __init__(self) -> None:
        self.numbers: list[SegmentNumber] = []
        """The segments so far, ascending; the last one may still be growing."""
        self.breaks: list[int] = []
        """Indexes into ``numbers`` of the segments that follow a break, ascending."""
        self._next = PartNumber(0)

    @classmethod
    def after(cls, gone: range, breaks: int) -> Self:
        """Return a timeline whose segments so far, ``gone``, nobody has any more.

        They count, with so many breaks among them, so that numbers never run backwards.
        """
        timeline = cls()
        timeline.numbers = [SegmentNumber(number) for number in gone]
        timeline.breaks = list(range(1, min(breaks + 1, len(gone))))
        timeline._next = first_part_of(SegmentNumber(gone.stop))
        return timeline

    @property
    def next(self) -> PartNumber:
        """The part after the last one on the timeline."""
        return self._next

    @property
    def length(self) -> Samples:
        """How long it plays: everything but the breaks."""
        missing = -self._next % PARTS_PER_SEGMENT
        return Samples((len(self.numbers) * PARTS_PER_SEGMENT - missing) * PART_SAMPLES)

    def missing_before(self, number: PartNumber) -> list[PartNumber]:
        """Return the parts that must be silence so that ``number`` can be added; maybe none."""
        rest = range(self._next, self._next + -self._next % PARTS_PER_SEGMENT)
        if segment_of(number) - rest.stop // PARTS_PER_SEGMENT <= LONGEST_FILL:
            return [PartNumber(n) for n in range(self._next, number)]
        lead = range(first_part_of(segment_of(number)), number)
        return [PartNumber(n) for n in chain(rest, lead)]

    def add(self, number: PartNumber) -> None:
        """Put part ``number`` on the timeline; ``ValueError`` if others must come first."""
        segment = segment_of(number)
        if number != self._next:
            if self._next % PARTS_PER_SEGMENT or number % PARTS_PER_SEGMENT or number < self._next:
                raise ValueError(f"part {number} cannot follow part {self._next - 1}")
            if self.numbers:
                self.breaks.append(len(self.numbers))
        if not self.numbers or self.numbers[-1] != segment:
            self.numbers.append(segment)
        self._next = PartNumber(number + 1)

    def place(self, number: PartNumber) -> None:
        """Add part ``number`` and, before it, the silence that it needs."""
        for missing in self.missing_before(number):
            self.add(missing)
        self.add(number)

    def whole_before(self, part: PartNumber) -> int:
        """Return how many segments end at or before ``part``: all that a codec has up to there."""
        return bisect_left(self.numbers, segment_of(part))

    def parts_of(self, index: int) -> int:
        """Return how many parts the segment at ``index`` of ``numbers`` has."""
        return min(PARTS_PER_SEGMENT, self._next - first_part_of(self.numbers[index]))

    def between(self, start: PartNumber, end: PartNumber) -> Iterator[PartNumber]:
        """Yield the timeline's parts from ``start`` to before ``end``."""
        index = len(self.numbers)
        while index and self.numbers[index - 1] >= segment_of(start):
            index -= 1
        for segment in self.numbers[index:]:
            first = first_part_of(segment)
            for number in range(first, min(first + PARTS_PER_SEGMENT, self._next, end)):
                if number >= start:
                    yield PartNumber(number)

    def cut(self, end: PartNumber) -> list[SegmentNumber]:
        """Forget everything from part ``end`` on; return the segments of which nothing is left."""
        if end >= self._next:
            return []
        kept = [number for number in self.numbers if first_part_of(number) < end]
        gone = self.numbers[len(kept) :]
        self.numbers = kept
        self.breaks = [index for index in self.breaks if index < len(kept)]
        last = first_part_of(kept[-1]) + PARTS_PER_SEGMENT if kept else 0
        self._next = PartNumber(min(end, last))
        return gone
