"""The queue of those who ask to speak. Pure.

A hand is raised by a listener without an account, who is given a token. It stays up for as long
as its page is there, and shortly after; accepted, the token becomes a seat's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vivavoce.errors import UsageError

# A queue that nobody will ever hear out is no queue; 500 hands are under 1 MB.
MOST: Final = 500

# A household or an office shares an address; a program that raises hands has one as well.
MOST_A_NETWORK: Final = 5

# How long a hand outlives its page: a reload, a tunnel, a telephone call.
GONE_S: Final = 30.0

# What became of a hand is kept for a page that was away just then.
KEPT_S: Final = 600.0


class HandState(StrEnum):
    """What became of a hand."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LOWERED = "lowered"
    """By the listener, by all hands being lowered, or because the page is gone."""


@dataclass(slots=True, eq=False)
class Hand:
    """One raised hand. ``token`` is the digest of its token; ``network`` whom it is counted for."""

    id: str
    token: bytes
    name: str
    about: str
    network: str
    since_ms: int
    state: HandState = HandState.WAITING
    seat: str | None = None
    pages: int = 0
    gone: float = 0.0
    """Since when (monotonic) there is no page, or the hand is settled."""


class Hands:
    """The hands of one show, in the order in which they were raised. ``now`` is monotonic."""

    def __init__(self) -> None:
        self._hands: dict[str, Hand] = {}

    def raise_(self, hand: Hand, now: float) -> None:
        """Put a hand at the end; raises ``UsageError`` (``too_many_hands``)."""
        self.tidy(now)
        waiting = self.waiting()
        if len(waiting) >= MOST:
            raise UsageError(
                "too_many_hands",
                f"{MOST} hands are up already. Try again when some have been heard.",
                status=429,
            )
        if sum(h.network == hand.network for h in waiting) >= MOST_A_NETWORK:
            raise UsageError(
                "too_many_hands",
                "Several hands are up from your connection already. Lower one first.",
                status=429,
            )
        if len(self._hands) >= 2 * MOST:
            oldest = next(h.id for h in self._hands.values() if h.state is not HandState.WAITING)
            del self._hands[oldest]
        hand.gone = now
        self._hands[hand.id] = hand

    def get(self, hand: str) -> Hand | None:
        """Return a hand, settled ones too for a while."""
        return self._hands.get(hand)

    def of_token(self, token: bytes) -> Hand | None:
        """Return the hand whose token has this digest."""
        return next((h for h in self._hands.values() if h.token == token), None)

    def waiting(self) -> list[Hand]:
        """Return the hands that are up, in order."""
        return [h for h in self._hands.values() if h.state is HandState.WAITING]

    def place(self, hand: Hand) -> int:
        """Return the hand's place in the queue, from 1; 0 when it is not up."""
        places = (n for n, h in enumerate(self.waiting(), 1) if h is hand)
        return next(places, 0)

    def waiting_one(self, hand: str) -> Hand:
        """Return a hand that is up; raises ``UsageError`` (``hand_unknown``)."""
        found = self._hands.get(hand)
        if found is None or found.state is not HandState.WAITING:
            raise UsageError("hand_unknown", "That hand is not up any more.", status=404)
        return found

    def settle(self, hand: str, state: HandState, now: float, seat: str | None = None) -> Hand:
        """Say what becomes of a waiting hand; raises ``UsageError`` (``hand_unknown``)."""
        found = self.waiting_one(hand)
        found.state, found.seat, found.gone = state, seat, now
        return found

    def lower_all(self, now: float) -> list[Hand]:
        """Lower every hand; return them."""
        return [self.settle(h.id, HandState.LOWERED, now) for h in self.waiting()]

    def open(self, hand: Hand) -> None:
        """Note that a page of it is there."""
        hand.pages += 1

    def close(self, hand: Hand, now: float) -> None:
        """Note that a page of it is gone."""
        hand.pages -= 1
        if hand.state is HandState.WAITING:
            hand.gone = now

    def tidy(self, now: float) -> bool:
        """Lower hands whose page is gone, forget old ones; return whether the queue changed."""
        gone = [h for h in self.waiting() if not h.pages and now - h.gone > GONE_S]
        for hand in gone:
            self.settle(hand.id, HandState.LOWERED, now)
        for hand in list(self._settled(now)):
            del self._hands[hand.id]
        return bool(gone)

    def __len__(self) -> int:
        return len(self._hands)

    def _settled(self, now: float) -> Iterator[Hand]:
        for hand in self._hands.values():
            if hand.state is not HandState.WAITING and not hand.pages and now - hand.gone > KEPT_S:
                yield hand
