"""Who hears a show's programme and says nothing: sessions of WHEP. Pure.

In: an offer. Out: an answer, and the programme until the peer is lost. A seat has a few at once.
"""

from typing import Final

from vivavoce.errors import Problem
from vivavoce.mix.console import Bus
from vivavoce.stage.floor import Floor
from vivavoce.stage.messages import Media
from vivavoce.stage.seats import Seat
from vivavoce.stage.telling import Window
from vivavoce.webrtc.endpoint import Endpoint, Peer, PeerState

MONITORS: Final = 4


class Monitors:
    """The monitors of one show."""

    def __init__(self, endpoint: Endpoint, floor: Floor) -> None:
        self._endpoint = endpoint
        self._floor = floor
        self._peers: dict[Window, Peer] = {}

    def __len__(self) -> int:
        return len(self._peers)

    def peer(self, window: Window) -> Peer | None:
        """Return a window's connection."""
        return self._peers.get(window)

    async def open(self, seat: Seat, window: Window, offer_sdp: str) -> str:
        """Let ``window`` listen; return the answer. One too many ends the seat's oldest.

        Raises ``PeerError`` (``bad_offer``).
        """
        of_seat = [w for w in self._peers if w.seat.id == seat.id]
        if len(of_seat) >= MONITORS:
            self._peers[of_seat[0]].close()

        def watch(state: PeerState, _: Problem | None) -> None:
            if state in (PeerState.LOST, PeerState.CLOSED):
                self._forget(window)
                window.tell(Media(state))

        peer = await self._endpoint.answer(offer_sdp, watch)
        self._peers[window] = peer
        self._floor.join(window.id, peer, Bus.MONITOR)
        return peer.sdp

    def end(self, window: Window) -> None:
        """End what a window hears, if it does."""
        peer = self._forget(window)
        if peer is not None:
            peer.close()

    def send_away(self, seat: str) -> set[Window]:
        """End all of a seat; return their windows."""
        windows = {window for window in self._peers if window.seat.id == seat}
        for window in windows:
            self._peers[window].close()
        return windows

    def close(self) -> None:
        """End all."""
        for peer in list(self._peers.values()):
            peer.close()

    def _forget(self, window: Window) -> Peer | None:
        peer = self._peers.pop(window, None)
        if peer is not None:
            self._floor.leave(window.id, peer)
        return peer
