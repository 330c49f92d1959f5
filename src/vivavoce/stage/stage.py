"""One show's stage: its people and their windows, and one at a time what they ask of it.

Who sits where by which connection is ``connections``' idea, which bus they are on ``routing``'s,
who only listens ``monitors``'; whoever asks comes through here, and all windows are told from here.
"""

from collections.abc import Iterable
from typing import Final, Protocol

import anyio

from vivavoce.card import OnStage
from vivavoce.clock import Clock
from vivavoce.errors import UsageError
from vivavoce.stage.connections import Connections
from vivavoce.stage.floor import Floor
from vivavoce.stage.hands import Hands
from vivavoce.stage.messages import Answer, Removed, SeatIs
from vivavoce.stage.messages import Report as PageReport
from vivavoce.stage.monitors import Monitors
from vivavoce.stage.muting import MuteState
from vivavoce.stage.roster import Member, Roster
from vivavoce.stage.routing import Routing
from vivavoce.stage.seats import Seat
from vivavoce.stage.standing import Standing
from vivavoce.stage.telling import Onlookers, Window
from vivavoce.stage.view import Sight, on_stage
from vivavoce.webrtc.endpoint import Endpoint, Peer
from vivavoce.webrtc.fragment import Fragment

REMOVED: Final = UsageError(
    "removed",
    "The host has closed this seat. Ask the host if you think it is a mistake.",
    status=403,
)


# Somebody's tabs and devices, with sockets among them whose end has not been noticed yet.
WINDOWS: Final = 16

TOO_MANY: Final = UsageError(
    "too_many_windows",
    "This link is open in too many windows. Close some, and load this page again.",
    status=429,
)


class Page(Protocol):
    """A listener's page with a raised hand."""

    def poke(self) -> None:
        """Let it know that the queue has changed."""


SEAT_NOT_YOURS: Final = UsageError(
    "seat_not_yours", "Connect the microphone here first.", status=409
)


