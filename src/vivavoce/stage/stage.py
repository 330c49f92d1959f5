"""One show's stage: who is here, in which standing, and what of it goes to the floor."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

import anyio

from vivavoce.card import OnStage
from vivavoce.clock import Clock
from vivavoce.errors import PeerError, Problem, UsageError
from vivavoce.stage.floor import Floor
from vivavoce.stage.hands import Hands
from vivavoce.stage.messages import Answer, Error, Media, Removed, SeatIs, Taken
from vivavoce.stage.messages import Report as PageReport
from vivavoce.stage.muting import MuteState
from vivavoce.stage.places import Place, Places
from vivavoce.stage.roster import Member, Roster
from vivavoce.stage.seats import Seat, Seats
from vivavoce.stage.standing import Standing
from vivavoce.stage.telling import Onlookers, Window
from vivavoce.stage.view import Sight, bus_of, on_stage
from vivavoce.webrtc.endpoint import Endpoint, Peer, PeerState
from vivavoce.webrtc.fragment import Fragment

REMOVED: Final = UsageError(
    "removed",
    "The host has closed this seat. Ask the host if you think it is a mistake.",
    status=403,
)


# Somebody's tabs and devices, with sockets among them whose end has not been noticed yet.
WINDOWS: Final = 16
MONITORS: Final = 4

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
    """The people of one show and their connections; their sound is the floor's."""

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
        self._live = False
        self._endpoint = endpoint
        self._clock = clock
        self._seats = Seats()
        self._places = Places()
        self._monitors: dict[Window, Peer] = {}
        self._onlookers = Onlookers()
        self._programme: set[str] = set()

    @property
    def empty(self) -> bool:
        """Whether nobody is here, neither a window nor a voice nor a hand, and nobody comes."""
        here = self._onlookers.windows or len(self._places) or self._monitors or self.pages
        return not (here or self.hands.waiting() or self.unsaved or self.lock.locked())

    @property
    def connected(self) -> bool:
        """Whether any voice is connected."""
        return bool(self.heard())

    def heard(self) -> frozenset[str]:
        """Return the seats whose voice is connected."""
        return self._places.seats()

    def check_room(self, seat: Seat) -> None:
        """Raise ``UsageError`` (``too_many_windows``) if a seat has as many as it may have."""
        if sum(1 for _ in self._onlookers.of(seat.id)) >= WINDOWS:
            raise TOO_MANY

    def attach(self, window: Window) -> None:
        """Let a window see the stage."""
        self.roster.add(window.seat)
        self._onlookers.windows.append(window)
        self._seats.come_back(window.seat.id, window.id)
        self._match()
        self.tell_people()

    def detach(self, window: Window) -> None:
        """Forget a window whose socket is gone. Its voice stays for as long as it is heard."""
        self._onlookers.remove(window)
        self._match()
        if not any(w.id == window.id for w in self._onlookers.of(window.seat.id)):
            self._seats.leave(window.seat.id, window.id)

    def _match(self) -> None:
        """Give places whose socket is gone to the socket that the same window has now."""
        for place in self._places:
            if place.window not in self._onlookers.windows:
                mine = self._onlookers.of(place.seat.id)
                same = (w for w in mine if w.id == place.window.id)
                place.window = next(same, place.window)

    async def sit(
        self, seat: Seat, window: Window, offer_sdp: str, *, take: bool, attempt: int = 0
    ) -> str:
        """Let ``window`` have the seat once it is connected; tell it the answer, and return it.

        Raises ``UsageError`` (``seat_taken``, ``removed``) or ``PeerError`` (``bad_offer``).
        Whoever has the seat keeps it then, and also if the connection never comes.
        """
        async with self.lock:
            self._alive(seat)
            self._listen(seat)
            self._seats.rule(seat.id, window.id, self._clock.now(), take=take)
            place = Place(seat, window, attempt)
            place.peer = await self._endpoint.answer(offer_sdp, _Watch(self, place))
            if place.state is PeerState.LOST:
                raise PeerError("media_lost", "The connection failed at once. Connect again.")
            self._seats.sit(seat.id, window.id, self._clock.now())
            self._replace(self._places.come(place), window)
            self._match()  # the socket may have been replaced while the offer was under way
            window.tell(Answer(place.peer.sdp, attempt))
            window.tell(Media(place.state))
        self.poke()
        return place.peer.sdp

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
            of_seat = [w for w in self._monitors if w.seat.id == seat.id]
            if len(of_seat) >= MONITORS:
                self._monitors[of_seat[0]].close()

            def watch(state: PeerState, _: Problem | None) -> None:
                if state in (PeerState.LOST, PeerState.CLOSED):
                    self._end_monitor(window)
                    window.tell(Media(state))

            peer = await self._endpoint.answer(offer_sdp, watch)
            self._monitors[window] = peer
            self.floor.join(window.id, peer, bus_of(Standing.OFF, live=self._live))
        return peer.sdp

    async def rise(self, seat: Seat, window: Window) -> None:
        """Let go of the seat, if it is this window's, or of its monitor."""
        async with self.lock:
            peer = self._end_monitor(window)
            if peer is not None:
                peer.close()
            for place in self._places.of(seat.id):
                if place.window.id == window.id:
                    self._free(place)
                    place.close()

    def mute(self, seat: Seat, window: Window, *, muted: bool) -> None:
        """Mute or unmute oneself; raises ``UsageError`` (``seat_not_yours``, ``held_muted``)."""
        if self._mine(seat, window) is None:
            raise SEAT_NOT_YOURS
        member = self.roster.mute(seat.id, muted=muted)
        if member is not None:
            self.unsaved.add(seat.id)
            self.follow(member)
            self.poke()

    def follow(self, member: Member) -> None:
        """Let the sound follow what has become of a seat."""
        self.floor.mute(member.seat, member.mute is not MuteState.OPEN)
        self._route(member)

    async def expel(self, member: Member, message: str) -> None:
        """Send everybody away who has this seat, which is dead; within ``lock``."""
        member.standing = Standing.OUT
        self.unsaved.discard(member.seat)
        told: set[Window] = set()
        for place in self._places.of(member.seat):
            self._free(place)
            told.add(place.window)
            place.close()
        for window in [w for w in self._monitors if w.seat.id == member.seat]:
            told.add(window)
            self._monitors[window].close()
        for window in told:
            window.tell(Removed(message))
        self._onlookers.send_away(member.seat, message, but=told)

    async def close(self) -> None:
        """Send everybody off the stage."""
        async with self.lock:
            for place in self._places:
                self._free(place)
                place.window.tell(Media(PeerState.CLOSED))
                place.close()
            for peer in list(self._monitors.values()):
                peer.close()

    def go_live(self, *, live: bool) -> None:
        """Put on air who stands there; before and after, all are in the green room together."""
        self._live = live
        self.floor.fresh()
        for seat in self._places.seats():
            member = self.roster.get(seat)
            if member is not None:
                self._route(member)

    def want_programme(self, seat: str, *, wanted: bool) -> None:
        """Let a seat in the green room hear the programme too."""
        (self._programme.add if wanted else self._programme.discard)(seat)
        member = self.roster.get(seat)
        if member is not None:
            self._route(member)

    def report(self, seat: str, report: PageReport) -> None:
        """Take what a page says of its line."""
        for place in self._places.of(seat):
            place.checkup.report = report

    def seat_is(self, seat: Seat, window: Window) -> SeatIs:
        """Say where the seat is, seen from ``window``."""
        if not self._places.of(seat.id):
            return SeatIs.FREE
        return SeatIs.ELSEWHERE if self._mine(seat, window) is None else SeatIs.MINE

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
        return on_stage(self.roster.present(), self._sight) if self._live else ()

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

    def changed(self, place: Place, state: PeerState, problem: Problem | None) -> None:
        """Take a change of a place's connection."""
        place.state = state
        if place not in self._places:
            return
        if state is PeerState.CONNECTED:
            self._arrive(place)
        if state in (PeerState.LOST, PeerState.CLOSED):
            self._free(place)
            if self._places.newest(place.seat.id, place.window) is not None and not place.coming:
                return  # the window has begun anew already: the old connection is no news to it
        if problem is not None:
            place.window.tell(Error(problem.code, problem.message))
        place.window.tell(Media(state))
        self.poke()

    def _arrive(self, place: Place) -> None:
        """Let a connection that has come be heard, and end the one before."""
        if not place.coming or place.peer is None:
            return
        before = self._places.arrive(place)
        self._seats.settle(place.seat.id, place.window.id)
        member = self.roster.add(place.seat)
        bus = bus_of(member.standing, live=self._live)
        muted = member.mute is not MuteState.OPEN
        self.floor.join(place.seat.id, place.peer, bus, muted=muted)
        self._route(member)
        self._replace(before, place.window)

    def _replace(self, before: Place | None, window: Window) -> None:
        """End a connection that has given way to one of ``window``."""
        if before is None:
            return
        if before.window.id != window.id:
            before.window.tell(Taken())
        before.close()

    def _sight(self, seat: str) -> Sight | None:
        place, heard = self._places.heard(seat), self.floor.heard(seat)
        if place is None or place.peer is None:
            return None
        now = self._clock.now()
        check = place.checkup.examine(heard, place.peer.quality, now)
        return Sight(heard is not None and heard.speaking, heard.level if heard else 0.0, check)

    def _route(self, member: Member) -> None:
        bus = bus_of(member.standing, live=self._live)
        self.floor.route(member.seat, bus, programme=member.seat in self._programme)

    def _alive(self, seat: Seat) -> Member:
        member = self.roster.add(seat)
        if member.standing is Standing.OUT:
            raise REMOVED
        return member

    def _mine(self, seat: Seat, window: Window) -> Place | None:
        return self._places.newest(seat.id, window)

    def _peer(self, seat: Seat, window: Window) -> Peer:
        place = self._mine(seat, window)
        peer = self._monitors.get(window) if place is None else place.peer
        if peer is None:
            raise SEAT_NOT_YOURS
        return peer

    def _free(self, place: Place) -> None:
        seat, window = place.seat.id, place.window.id
        heard = self._places.drop(place)
        if heard and place.peer is not None:
            self.floor.leave(seat, place.peer)
        if all(other.window.id != window for other in self._places.of(seat)):
            self._seats.rise(seat, window)
        self.poke()

    def _end_monitor(self, window: Window) -> Peer | None:
        peer = self._monitors.pop(window, None)
        if peer is not None:
            self.floor.leave(window.id, peer)
        return peer

    def _listen(self, seat: Seat) -> None:
        """Note when something was last heard from a seat that somebody has."""
        place = self._places.heard(seat.id)
        if place is not None and place.peer is not None and place.peer.heard_at is not None:
            self._seats.heard(seat.id, place.window.id, place.peer.heard_at)


@dataclass(frozen=True, slots=True)
class _Watch:
    stage: Stage
    place: Place

    def __call__(self, state: PeerState, problem: Problem | None) -> None:
        self.stage.changed(self.place, state, problem)
