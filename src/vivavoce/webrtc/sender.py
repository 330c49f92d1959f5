"""One stream of Opus to one peer: RTP packets and sender reports (RFC 3550). Pure."""

from dataclasses import dataclass
from datetime import datetime

from vivavoce.media import Packet
from vivavoce.webrtc import rtp
from vivavoce.webrtc.rtcp import SenderInfo

_NTP_UNIX = 2_208_988_800  # seconds from 1900 to 1970 (RFC 868)


@dataclass(slots=True)
class Sender:
    """Numbers what is sent (RFC 3550 section 5.1)."""

    payload_type: int
    ssrc: int
    sequence: int
    """Of the next packet; the first one and ``base`` are to be random."""
    base: int
    """The RTP time of media time 0."""
    packets: int = 0
    octets: int = 0
    _sent: tuple[int, float] | None = None

    def packet(self, packet: Packet, now: float) -> bytes:
        """Return the RTP packet that carries ``packet``, sent at ``now``."""
        timestamp = self.base + packet.time
        data = rtp.build(self.payload_type, self.sequence, timestamp, self.ssrc, packet.payload)
        self.sequence += 1
        self.packets += 1
        self.octets += len(packet.payload)
        self._sent = (timestamp, now)
        return data

    def info(self, now: float, wall: datetime) -> SenderInfo | None:
        """Return what a sender report says, or ``None`` before anything was sent."""
        if self._sent is None:
            return None
        timestamp, at = self._sent
        return SenderInfo(
            self.ssrc,
            int((wall.timestamp() + _NTP_UNIX) * 2**32) & (2**64 - 1),
            timestamp + int((now - at) * 48_000) & 0xFFFFFFFF,
            self.packets & 0xFFFFFFFF,
            self.octets & 0xFFFFFFFF,
        )