class Stage:
    """The people of one show and their windows; their sound is the floor's."""

    def __init__(
        self,
        show: str,
        endpoint: Endpoint,
        clock: Clock,
        floor: Floor,
        seats: Iterable[Seat] = (),
    ) -> None:
        self.show = show
        self.floor = floor
        self.roster = Roster(seats)
        self.hands = Hands()
        self.pages: list[Page] = []
        self.lock = anyio.Lock()
        """Held while somebody sits down, rises or is told to: one after the other."""
        self.unsaved: set[str] = set()
        """Seats that muted or unmuted themselves since they were written down."""
        self._onlookers = Onlookers()
        self._routing = Routing(floor, self.roster)
        self._monitors = Monitors(endpoint, floor)
        self._connections = Connections(endpoint, clock, self._routing, self._onlookers, self.poke)

    @property
    def empty(self) -> bool:
        """Whether nobody is here, neither a window nor a voice nor a hand, and nobody comes."""
        voices = len(self._connections) or len(self._monitors)
        here = self._onlookers.windows or voices or self.pages
        return not (here or self.hands.waiting() or self.unsaved or self.lock.locked())

    @property
    def connected(self) -> bool:
        """Whether any voice is connected."""
        return bool(self.heard())

    def heard(self) -> frozenset[str]:
        """Return the seats whose voice is connected."""
        return self._connections.seats()

    def peer(self, seat: str) -> Peer | None:
        """Return the connection by which a seat is heard."""
        return self._connections.peer(seat)

    def check_room(self, seat: Seat) -> None:
        """Raise ``UsageError`` (``too_many_windows``) if a seat has as many as it may have."""
        if sum(1 for _ in self._onlookers.of(seat.id)) >= WINDOWS:
            raise TOO_MANY

    def attach(self, window: Window) -> None:
        """Let a window see the stage."""
        self.roster.add(window.seat)
        self._onlookers.windows.append(window)
        self._connections.window_came(window)
        self.tell_people()

    def detach(self, window: Window) -> None:
        """Forget a window whose socket is gone. Its voice stays for as long as it is heard."""
        self._onlookers.remove(window)
        self._connections.window_went(window)

    async def sit(
        self, seat: Seat, window: Window, offer_sdp: str, *, take: bool, attempt: int = 0
    ) -> str:
        """Let ``window`` have the seat once it is connected; tell it the answer, and return it.

        Raises ``UsageError`` (``seat_taken``, ``removed``) or ``PeerError`` (``bad_offer``).
        Whoever has the seat keeps it then, and also if the connection never comes.
        """
        async with self.lock:
            self._alive(seat)
            answer = await self._connections.sit(
                seat, window, offer_sdp, take=take, attempt=attempt
            )
        self.poke()
        return answer

    async def restart(self, seat: Seat, window: Window, offer_sdp: str, attempt: int = 0) -> str:
        """Give the connection that ``window`` has another path (ICE restart); as ``sit``.

        Raises ``UsageError`` (``seat_not_yours``, ``removed``) or ``PeerError`` (``bad_offer``).
        """
        async with self.lock:
            self._alive(seat)
            answer = self._peer(seat, window).restart(offer_sdp)
            window.tell(Answer(answer, attempt))
        return answer

    def trickle(self, seat: Seat, window: Window, fragment: Fragment) -> str | None:
        """Take candidates of ``window``'s connection, or an ICE restart, which is answered.

        Raises ``UsageError`` (``seat_not_yours``) or ``PeerError`` (``too_many_candidates``).
        """
        return self._peer(seat, window).trickle(fragment)

    async def monitor(self, seat: Seat, window: Window, offer_sdp: str) -> str:
        """Let ``window`` hear the programme and say nothing; return the answer.

        A seat has a few monitors at once: one more ends the oldest.
        """
        async with self.lock:
            self._alive(seat)
            return await self._monitors.open(seat, window, offer_sdp)

    async def rise(self, seat: Seat, window: Window) -> None:
        """Let go of the seat, if it is this window's, or of its monitor."""
        async with self.lock:
            self._monitors.end(window)
            self._connections.rise(seat.id, window)

    def mute(self, seat: Seat, window: Window, *, muted: bool) -> None:
        """Mute or unmute oneself; raises ``UsageError`` (``seat_not_yours``, ``held_muted``)."""
        if self._connections.of(seat.id, window) is None:
            raise SEAT_NOT_YOURS
        member = self.roster.mute(seat.id, muted=muted)
        if member is not None:
            self.unsaved.add(seat.id)
            self.follow(member)
            self.poke()

    def follow(self, member: Member) -> None:
        """Let the sound follow what has become of a seat."""
        self._routing.follow(member)

    async def expel(self, member: Member, message: str) -> None:
        """Send everybody away who has this seat, which is dead; within ``lock``."""
        member.standing = Standing.OUT
        self.unsaved.discard(member.seat)
        told = self._connections.send_away(member.seat) | self._monitors.send_away(member.seat)
        for window in told:
            window.tell(Removed(message))
        self._onlookers.send_away(member.seat, message, but=told)

    async def close(self) -> None:
        """Send everybody off the stage."""
        async with self.lock:
            self._connections.close()
            self._monitors.close()

    def go_live(self, *, live: bool) -> None:
        """Put on air who stands there; before and after, all are in the green room together."""
        self._routing.go_live(self.heard(), live=live)

    def want_programme(self, seat: str, *, wanted: bool) -> None:
        """Let a seat in the green room hear the programme too."""
        self._routing.want_programme(seat, wanted=wanted)

    def report(self, seat: str, report: PageReport) -> None:
        """Take what a page says of its line."""
        self._connections.report(seat, report)

    def seat_is(self, seat: Seat, window: Window) -> SeatIs:
        """Say where the seat is, seen from ``window``."""
        if not self._connections.taken(seat.id):
            return SeatIs.FREE
        mine = self._connections.of(seat.id, window) is not None
        return SeatIs.MINE if mine else SeatIs.ELSEWHERE

    def level_db(self, seat: Seat) -> float | None:
        """Return what the server hears from the seat, in dBFS; None if nothing."""
        heard = self.floor.heard(seat.id)
        return None if heard is None else heard.level_db

    def muted(self, seat: Seat) -> bool:
        """Say whether the seat is kept out of the mix."""
        member = self.roster.get(seat.id)
        return member is not None and member.mute is not MuteState.OPEN

    def people(self) -> tuple[OnStage, ...]:
        """Return those who are on air, hosts first, for the show card."""
        return on_stage(self.roster.present(), self._sight) if self._routing.live else ()

    def tell_people(self) -> None:
        """Tell each window who is here and what its own seat is, if that has changed."""
        self._onlookers.tell(self.roster, self.hands, self._sight)

    def tell_hands(self) -> None:
        """Tell everybody concerned that the queue of hands has changed."""
        for page in self.pages:
            page.poke()
        self.tell_people()

    def poke(self) -> None:
        """Tell all windows that something has changed."""
        self.tell_people()
        self._onlookers.poke()

    def _sight(self, seat: str) -> Sight | None:
        heard = self.floor.heard(seat)
        check = self._connections.check(seat, heard)
        if check is None:
            return None
        return Sight(heard is not None and heard.speaking, heard.level if heard else 0.0, check)

    def _alive(self, seat: Seat) -> None:
        if self.roster.add(seat).standing is Standing.OUT:
            raise REMOVED

    def _peer(self, seat: Seat, window: Window) -> Peer:
        place = self._connections.of(seat.id, window)
        peer = self._monitors.peer(window) if place is None else place.peer
        if peer is None:
            raise SEAT_NOT_YOURS
        return peer
