"""The SDP answer: one audio section on our one port, everything else refused. Pure."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from vivavoce.webrtc.ice import Credentials
from vivavoce.webrtc.offer import AUDIO_LEVEL, Direction, Fingerprint, Offer, Section
from vivavoce.webrtc.stun import Address

# FEC is asked for, so that a lost packet is in the next one. 10 ms is the least that RFC 7587
# section 7.1 recommends to offer; mono both ways, since a voice is what is mixed.
_OPUS: Final = "minptime=10;useinbandfec=1;stereo=0;sprop-stereo=0"


@dataclass(frozen=True, slots=True)
class Local:
    """Our end, as an answer tells it."""

    session: int
    """Identifies the peer connection (``o=``); below 2**63."""
    version: int
    """Grows with each answer to the same peer."""
    credentials: Credentials
    fingerprint: Fingerprint
    addresses: tuple[Address, ...]
    """Where our port is reached, best first."""
    ssrc: int
    cname: str
    returns: bool
    """Whether we have something to send to this peer."""


def build_answer(offer: Offer, local: Local) -> str:
    """Return the answer to ``offer``."""
    audio = offer.sections[offer.audio]
    lines = [
        "v=0",
        f"o=- {local.session} {local.version} IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=ice-lite",
    ]
    if offer.bundled:
        lines.append(f"a=group:BUNDLE {audio.mid}")
    for at, section in enumerate(offer.sections):
        lines += _taken(offer, local) if at == offer.audio else _refused(section)
    return "\r\n".join(lines) + "\r\n"


def answered(offered: Direction, returns: bool) -> Direction:
    """Return our side's direction (RFC 3264 section 6.1)."""
    send, receive = returns and offered.receives, offered.sends
    if send:
        return Direction.BOTH if receive else Direction.SEND
    return Direction.RECEIVE if receive else Direction.NONE


def _refused(section: Section) -> list[str]:
    lines = [f"m={section.kind} 0 {section.protocol} {' '.join(section.formats)}"]
    lines.append("c=IN IP4 0.0.0.0")
    if section.mid is not None:
        lines.append(f"a=mid:{section.mid}")
    return [*lines, "a=inactive"]


def _taken(offer: Offer, local: Local) -> list[str]:
    audio = offer.sections[offer.audio]
    number = offer.payload_type
    host, port = local.addresses[0]
    direction = answered(offer.direction, local.returns)
    lines = [
        f"m=audio {port} {audio.protocol} {number}",
        f"c=IN IP{ip_address(host).version} {host}",
        f"a={direction}",
        *([] if audio.mid is None else [f"a=mid:{audio.mid}"]),
        "a=rtcp-mux",
        f"a=rtpmap:{number} opus/48000/2",
        f"a=fmtp:{number} {_OPUS}",
        "a=ptime:20",
    ]
    if offer.level_extension is not None:
        lines.append(f"a=extmap:{offer.level_extension} {AUDIO_LEVEL}")
    if direction.sends:
        lines += ["a=msid:viva-voce programme", f"a=ssrc:{local.ssrc} cname:{local.cname}"]
    return [*lines, *_transport(local)]


def _transport(local: Local) -> list[str]:
    digest = local.fingerprint.digest.hex(":").upper()
    return [
        f"a=ice-ufrag:{local.credentials.ufrag}",
        f"a=ice-pwd:{local.credentials.password}",
        f"a=fingerprint:{local.fingerprint.algorithm} {digest}",
        "a=setup:passive",
        *(candidate(n, address) for n, address in enumerate(local.addresses)),
        "a=end-of-candidates",
    ]


def candidate(rank: int, address: Address) -> str:
    """Return the candidate line of our ``rank``-th address (RFC 8839 section 5.1)."""
    # RFC 8445 section 5.1.2.1: type preference 126 for host candidates, then our own order.
    priority = (126 << 24) | ((65_535 - rank) << 8) | 255
    return f"a=candidate:{rank + 1} 1 udp {priority} {address[0]} {address[1]} typ host"
