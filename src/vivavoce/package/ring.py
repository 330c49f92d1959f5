"""The parts of the last seconds, by number. One ring serves every listener: each is a cursor."""

from typing import Final

from vivavoce.media import Part
from vivavoce.units import PartNumber


class PartRing:
    """The newest ``capacity`` part numbers of one codec of one show.

    When full, the oldest part is let go. A part that does not continue upwards is refused and
    counted: a number is never given to two different parts.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError("a ring holds at least one part")
        self.capacity: Final = capacity
        self.refused = 0
        self._slots: list[Part | None] = [None] * capacity
        self._newest = PartNumber(-1)
        self._first = PartNumber(0)

    @property
    def newest(self) -> PartNumber | None:
        """The number of the newest part, or None while the ring is empty."""
        return self._newest if self._newest >= 0 else None

    @property
    def oldest(self) -> PartNumber | None:
        """The lowest number that may still be held, or None while the ring is empty."""
        if self._newest < 0:
            return None
        return PartNumber(max(self._first, self._newest - self.capacity + 1))

    def push(self, part: Part) -> bool:
        """Hold ``part``; return False (and count) if its number is not above the newest."""
        if part.number <= self._newest:
            self.refused += 1
            return False
        if self._newest < 0:
            self._first = part.number
        self._slots[part.number % self.capacity] = part
        self._newest = part.number
        return True

    def get(self, number: int) -> Part | None:
        """Return part ``number``; None if it is gone, not there yet, or was never made."""
        part = self._slots[number % self.capacity]
        return part if part is not None and part.number == number and self._held(number) else None

    def _held(self, number: int) -> bool:
        return number > self._newest - self.capacity
