"""Seats: who may speak, and from which window. Pure.

A seat has one microphone. A window (a page, or a WHIP session) sits down on it, stays the same
window across a reload, and is asked before it takes the seat from another that is heard.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vivavoce.errors import UsageError
from vivavoce.stage.muting import MuteState
from vivavoce.stage.standing import Standing


class Role(StrEnum):
    """What a seat's person is in the show."""

    HOST = "host"
    COHOST = "cohost"
    SPEAKER = "speaker"


class Origin(StrEnum):
    """What opens a seat."""

    KEY = "key"
    """The show's own link: the owner's and the host's seat, which no one can remove."""
    TOKEN = "token"  # noqa: S105  the word, not a token
    INVITATION = "invitation"
    HAND = "hand"
    """A listener's raised hand: who leaves the stage is a listener again."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A person's place in a show: who it is, and how it was when it was last written down.

    How it is now, its stage's roster knows.
    """

    id: str
    show: str
    name: str
    role: Role
    standing: Standing = Standing.AIR
    mute: MuteState = MuteState.OPEN
    held_by: str | None = None
    origin: Origin = Origin.TOKEN


class Claim(StrEnum):
    """How a seat stands to a window that wants it."""

    FREE = "free"
    MINE = "mine"
    ELSEWHERE = "elsewhere"
    DEAD = "dead"
    """Another window has it, of which nothing is heard or whose page is gone: a closed tab."""


class Ruling(StrEnum):
    """What becomes of a claim."""

    SIT = "sit"
    RETURN = "return"
    """Sit down again; the window's earlier connection goes without a word."""
    TAKE = "take"
    """Sit down; the other window is told."""
    REFUSE = "refuse"


RULES: Final[Mapping[tuple[Claim, bool], Ruling]] = {
    (Claim.FREE, False): Ruling.SIT,
    (Claim.FREE, True): Ruling.SIT,
    (Claim.MINE, False): Ruling.RETURN,
    (Claim.MINE, True): Ruling.RETURN,
    (Claim.DEAD, False): Ruling.TAKE,
    (Claim.DEAD, True): Ruling.TAKE,
    (Claim.ELSEWHERE, False): Ruling.REFUSE,
    (Claim.ELSEWHERE, True): Ruling.TAKE,
}
"""By claim, and by whether the window said ``take``."""

# A live microphone sends 50 times a second; a new one has connected or failed within this.
DEAD_S: Final = 3.0


@dataclass(slots=True)
class _Sitting:
    window: str
    heard: float
    left: bool = False


class Seats:
    """Who sits where in one show. ``now`` is monotonic seconds.

    Who has just sat down is on the way; whoever sat there before is remembered until they are
    there, and has the seat again if they never come.
    """

    def __init__(self) -> None:
        self._sittings: dict[str, _Sitting] = {}
        self._before: dict[str, _Sitting] = {}

    def claim(self, seat: str, window: str, now: float) -> Claim:
        """Say how ``seat`` stands to ``window``."""
        sitting = self._sittings.get(seat)
        if sitting is None:
            return Claim.FREE
        if sitting.window == window:
            return Claim.MINE
        dead = sitting.left or now - sitting.heard > DEAD_S
        return Claim.DEAD if dead else Claim.ELSEWHERE

    def rule(self, seat: str, window: str, now: float, *, take: bool) -> Ruling:
        """Decide a claim without acting on it; raises ``UsageError`` (``seat_taken``)."""
        ruling = RULES[self.claim(seat, window, now), take]
        if ruling is Ruling.REFUSE:
            raise UsageError(
                "seat_taken",
                "Another window is speaking from this seat. Take it over, or speak there.",
                status=409,
            )
        return ruling

    def sit(self, seat: str, window: str, now: float) -> None:
        """Let ``window`` have the seat, whoever had it."""
        sitting = self._sittings.get(seat)
        if sitting is not None and sitting.window != window:
            self._before.setdefault(seat, sitting)
        self._sittings[seat] = _Sitting(window, now)
        if self._is_before(seat, window):
            del self._before[seat]

    def settle(self, seat: str, window: str) -> None:
        """Note that ``window`` is there: who sat there before has lost the seat."""
        if self.claim(seat, window, 0.0) is Claim.MINE:
            self._before.pop(seat, None)

    def leave(self, seat: str, window: str) -> None:
        """Note that the window's page is gone: no other window has to ask for the seat."""
        for sitting in self._of(seat, window):
            sitting.left = True

    def come_back(self, seat: str, window: str) -> None:
        """Note that the window has a page again."""
        for sitting in self._of(seat, window):
            sitting.left = False

    def heard(self, seat: str, window: str, now: float) -> None:
        """Note that sound came from there; of a window that has left, nothing is noted."""
        for sitting in self._of(seat, window):
            sitting.heard = now

    def rise(self, seat: str, window: str) -> bool:
        """Free the seat if ``window`` has it, for who had it before; say whether it did."""
        if self._is_before(seat, window):
            del self._before[seat]
            return True
        if self.claim(seat, window, 0.0) is not Claim.MINE:
            return False
        before = self._before.pop(seat, None)
        if before is None:
            del self._sittings[seat]
        else:
            self._sittings[seat] = before
        return True

    def _is_before(self, seat: str, window: str) -> bool:
        before = self._before.get(seat)
        return before is not None and before.window == window

    def _of(self, seat: str, window: str) -> list[_Sitting]:
        both = (self._sittings.get(seat), self._before.get(seat))
        return [sitting for sitting in both if sitting is not None and sitting.window == window]

    def __len__(self) -> int:
        return len(self._sittings)
