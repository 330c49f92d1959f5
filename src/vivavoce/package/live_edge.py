"""The low-latency end of a live playlist: parts as they come, before their segment is whole.

What is on disk (``Programme``) says which segments there are and how they are counted; from its
last segment on, parts in memory go on, as long as none is missing. Where one is, the list waits for
the disk, which fills or leaves out by its own rules: an address never has two contents.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final, NamedTuple

from vivavoce.media import Codec, Part
from vivavoce.package import playlist
from vivavoce.package.delta import SKIP_UNTIL_S, VERSION
from vivavoce.package.ring import PartRing
from vivavoce.units import (
    PART_SAMPLES,
    PARTS_PER_SEGMENT,
    SAMPLE_RATE,
    PartNumber,
    SegmentNumber,
    first_part_of,
)

PART_S: Final = PART_SAMPLES / SAMPLE_RATE

# Four parts instead of the three that RFC 8216bis 4.4.3.8 asks for: a part that comes late by less
# than its own length, which happens over mobile links, is not heard then.
_HOLD_BACK_S: Final = 4 * PART_S

# EXT-X-PART is for the last three target durations (6.2.2): three of our segments.
_WITH_PARTS: Final = 3

# Parts are to be had for three target durations after they have left the list (6.2.2).
_CAPACITY: Final = (playlist.WINDOW + 4) * PARTS_PER_SEGMENT

# How far ahead a reader may ask: "three divided by the part target" parts (6.2.5.2).
ADVANCE_LIMIT: Final = int(3 / PART_S)
SEGMENTS_AHEAD: Final = 2


class Position(NamedTuple):
    """A part by the media sequence number of its segment and its place in it."""

    sequence: int
    part: int

    @property
    def ordinal(self) -> int:
        """Its place in the whole show, breaks left out."""
        return self.sequence * PARTS_PER_SEGMENT + self.part


@dataclass(frozen=True, slots=True)
class Listed:
    """A whole segment in the list; ``breaks`` are those before it, its own included."""

    number: SegmentNumber
    sequence: int
    breaks: int = 0
    after_break: bool = False


def part_name(number: int) -> str:
    """Return the address of part ``number``: its segment's, with its place before the ending."""
    segment, place = divmod(number, PARTS_PER_SEGMENT)
    return f"{segment:08d}.{place}.m4s"


