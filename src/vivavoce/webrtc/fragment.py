"""SDP fragments (RFC 8840): candidates as they are found, and credentials of an ICE restart. Pure.

We are ICE-lite and never check a path ourselves, so that a candidate of the peer's teaches us
nothing: its first check does. They are read strictly, counted, and let go.
"""

import re
from dataclasses import dataclass
from typing import Final

from vivavoce.errors import PeerError
from vivavoce.webrtc.answer import candidate
from vivavoce.webrtc.ice import Credentials
from vivavoce.webrtc.offer import PASSWORD, UFRAG
from vivavoce.webrtc.stun import Address

MAX_SIZE: Final = 16_384
MAX_LINES: Final = 256

# RFC 8839 section 5.1: foundation, component, transport, priority, address, port, type.
_CANDIDATE: Final = re.compile(
    r"candidate:[A-Za-z0-9+/-]{1,32} [0-9]{1,3} [A-Za-z]{3,8} [0-9]{1,10}"
    r" [0-9A-Za-z.:%_-]{1,255} [0-9]{1,5} typ [a-z]{1,16}( [!-~]{1,255}){0,32}"
)


@dataclass(frozen=True, slots=True)
class Fragment:
    """What a peer says of its end of the path."""

    credentials: Credentials | None = None
    """Those that it uses; other ones than before are an ICE restart."""
    candidates: tuple[str, ...] = ()
    complete: bool = False
    """No more candidates follow."""


def parse_fragment(text: str) -> Fragment:
    """Return what a fragment says; raises ``PeerError`` (``bad_fragment``)."""
    lines = text.split("\n", MAX_LINES + 1)
    if len(text) > MAX_SIZE or len(lines) > MAX_LINES:
        raise _bad("it is too long")
    found: dict[str, str] = {}
    candidates: list[str] = []
    for raw in lines:
        line = raw.rstrip("\r")
        if line and (len(line) < 3 or line[1] != "="):
            raise _bad("it has a line that is not SDP")
        name, _, value = line[2:].partition(":")
        if line.startswith("a=candidate:"):
            candidates.append(line[2:])
        elif line.startswith("a="):
            # One section takes part; the first wins, as in an offer.
            found.setdefault(name, value)
    return Fragment(_credentials(found), checked(tuple(candidates)), "end-of-candidates" in found)


def checked(candidates: tuple[str, ...]) -> tuple[str, ...]:
    """Return them if each is one; raises ``PeerError`` (``bad_fragment``)."""
    if not all(map(_CANDIDATE.fullmatch, candidates)):
        raise _bad("a candidate is malformed")
    return candidates


def build_fragment(mid: str | None, local: Credentials, addresses: tuple[Address, ...]) -> str:
    """Return our end after an ICE restart."""
    lines = [
        "a=ice-lite",
        *([] if mid is None else [f"a=group:BUNDLE {mid}"]),
        "m=audio 9 UDP/TLS/RTP/SAVPF 0",
        *([] if mid is None else [f"a=mid:{mid}"]),
        f"a=ice-ufrag:{local.ufrag}",
        f"a=ice-pwd:{local.password}",
        *(candidate(n, address) for n, address in enumerate(addresses)),
        "a=end-of-candidates",
    ]
    return "\r\n".join(lines) + "\r\n"


def _credentials(found: dict[str, str]) -> Credentials | None:
    ufrag, password = found.get("ice-ufrag"), found.get("ice-pwd")
    if ufrag is None and password is None:
        return None
    if not (UFRAG.fullmatch(ufrag or "") and PASSWORD.fullmatch(password or "")):
        raise _bad("its ICE user fragment or password is missing or malformed")
    return Credentials(ufrag or "", password or "")


def _bad(why: str) -> PeerError:
    return PeerError("bad_fragment", f"This part of a description cannot be taken: {why}.")
