"""When a connection is given up, and what its person is told. Pure."""

from dataclasses import dataclass
from typing import Final

from vivavoce.errors import PeerError

# Browsers send 50 packets a second, also of silence; a sender that pauses (DTX) still sends one
# every 400 ms (RFC 6716 section 2.1.9).
STALLED_S: Final = 1.0
VANISHED_CHECKS: Final = 10

# Packets of one stalled second which nobody could decode. What waits in a jitter buffer when a
# sender stops is less.
UNREAD_PACKETS: Final = 20

# Ten times what a live voice makes (50 frames a second). A burst after a stall stays below it.
FLOOD_FRAMES_PER_S: Final = 500

UNREACHABLE: Final = PeerError(
    "media_unreachable",
    "Your sound does not reach the server: this network seems to block UDP. "
    "Try another network, such as a phone's hotspot, or switch a VPN off.",
)
VANISHED: Final = PeerError(
    "media_lost", "The connection of your microphone was lost. Connect it again."
)
UNREADABLE: Final = PeerError(
    "media_unreadable", "Your sound arrives damaged and cannot be read. Connect it again."
)
FLOOD: Final = PeerError(
    "media_flood", "Sound arrives faster than anyone can speak. Check the program that sends it."
)


@dataclass(slots=True)
class Stall:
    """Judges a peer of whom nothing was heard, once every ``STALLED_S``; new after each frame."""

    checks: int = 0
    packets: int = 0

    def check(self, packets: int) -> PeerError | None:
        """Take the number of packets that ever arrived; return why to give up, or None."""
        unread = packets - self.packets if self.checks else 0
        self.checks, self.packets = self.checks + 1, packets
        if unread > UNREAD_PACKETS:
            return UNREADABLE
        return VANISHED if self.checks >= VANISHED_CHECKS else None


@dataclass(slots=True)
class Flood:
    """Counts frames in windows of a second."""

    began: float = 0.0
    frames: int = 0

    def exceeded(self, now: float) -> bool:
        """Count one frame at ``now``; say whether this second has had too many."""
        if now - self.began >= 1.0:
            self.began, self.frames = now, 0
        self.frames += 1
        return self.frames > FLOOD_FRAMES_PER_S
