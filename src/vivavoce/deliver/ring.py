"""One ring of ready-made batches for all listeners of a stream; a listener is a cursor on it. Pure.

A batch is a bytes object that is made once and sent as it is to everybody. Batches are counted by
ordinals without gaps, since the numbers of parts may jump where a studio was away.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

# 16 parts are 5.1 s. Who is further behind than this hears the present sooner from the live edge
# than from catching up. In longer batches, three of them.
CAPACITY: Final = 16
_BATCHES: Final = 3

# A listener joins three parts (0.96 s) back: a player starts to sound when it holds about that
# much, and less would leave the first late packet to be heard as a gap.
BURST: Final = 3


class BatchRing:
    """The newest batches of one stream, of ``capacity`` parts together, or a little more."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._bodies: deque[tuple[bytes, int]] = deque()
        self._parts = 0
        self.end = 0
        """Ordinal of the next batch to come: all that ever came."""

    @property
    def oldest(self) -> int:
        """Ordinal of the oldest batch still held; equals ``end`` while the ring is empty."""
        return self.end - len(self._bodies)

    def push(self, body: bytes, parts: int = 1) -> None:
        """Add the newest batch, of so many parts; the oldest fall out when the ring is full."""
        self._bodies.append((body, parts))
        self._parts += parts
        self.end += 1
        limit = max(self._capacity, _BATCHES * parts) if parts > 1 else self._capacity
        while self._parts > limit and len(self._bodies) > 1:
            self._parts -= self._bodies.popleft()[1]

    def get(self, ordinal: int) -> bytes:
        """Return one batch; ``IndexError`` outside ``oldest <= ordinal < end``."""
        if not self.oldest <= ordinal < self.end:
            raise IndexError(ordinal)
        return self._bodies[ordinal - self.end][0]

    def joining(self, burst: int = BURST) -> int:
        """Return the ordinal at which a new listener begins, to have so many parts at once.

        With batches of several parts it has two of them: while it plays one, the next one comes.
        """
        ordinal, parts = self.end, 0
        newest = self._bodies[-1][1] if self._bodies else 1
        wanted = burst if newest == 1 else 2 * newest
        for _, size in reversed(self._bodies):
            if parts >= wanted:
                break
            ordinal, parts = ordinal - 1, parts + size
        return ordinal


@dataclass(slots=True, eq=False)
class Cursor:
    """How far one listener is: two integers, and the shared batch that it is in the middle of.

    A batch once begun is always finished, even after it fell out of the ring: half a fragment
    would spoil the rest of the stream. It is the only thing held for a listener.
    """

    next: int
    """Ordinal of the next batch to begin."""
    offset: int = 0
    """Bytes of ``rest`` that the kernel has taken."""
    rest: bytes | None = None
    behind_since: float | None = None
    """When a batch could not be sent at once and the listener has not caught up since."""

    def lost(self, ring: BatchRing) -> int:
        """Return how many batches fell out of the ring before this listener could begin them."""
        return max(0, ring.oldest - self.next)

    def rejoin(self, ring: BatchRing) -> int:
        """Go on from the newest batch; return how many are skipped."""
        edge = max(self.next, ring.end - 1)
        skipped = edge - self.next
        self.next = edge
        return skipped

    def due(self, ring: BatchRing) -> bytes | memoryview | None:
        """Return what is to be sent now, or None for a listener that is up to date.

        ``IndexError`` if batches are lost: ``rejoin`` first.
        """
        if self.rest is not None:
            return memoryview(self.rest)[self.offset :] if self.offset else self.rest
        if self.next == ring.end:
            self.behind_since = None
            return None
        self.rest = ring.get(self.next)
        self.next += 1
        return self.rest

    def sent(self, size: int, *, now: float) -> bool:
        """Note that the kernel took ``size`` bytes of what was due; return whether it took all."""
        assert self.rest is not None
        self.offset += size
        if self.offset == len(self.rest):
            self.rest, self.offset = None, 0
            return True
        if self.behind_since is None:
            self.behind_since = now
        return False
