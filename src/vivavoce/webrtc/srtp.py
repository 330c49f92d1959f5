"""SRTP and SRTCP for one peer (RFC 3711, RFC 7714), by libsrtp: plain packets or nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pylibsrtp
from pylibsrtp import Policy, Session

from vivavoce.webrtc.dtls import SrtpKeys, SrtpProfile

# 1024 packets are 20 s of voice: wider than any reordering, so that only a replay falls out.
REPLAY_WINDOW: Final = 1024
MAX_SOURCES: Final = 4  # one voice; an SSRC may change by collision or a restarted sender
MAX_PACKET: Final = 1500 - 148  # libsrtp's trailer may take 148 bytes of pylibsrtp's buffer

_PROFILES: Final = {
    SrtpProfile.AEAD_AES_128_GCM: Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    SrtpProfile.AES128_CM_SHA1_80: Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
}


@dataclass(slots=True)
class Refused:
    """Packets that were not let through, by why."""

    forged: int = 0
    """The authentication tag is wrong."""
    replayed: int = 0
    malformed: int = 0
    sources: int = 0
    """Authentic, but from one SSRC too many."""


class Srtp:
    """Both directions with one peer."""

    def __init__(self, keys: SrtpKeys) -> None:
        profile = _PROFILES[keys.profile]
        theirs = Policy(keys.theirs, Policy.SSRC_ANY_INBOUND, srtp_profile=profile)
        theirs.window_size = REPLAY_WINDOW
        ours = Policy(keys.ours, Policy.SSRC_ANY_OUTBOUND, srtp_profile=profile)
        self._inbound = Session(theirs)
        self._outbound = Session(ours)
        self._unprotect = self._inbound.unprotect
        self.seal: Callable[[bytes], bytes] = self._outbound.protect
        """Protects an RTP packet of at most ``MAX_PACKET`` bytes."""
        self._sources: set[bytes] = set()
        self.refused = Refused()

    def open(self, packet: bytes) -> bytes | None:
        """Return the RTP packet in an SRTP packet, or ``None``: forged, replayed or malformed."""
        try:
            plain = self._unprotect(packet)
        except (pylibsrtp.Error, ValueError) as error:
            self._refuse(error)
            return None
        return plain if plain[8:12] in self._sources or self._known(plain[8:12]) else None

    def open_control(self, packet: bytes) -> bytes | None:
        """Return the RTCP packet in an SRTCP packet, or ``None``."""
        try:
            plain = self._inbound.unprotect_rtcp(packet)
        except (pylibsrtp.Error, ValueError) as error:
            self._refuse(error)
            return None
        return plain if self._known(plain[4:8]) else None

    def seal_control(self, packet: bytes) -> bytes:
        """Protect an RTCP packet."""
        return self._outbound.protect_rtcp(packet)

    def _refuse(self, error: Exception) -> None:
        why = str(error)
        if why.startswith("replay"):
            self.refused.replayed += 1
        elif why == "authentication failure":
            self.refused.forged += 1
        else:  # a ValueError: longer than libsrtp's buffer
            self.refused.malformed += 1

    def _known(self, source: bytes) -> bool:
        if source in self._sources:
            return True
        if len(self._sources) >= MAX_SOURCES:
            # libsrtp keeps state for each SSRC that is authentic: give this one's back.
            self._inbound.remove_stream(int.from_bytes(source))
            self.refused.sources += 1
            return False
        self._sources.add(source)
        return True
