"""What a datagram on the shared port is, by its first bytes (RFC 7983, RFC 5761). Pure."""

from enum import Enum
from typing import Final


class Kind(Enum):
    """The protocol that a datagram belongs to."""

    STUN = "stun"
    DTLS = "dtls"
    RTP = "rtp"
    RTCP = "rtcp"
    UNKNOWN = "unknown"


# To ask an enumeration for a member takes longer than all else that is done here.
_RTP: Final = Kind.RTP
_RTCP: Final = Kind.RTCP


def kind_of(datagram: bytes) -> Kind:
    """Return the protocol of ``datagram``; never raises (RFC 7983 section 7)."""
    if len(datagram) < 2:
        return Kind.UNKNOWN
    first = datagram[0]
    if 128 <= first <= 191:
        # RFC 5761 section 4: RTCP types 192..223 are payload types 64..95 with the marker bit set.
        return _RTCP if 192 <= datagram[1] <= 223 else _RTP
    if 20 <= first <= 63:
        return Kind.DTLS
    return Kind.STUN if first <= 3 else Kind.UNKNOWN
