"""One stream of one show and those who listen to it. Pure: who sends is in ``fanout.py``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from vivavoce.deliver.ring import BatchRing, Cursor
from vivavoce.deliver.rows import Row, Rows

# Too long behind: three times the ring. A player's own buffer has long run dry by then, and what
# it needs is a new connection.
PATIENCE_S: Final = 15.0


class Taker(Protocol):
    """A listener's connection, as the fan-out sees it."""

    def unsent(self) -> int:
        """Return the bytes of the answer's head and opening that the kernel has not taken yet."""

    def write(self, data: bytes) -> int:
        """Hand over more of the answer, all of it, where it goes through TLS."""

    def finish(self) -> None:
        """End the answer in good order."""

    def abort(self) -> None:
        """Let go of the peer at once."""


@dataclass(slots=True, eq=False)
class Listener(Cursor):
    """A cursor with a socket. ``fd`` is -1 once the peer has left and its number may be reused."""

    fd: int = -1
    ready: bool = False
    """Whether its opening is out, so that batches may follow on the socket itself."""
    taker: Taker | None = None
    sealed: bool = False
    """Whether what is sent has to go through TLS first, and so through the connection."""
    row: "Row[Listener] | None" = None
    """Where it stands while it is up to date; the row's place in the ring counts then, not its."""


class Channel:
    """A stream: what everybody gets first, the ring of batches, and the listeners."""

    def __init__(self, head: bytes | None, *, skips: bool = True) -> None:
        self.head = head
        """Bytes before the first batch; None while they are not known: listeners wait for them."""
        self.skips = skips
        """Whether who falls behind is moved to the live edge; otherwise it is let go."""
        self.ring = BatchRing()
        self.ended = False
        self.rows: Rows[Listener] = Rows()
        """Those who are up to date."""
        self.apart: dict[Listener, None] = {}
        """All others: behind, behind TLS, or waiting for the head."""
        self._opening: tuple[int, bytes] = (-1, b"")

    @property
    def listeners(self) -> int:
        """How many listen."""
        return len(self.rows) + len(self.apart)

    def in_step(self, listener: Listener) -> None:
        """Put a listener who has everything in a row, where it can stand in one."""
        self.apart.pop(listener, None)
        listener.row = self.rows.add(listener.fd, listener, self.ring.end)

    def out_of_step(self, listener: Listener) -> None:
        """Give a listener back a cursor of its own, at the batch that its row waits for."""
        if listener.row is not None:
            listener.next = listener.row.next
            self.rows.remove(listener.row, listener.fd)
            listener.row = None
            self.apart[listener] = None

    def forget(self, listener: Listener) -> None:
        """Take a listener out, wherever it is; fine if it is not there."""
        self.out_of_step(listener)
        self.apart.pop(listener, None)

    def push(self, batch: bytes, parts: int = 1) -> None:
        """Add the newest batch; nothing is added to a stream that has ended."""
        if not self.ended:
            self.ring.push(batch, parts)

    def begin(self, head: bytes) -> None:
        """Set the head. A changed one (a studio came back with other settings) also goes to all.

        A fragmented MP4 may hold a new ``moov`` between fragments: players take it as a change of
        the initialisation segment.
        """
        if self.head is not None and self.head != head:
            self.push(head)
        if self.head != head:
            self.head, self._opening = head, (-1, b"")

    def opening(self) -> bytes:
        """Return the head and the newest batches; the same object for all who join meanwhile."""
        if self.head is None:
            raise ValueError("the head of this stream is not known yet")
        if self._opening[0] != self.ring.end:
            newest = range(self.ring.joining(), self.ring.end)
            batches: Sequence[bytes] = [self.ring.get(ordinal) for ordinal in newest]
            self._opening = (self.ring.end, b"".join((self.head, *batches)))
        return self._opening[1]
