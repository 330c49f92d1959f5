"""What a person is told whose connection is given up. Pure."""

from typing import Final

from vivavoce.errors import PeerError

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
