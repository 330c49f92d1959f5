"""Requests that wait for a part that is being made: who waits for what, and since when. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from vivavoce.media import Codec
from vivavoce.package.live_edge import Position
from vivavoce.package.playlist import TARGET_S

K = TypeVar("K")

HELD_S: Final = 3.0 * TARGET_S
"""Who has waited so long is told so (503); RFC 8216bis, 6.2.5.2."""

# A waiter is a connection with a few hundred bytes here; far above what one process has of them.
HELD_LIMIT: Final = 100_000

Place = tuple[str, Codec]
"""A codec of a show."""


@dataclass(frozen=True, slots=True)
class Hold:
    """An answer that is given once ``until`` is listed at ``place``."""

    place: Place
    until: Position
    form: str
    """Which answer: equal ones are made once."""
    part: int | None = None
    """The part's number, where a part is asked for and not a list."""


class Line(Generic[K]):
    """Those who wait. Each waits for at most one thing."""

    def __init__(self, limit: int = HELD_LIMIT) -> None:
        self._limit = limit
        # Equal waits have equal patience: insertion order is the order of deadlines.
        self._waiting: dict[K, tuple[Hold, float]] = {}
        self._by_place: dict[Place, dict[Position, dict[K, None]]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def places(self) -> list[Place]:
        """Where anybody waits."""
        return list(self._by_place)

    def join(self, key: K, hold: Hold, *, now: float) -> bool:
        """Let ``key`` wait; False if too many do already."""
        self.leave(key)
        if len(self._waiting) >= self._limit:
            return False
        self._waiting[key] = (hold, now)
        self._by_place.setdefault(hold.place, {}).setdefault(hold.until, {})[key] = None
        return True

    def leave(self, key: K) -> None:
        """Forget ``key``; fine if it does not wait."""
        found = self._waiting.pop(key, None)
        if found is None:
            return
        hold = found[0]
        at_place = self._by_place[hold.place]
        del at_place[hold.until][key]
        if not at_place[hold.until]:
            del at_place[hold.until]
            if not at_place:
                del self._by_place[hold.place]

    def due(self, place: Place, position: Position | None) -> list[tuple[K, Hold]]:
        """Return, and forget, all who waited at ``place`` for ``position`` or less; None: all."""
        at_place = self._by_place.get(place, {})
        due = [until for until in at_place if position is None or until <= position]
        found = [(key, self._waiting.pop(key)[0]) for until in due for key in at_place.pop(until)]
        if due and not at_place:
            del self._by_place[place]
        return found

    def one(self, place: Place) -> tuple[K, Hold] | None:
        """Return, and forget, the one at ``place`` who may look for all."""
        for keys in self._by_place.get(place, {}).values():
            key = next(iter(keys))
            hold = self._waiting[key][0]
            self.leave(key)
            return key, hold
        return None

    def expired(self, *, now: float) -> Iterator[K]:
        """Yield, and forget, all who have waited for too long."""
        while self._waiting:
            key, (_, since) = next(iter(self._waiting.items()))
            if now - since < HELD_S:
                return
            self.leave(key)
            yield key
