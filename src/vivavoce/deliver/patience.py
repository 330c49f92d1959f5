"""How long a peer may keep us waiting. Pure: a few dictionaries instead of a timer a connection."""

from collections.abc import Iterable
from enum import Enum
from typing import Final, Generic, TypeVar

K = TypeVar("K")


class Wait(Enum):
    """What a connection is waited for, and for how many seconds."""

    # A head is one packet; over the worst mobile link it needs two round trips and a loss.
    HEAD = 5.0
    # Long enough for a player's next playlist (2 s) and segment; short enough that idle
    # connections, which browsers open on suspicion, do not fill the table.
    REQUEST = 15.0
    # A body (the studio port's longest is 64 KiB) at 4 KB/s, which is less than a call takes.
    BODY = 16.0
    # A peer that takes nothing of its answer for so long has stalled.
    TAKING = 20.0

    # Members are what they are; Enum's own hash, that of the name, is taken in Python each time.
    __hash__ = object.__hash__


class Patience(Generic[K]):
    """Who is waited for, since when. Each key waits for at most one thing."""

    def __init__(self) -> None:
        # Within one kind of wait all deadlines are equally far away, so insertion order is the
        # order of deadlines and only the front has to be looked at.
        self._waiting: Final[dict[Wait, dict[K, float]]] = {wait: {} for wait in Wait}
        self._kind: Final[dict[K, Wait]] = {}

    def __len__(self) -> int:
        return len(self._kind)

    def waiting(self, key: K) -> Wait | None:
        """Return what ``key`` is waited for."""
        return self._kind.get(key)

    def begin(self, key: K, wait: Wait, *, now: float) -> None:
        """Wait for ``key`` from now on; what it was waited for before is over."""
        before = self._kind.get(key)
        if before is not None:
            del self._waiting[before][key]
        self._kind[key] = wait
        self._waiting[wait][key] = now

    def end(self, key: K) -> None:
        """Wait for ``key`` no longer; fine if it was not waited for."""
        wait = self._kind.pop(key, None)
        if wait is not None:
            del self._waiting[wait][key]

    def longest(self, waits: Iterable[Wait]) -> K | None:
        """Return who is waited for longest, of the first of ``waits`` that anybody keeps."""
        for wait in waits:
            if self._waiting[wait]:
                return next(iter(self._waiting[wait]))
        return None

    def expired(self, *, now: float) -> list[tuple[K, Wait]]:
        """Return, and forget, all who kept us waiting for too long."""
        late: list[tuple[K, Wait]] = []
        for wait, waiting in self._waiting.items():
            while waiting:
                key, since = next(iter(waiting.items()))
                if now - since < wait.value:
                    break
                late.append((key, wait))
                self.end(key)
        return late
