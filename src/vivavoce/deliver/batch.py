"""Gathering parts until there are enough of them to be sent at once. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Join = Callable[[Sequence[bytes]], bytes]
"""Makes one body of those of consecutive parts."""


@dataclass(slots=True)
class Gathering:
    """The parts of a stream that wait for their batch.

    Batches end where the grid of parts says, so that all edges of a show send the same ones, and a
    stream that is joined anywhere is cut alike.
    """

    join: Join = b"".join
    _first: int = 0
    _bodies: list[bytes] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._bodies)

    def add(self, number: int, body: bytes, size: int) -> list[tuple[bytes, int]]:
        """Take part ``number``; return the batches of ``size`` parts now due, with their parts."""
        due = []
        if self._bodies and number // size != self._first // size:
            due += self.flush()  # numbers have jumped, or the size has changed
        if not self._bodies:
            self._first = number
        self._bodies.append(body)
        if number % size == size - 1:
            due += self.flush()
        return due

    def flush(self) -> list[tuple[bytes, int]]:
        """Return what has been gathered, as one batch, or nothing."""
        bodies, self._bodies = self._bodies, []
        if not bodies:
            return []
        return [(bodies[0] if len(bodies) == 1 else self.join(bodies), len(bodies))]