class LiveEdge:
    """One codec of one live show; fed with every part, and with the disk's list when it waits."""

    def __init__(self, codec: Codec) -> None:
        self.codec: Final = codec
        self.version = 0
        """Grows whenever there is something new to list."""
        self._ring = PartRing(_CAPACITY)
        self._listed: deque[Listed] = deque(maxlen=playlist.WINDOW)
        self._open = 0  # parts of the next segment, from its first on

    @property
    def position(self) -> Position | None:
        """The newest part that is listed; None while nothing is."""
        if not self._listed:
            return None
        last = self._listed[-1].sequence
        if self._open:
            return Position(last + 1, self._open - 1)
        return Position(last, PARTS_PER_SEGMENT - 1)

    @property
    def waits(self) -> bool:
        """Whether the disk's list must be read: nothing is known yet, or a part was missed."""
        newest = self._ring.newest
        return not self._listed or (newest is not None and newest > self._next - 1)

    @property
    def hint(self) -> PartNumber | None:
        """The part that is expected next; None while the list waits for the disk."""
        return None if self.waits else self._next

    @property
    def _next(self) -> PartNumber:
        last = self._listed[-1].number if self._listed else SegmentNumber(-1)
        return PartNumber(first_part_of(SegmentNumber(last + 1)) + self._open)

    def push(self, part: Part) -> None:
        """Take the newest part."""
        hint = self.hint
        if self._ring.push(part):
            self._advance()
            self.version += hint != self.hint  # a hint is taken back where a part was missed

    def anchor(self, found: Sequence[Listed]) -> None:
        """Take what the disk lists; what is listed here already stays as it is."""
        last = self._listed[-1] if self._listed else None
        new = [listed for listed in found if last is None or listed.number > last.number]
        if not new:
            return
        # Whoever reads has our count, and it may not run backwards (6.2.2).
        ahead = max(0, last.sequence + 1 - new[0].sequence) if last else 0
        for listed in new:
            counted = Listed(
                listed.number, listed.sequence + ahead, listed.breaks, listed.after_break
            )
            self._listed.append(counted)
        self._open = 0
        self.version += 1
        self._advance()

    def part(self, number: int) -> bytes | None:
        """Return a part that is in memory."""
        part = self._ring.get(number)
        return part.body if part is not None else None

    def segment(self, number: SegmentNumber) -> bytes | None:
        """Return a listed segment whose parts are all in memory."""
        return self.whole(number) if self.lists(number) else None

    def asked(self, sequence: int, part: int | None) -> Position:
        """Return what ``_HLS_msn`` and ``_HLS_part`` ask for (6.2.5.2): the last part of it."""
        if part is None:
            return Position(sequence, PARTS_PER_SEGMENT - 1)
        return Position(sequence, part) if part < PARTS_PER_SEGMENT else Position(sequence + 1, 0)

    def too_far(self, wanted: Position, sequence: int) -> bool:
        """Whether a reader asks for what it cannot know to come (6.2.5.2)."""
        position = self.position
        if position is None:
            return True
        if sequence > self._listed[-1].sequence + SEGMENTS_AHEAD:
            return True
        whole = wanted.part == PARTS_PER_SEGMENT - 1
        return not whole and wanted.ordinal - position.ordinal > ADVANCE_LIMIT

    def render(self, epoch: datetime, others: Sequence["LiveEdge"]) -> str:
        """Return the playlist; ``ValueError`` while nothing is listed."""
        if not self._listed:
            raise ValueError("nothing is listed yet")
        first = self._listed[0]
        lines = playlist.header(first.sequence, first.breaks - first.after_break, VERSION)
        lines += [
            f"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK={_HOLD_BACK_S:.2f},"
            f"CAN-SKIP-UNTIL={SKIP_UNTIL_S:.1f}",
            f"#EXT-X-PART-INF:PART-TARGET={PART_S:.2f}",
            *playlist.FIXED,
        ]
        plain = len(self._listed) - _WITH_PARTS
        for index, listed in enumerate(self._listed):
            lines += playlist.before(
                listed.number, epoch, after_break=listed.after_break, dated=index == 0
            )
            if index >= plain and self._bodies(listed.number):
                lines += _parts(first_part_of(listed.number), PARTS_PER_SEGMENT)
            lines += playlist.segment(listed.number)
        lines += _parts(PartNumber(self._next - self._open), self._open)
        if self.hint is not None:
            lines.append(f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{part_name(self.hint)}"')
        lines += _reports(others)
        return "\n".join(lines) + "\n"

    def render_plain(self, epoch: datetime) -> str:
        """Return the playlist of whole segments alone, to the byte as the disk's own.

        ``ValueError`` while nothing is listed.
        """
        if not self._listed:
            raise ValueError("nothing is listed yet")
        first = self._listed[0]
        lines = playlist.header(first.sequence, first.breaks - first.after_break)
        lines += playlist.FIXED
        for index, listed in enumerate(self._listed):
            lines += _whole(listed, epoch, dated=index == 0)
        return "\n".join(lines) + "\n"

    def more(self, last: SegmentNumber, epoch: datetime) -> str | None:
        """Return the lines that go on a list of the whole show which ends with ``last``.

        None if that one is listed here no more, and so some may be missing.
        """
        if not self._listed or last < self._listed[0].number:
            return None
        new = [listed for listed in self._listed if listed.number > last]
        lines = (line for listed in new for line in _whole(listed, epoch, dated=False))
        return "".join(f"{line}\n" for line in lines)

    def lists(self, number: SegmentNumber) -> bool:
        """Whether segment ``number`` is whole, as far as is known here."""
        return bool(self._listed) and number <= self._listed[-1].number

    def whole(self, number: SegmentNumber) -> bytes | None:
        """Return a segment all of whose parts are in memory, listed or not."""
        bodies = self._bodies(number)
        return b"".join(bodies) if bodies else None

    @property
    def last(self) -> SegmentNumber | None:
        """The newest listed segment."""
        return self._listed[-1].number if self._listed else None

    def _bodies(self, number: SegmentNumber) -> list[bytes] | None:
        first = first_part_of(number)
        bodies = [self.part(first + place) for place in range(PARTS_PER_SEGMENT)]
        return [body for body in bodies if body is not None] if None not in bodies else None

    def _advance(self) -> None:
        while self._listed and self._ring.get(self._next) is not None:
            self._open += 1
            self.version += 1
            if self._open == PARTS_PER_SEGMENT:
                last = self._listed[-1]
                number = SegmentNumber(last.number + 1)
                self._listed.append(Listed(number, last.sequence + 1, last.breaks))
                self._open = 0


def _whole(listed: Listed, epoch: datetime, *, dated: bool) -> Iterator[str]:
    yield from playlist.before(listed.number, epoch, after_break=listed.after_break, dated=dated)
    yield from playlist.segment(listed.number)


def _parts(first: int, count: int) -> Iterator[str]:
    for number in range(first, first + count):
        yield f'#EXT-X-PART:DURATION={PART_S:.2f},INDEPENDENT=YES,URI="{part_name(number)}"'


def _reports(others: Sequence[LiveEdge]) -> Iterator[str]:
    for other in others:
        if (at := other.position) is not None:
            uri = f"../{other.codec}/{playlist.LIVE}"
            said = f'URI="{uri}",LAST-MSN={at.sequence},LAST-PART={at.part}'
            yield f"#EXT-X-RENDITION-REPORT:{said}"


def read_listed(text: str) -> list[Listed]:
    """Return the segments of a live playlist made by ``package.playlist``."""
    found: list[Listed] = []
    sequence = breaks = 0
    after_break = False
    for line in islice(text.splitlines(), 1, None):
        name, _, value = line.partition(":")
        if name == "#EXT-X-MEDIA-SEQUENCE":
            sequence = int(value)
        elif name == "#EXT-X-DISCONTINUITY-SEQUENCE":
            breaks = int(value)
        elif name == "#EXT-X-DISCONTINUITY":
            after_break, breaks = True, breaks + 1
        elif not line.startswith("#"):
            number = SegmentNumber(int(line.partition(".")[0]))
            found.append(Listed(number, sequence + len(found), breaks, after_break))
            after_break = False
    return found
