"""Who looks on: the windows of a stage, and what each of them was told of its people. Pure."""

from collections.abc import Container, Iterator
from typing import Protocol

from vivavoce.stage.hands import Hands
from vivavoce.stage.messages import Down, People, Removed, You
from vivavoce.stage.powers import manages
from vivavoce.stage.roster import Member, Roster
from vivavoce.stage.seats import Seat
from vivavoce.stage.standing import Standing
from vivavoce.stage.view import See, people, raised


class Window(Protocol):
    """Where a microphone is: a page's socket or a WHIP session."""

    @property
    def id(self) -> str:
        """The same for the same window, whatever connections it has had."""

    @property
    def seat(self) -> Seat:
        """Whose window it is."""

    def tell(self, message: Down) -> None:
        """Say something to it; never waits, may be lost."""

    def poke(self) -> None:
        """Let it know that the status has changed."""


class Onlookers:
    """The windows that see a stage. What has not changed is not said again."""

    def __init__(self) -> None:
        self.windows: list[Window] = []
        self._told: dict[Window, tuple[You, People]] = {}
        # One for those who lead, who see hands, and one for all others.
        self._people = {True: People((), ()), False: People((), ())}

    def remove(self, window: Window) -> None:
        """Forget a window."""
        self.windows.remove(window)
        self._told.pop(window, None)

    def of(self, seat: str) -> Iterator[Window]:
        """Yield the windows of a seat."""
        return (window for window in self.windows if window.seat.id == seat)

    def tell(self, roster: Roster, hands: Hands, see: See) -> None:
        """Tell each window who is here and what its own seat is, if that has changed."""
        if not self.windows:
            return
        company, queue = people(roster.present(), see), raised(hands.waiting())
        for leads in self._people:
            now = People(company, queue if leads else ())
            if now != self._people[leads]:
                self._people[leads] = now
        for window in self.windows:
            member = roster.get(window.seat.id)
            if member is not None and member.standing is not Standing.OUT:
                self._tell(window, member)

    def poke(self) -> None:
        """Let all know that the status has changed."""
        for window in self.windows:
            window.poke()

    def send_away(self, seat: str, message: str, *, but: Container[Window]) -> None:
        """Tell all windows of a seat, but those who know, that it is no more."""
        for window in self.of(seat):
            if window not in but:
                window.tell(Removed(message))

    def _tell(self, window: Window, member: Member) -> None:
        told = self._told.get(window)
        you = You(member.seat, member.role, member.standing, member.mute)
        here = self._people[manages(member.role)]
        if told is None or told[0] != you:
            window.tell(you)
        if told is None or told[1] is not here:
            window.tell(here)
        self._told[window] = (you, here)
