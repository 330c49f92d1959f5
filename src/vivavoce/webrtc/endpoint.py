"""What the stage needs of a WebRTC end, whoever provides it.

The stage owns these interfaces. An endpoint answers offers; what a peer says is then asked for
every 20 ms, evened out, and what it is to hear is sent to it.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from vivavoce.errors import Problem
from vivavoce.media import Frame, Packet, Played
from vivavoce.webrtc.fragment import Fragment
from vivavoce.webrtc.quality import Quality


class PeerState(StrEnum):
    """Where a peer's connection stands. ``LOST`` and ``CLOSED`` are final."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    LOST = "lost"
    CLOSED = "closed"


OnState = Callable[[PeerState, Problem | None], None]
"""Told of every change of a peer's state; with ``LOST``, why, in words for the person there."""


class Peer(Protocol):
    """One connection. Nothing of it waits; only what a stranger wrote is refused."""

    @property
    def sdp(self) -> str:
        """The answer to the latest offer."""

    @property
    def heard_at(self) -> float | None:
        """When sound last came (monotonic seconds)."""

    def frame(self, now: float) -> Frame:
        """Return the next 20 ms of the peer's voice; ``SILENCE`` itself where there is nothing."""

    def played(self) -> tuple[Played, ...]:
        """Return the pieces that began in the newest frame."""

    def send(self, packet: Packet) -> bool:
        """Send 20 ms of Opus; whether it left. ``time`` is on one line for all packets."""

    def quality(self) -> Quality:
        """Return how well sound comes and goes at present."""

    def restart(self, offer_sdp: str) -> str:
        """Answer a later offer of the same peer: an ICE restart. The sound goes on meanwhile.

        Raises ``PeerError`` (``bad_offer``); the connection stays as it was then.
        """

    def trickle(self, fragment: Fragment) -> str | None:
        """Take candidates; new credentials are an ICE restart, whose answer is a fragment too.

        Raises ``PeerError`` (``too_many_candidates``).
        """

    def close(self) -> None:
        """End the connection; the state becomes ``CLOSED`` once. Closing twice is no error."""


class Endpoint(Protocol):
    """The server's end of WebRTC."""

    async def answer(self, offer_sdp: str, on_state: OnState) -> Peer:
        """Answer an offer within a few hundred milliseconds; the connection follows.

        Raises ``PeerError`` (``bad_offer``) for what is no offer of Opus sound, is broken or larger
        than 64 KiB. ``on_state`` is never called after ``LOST`` or ``CLOSED``.
        """

    def gather(self) -> None:
        """Take in what has come by now: for whoever is about to ask all peers for a frame."""
