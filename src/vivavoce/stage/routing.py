"""Who of a show is on which bus of its floor, and whether they are kept out of the mix. Pure.

In: what has become of somebody, and the connection that they have. Out: calls of the floor.
"""

from collections.abc import Iterable

from vivavoce.mix.console import Bus
from vivavoce.stage.floor import Floor
from vivavoce.stage.muting import MuteState
from vivavoce.stage.roster import Member, Roster
from vivavoce.stage.seats import Seat
from vivavoce.stage.view import bus_of
from vivavoce.webrtc.endpoint import Peer


class Routing:
    """Lets the floor follow the roster, and the show that goes live and ends."""

    def __init__(self, floor: Floor, roster: Roster) -> None:
        self.live = False
        self._floor = floor
        self._roster = roster
        self._programme: set[str] = set()
        """Seats that wish to hear the programme in the green room."""

    def join(self, seat: Seat, peer: Peer) -> None:
        """Let a seat be heard by this connection, where it stands."""
        member = self._roster.add(seat)
        muted = member.mute is not MuteState.OPEN
        self._floor.join(seat.id, peer, self._bus(member), muted=muted)
        self._route(member)

    def leave(self, seat: str, peer: Peer) -> None:
        """Let a seat go, if it is heard by this connection."""
        self._floor.leave(seat, peer)

    def follow(self, member: Member) -> None:
        """Follow what has become of a seat."""
        self._floor.mute(member.seat, member.mute is not MuteState.OPEN)
        self._route(member)

    def go_live(self, seats: Iterable[str], *, live: bool) -> None:
        """Put on air who stands there; before and after, all are in the green room together."""
        self.live = live
        self._floor.fresh()
        for seat in seats:
            self._route(self._roster.get(seat))

    def want_programme(self, seat: str, *, wanted: bool) -> None:
        """Let a seat in the green room hear the programme too."""
        (self._programme.add if wanted else self._programme.discard)(seat)
        self._route(self._roster.get(seat))

    def _route(self, member: Member | None) -> None:
        if member is not None:
            programme = member.seat in self._programme
            self._floor.route(member.seat, self._bus(member), programme=programme)

    def _bus(self, member: Member) -> Bus:
        return bus_of(member.standing, live=self.live)
