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
        self._sources: set[bytes] = set()
        self.refused = Refused()

    def open(self, packet: bytes) -> bytes | None:
        """Return the RTP packet in an SRTP packet, or ``None``: forged, replayed or malformed."""
        plain = self._open(packet, self._inbound.unprotect)
        return plain if plain is not None and self._known(plain[8:12]) else None

    def open_control(self, packet: bytes) -> bytes | None:
        """Return the RTCP packet in an SRTCP packet, or ``None``."""
        plain = self._open(packet, self._inbound.unprotect_rtcp)
        return plain if plain is not None and self._known(plain[4:8]) else None

    def seal(self, packet: bytes) -> bytes:
        """Protect an RTP packet of at most ``MAX_PACKET`` bytes."""
        return self._outbound.protect(packet)

    def seal_control(self, packet: bytes) -> bytes:
        """Protect an RTCP packet."""
        return self._outbound.protect_rtcp(packet)

    def _open(self, packet: bytes, unprotect: Callable[[bytes], bytes]) -> bytes | None:
        try:
            return unprotect(packet)
        except pylibsrtp.Error as error:
            why = str(error)
            if why.startswith("replay"):
                self.refused.replayed += 1
            elif why == "authentication failure":
                self.refused.forged += 1
            else:
                self.refused.malformed += 1
        except ValueError:  # longer than libsrtp's buffer
            self.refused.malformed += 1
        return None

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
