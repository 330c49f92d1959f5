"""The connections of a show's seats: who sits down, who comes back, who is lost. Pure.

In: offers of windows, and what becomes of their peers. Out: answers and news to those windows, and
to the routing whose sound comes by which peer. A connection that fails costs its seat that
connection; whoever was heard before is heard on.
"""

from collections.abc import Callable
from dataclasses import dataclass

from vivavoce.clock import Clock
from vivavoce.errors import PeerError, Problem
from vivavoce.stage.floor import Heard
from vivavoce.stage.messages import Answer, Check, Error, Media, Report, Taken
from vivavoce.stage.places import Place, Places
from vivavoce.stage.routing import Routing
from vivavoce.stage.seats import Seat, Seats
from vivavoce.stage.telling import Onlookers, Window
from vivavoce.webrtc.endpoint import Endpoint, Peer, PeerState


class Connections:
    """Who sits where in one show, by which peer. ``changed`` is called when that changes."""

    def __init__(
        self,
        endpoint: Endpoint,
        clock: Clock,
        routing: Routing,
        onlookers: Onlookers,
        changed: Callable[[], None],
    ) -> None:
        self._endpoint = endpoint
        self._clock = clock
        self._routing = routing
        self._onlookers = onlookers
        self._changed = changed
        self._seats = Seats()
        self._places = Places()

    def __len__(self) -> int:
        return len(self._places)

    def seats(self) -> frozenset[str]:
        """Return the seats whose voice is connected."""
        return self._places.seats()

    def taken(self, seat: str) -> bool:
        """Whether any window has the seat."""
        return bool(self._places.of(seat))

    def of(self, seat: str, window: Window) -> Place | None:
        """Return the newest connection that ``window`` has to the seat."""
        return self._places.newest(seat, window)

    def peer(self, seat: str) -> Peer | None:
        """Return the connection by which the seat is heard."""
        place = self._places.heard(seat)
        return None if place is None else place.peer

    def check(self, seat: str, heard: Heard | None) -> Check | None:
        """Examine the line of a seat that is connected."""
        place = self._places.heard(seat)
        if place is None or place.peer is None:
            return None
        return place.checkup.examine(heard, place.peer.quality, self._clock.now())

    def report(self, seat: str, report: Report) -> None:
        """Take what a page says of its line."""
        for place in self._places.of(seat):
            place.checkup.report = report

    def window_came(self, window: Window) -> None:
        """Note that a window has a socket (again)."""
        self._seats.come_back(window.seat.id, window.id)
        self._match()

    def window_went(self, window: Window) -> None:
        """Note that a window's socket is gone. Its voice stays for as long as it is heard."""
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
        self, seat: Seat, window: Window, offer_sdp: str, *, take: bool, attempt: int
    ) -> str:
        """Let ``window`` have the seat once it is connected; tell it the answer, and return it.

        Raises ``UsageError`` (``seat_taken``) or ``PeerError`` (``bad_offer``, ``media_lost``).
        Whoever has the seat keeps it then, and also if the connection never comes.
        """
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
        return place.peer.sdp

    def rise(self, seat: str, window: Window) -> None:
        """Let go of the seat, if it is this window's."""
        for place in self._places.of(seat):
            if place.window.id == window.id:
                self._end(place)

    def send_away(self, seat: str) -> set[Window]:
        """End all connections of a seat; return their windows."""
        places = self._places.of(seat)
        for place in places:
            self._end(place)
        return {place.window for place in places}

    def close(self) -> None:
        """End all."""
        for place in self._places:
            self._free(place)
            place.window.tell(Media(PeerState.CLOSED))
            place.close()

    def changed(self, place: Place, state: PeerState, problem: Problem | None) -> None:
        """Take a change of a place's peer."""
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
        self._changed()

    def _arrive(self, place: Place) -> None:
        """Let a connection that has come be heard, and end the one before."""
        if not place.coming or place.peer is None:
            return
        before = self._places.arrive(place)
        self._seats.settle(place.seat.id, place.window.id)
        self._routing.join(place.seat, place.peer)
        self._replace(before, place.window)

    def _replace(self, before: Place | None, window: Window) -> None:
        """End a connection that has given way to one of ``window``."""
        if before is None:
            return
        if before.window.id != window.id:
            before.window.tell(Taken())
        before.close()

    def _end(self, place: Place) -> None:
        self._free(place)
        place.close()

    def _free(self, place: Place) -> None:
        seat, window = place.seat.id, place.window.id
        heard = self._places.drop(place)
        if heard and place.peer is not None:
            self._routing.leave(seat, place.peer)
        if all(other.window.id != window for other in self._places.of(seat)):
            self._seats.rise(seat, window)
        self._changed()

    def _listen(self, seat: Seat) -> None:
        """Note when something was last heard from a seat that somebody has."""
        place = self._places.heard(seat.id)
        if place is not None and place.peer is not None and place.peer.heard_at is not None:
            self._seats.heard(seat.id, place.window.id, place.peer.heard_at)


@dataclass(frozen=True, slots=True)
class _Watch:
    connections: Connections
    place: Place

    def __call__(self, state: PeerState, problem: Problem | None) -> None:
        self.connections.changed(self.place, state, problem)
