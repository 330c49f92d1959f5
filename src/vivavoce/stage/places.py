"""Who is connected to which seat: the one who is heard, and the one who is on the way. Pure.

Make before break: a new connection takes a seat over once it is connected. Until then whoever is
heard stays heard, so that an attempt that leads nowhere costs nothing, not even a word.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from vivavoce.stage.checkup import Checkup
from vivavoce.stage.seats import Seat
from vivavoce.stage.telling import Window
from vivavoce.webrtc.endpoint import Peer, PeerState


@dataclass(slots=True, eq=False)
class Place:
    """One connection to a seat."""

    seat: Seat
    window: Window
    attempt: int = 0
    """What its window calls it."""
    coming: bool = True
    """It has not been connected yet."""
    state: PeerState = PeerState.CONNECTING
    peer: Peer | None = None
    checkup: Checkup = field(default_factory=Checkup)

    def close(self) -> None:
        """End the connection."""
        if self.peer is not None:
            self.peer.close()


class Places:
    """The connections of one stage: at most two a seat."""

    def __init__(self) -> None:
        self._heard: dict[str, Place] = {}
        self._coming: dict[str, Place] = {}

    def __len__(self) -> int:
        return len(self._heard) + len(self._coming)

    def __iter__(self) -> Iterator[Place]:
        """Yield all, those who are heard first."""
        return iter([*self._heard.values(), *self._coming.values()])

    def __contains__(self, place: Place) -> bool:
        seat = place.seat.id
        return place in (self._heard.get(seat), self._coming.get(seat))

    def of(self, seat: str) -> list[Place]:
        """Return the places of a seat, the newest last."""
        return [p for p in (self._heard.get(seat), self._coming.get(seat)) if p is not None]

    def heard(self, seat: str) -> Place | None:
        """Return the place whose connection carries the seat's sound."""
        return self._heard.get(seat)

    def seats(self) -> frozenset[str]:
        """Return the seats that are heard."""
        return frozenset(self._heard)

    def newest(self, seat: str, window: Window) -> Place | None:
        """Return the newest place of ``window``, by whichever socket, on the seat."""
        mine = [place for place in self.of(seat) if place.window.id == window.id]
        return mine[-1] if mine else None

    def come(self, place: Place) -> Place | None:
        """Let a place be on its way; return the one that was, which has lost."""
        before = self._coming.pop(place.seat.id, None)
        self._coming[place.seat.id] = place
        return before

    def arrive(self, place: Place) -> Place | None:
        """Let a place that is connected be heard; return the one that was."""
        if self._coming.get(place.seat.id) is not place:
            return None
        del self._coming[place.seat.id]
        place.coming = False
        before = self._heard.pop(place.seat.id, None)
        self._heard[place.seat.id] = place
        return before

    def drop(self, place: Place) -> bool:
        """Forget a place; whether it was the one who is heard."""
        for places in (self._heard, self._coming):
            if places.get(place.seat.id) is place:
                del places[place.seat.id]
                return places is self._heard
        return False
