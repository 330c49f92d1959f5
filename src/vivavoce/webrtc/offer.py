"""SDP offers as browsers and WHIP encoders make them: the one audio section that we can take. Pure.

Strict and bounded: an offer is text of a stranger. Whatever is not the first Opus section is kept
only as far as an answer must repeat it in order to refuse it (RFC 3264 section 6). Bad offers
raise ``PeerError`` with the code ``bad_offer`` and the reason in plain words.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from vivavoce.errors import PeerError
from vivavoce.webrtc.ice import Credentials

MAX_SIZE: Final = 65_536  # a browser's offer for a page full of video stays below 20 KB
MAX_LINES: Final = 2_000
MAX_SECTIONS: Final = 16
AUDIO_LEVEL: Final = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"  # RFC 6464

UFRAG: Final = re.compile(r"[A-Za-z0-9+/]{4,256}")
PASSWORD: Final = re.compile(r"[A-Za-z0-9+/]{22,256}")
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`{|}~0-9A-Za-z-]{1,64}")
_PROTOCOL: Final = re.compile(r"[A-Za-z0-9/]{1,32}")
_HASHES: Final = {"sha-256": 32, "sha-384": 48, "sha-512": 64}  # RFC 8122 section 5, less the weak
_OURS: Final = "UDP/TLS/RTP/SAVPF"
_PROTOCOLS: Final = frozenset({_OURS, "RTP/SAVPF", "UDP/TLS/RTP/SAVP", "RTP/SAVP"})


class Direction(StrEnum):
    """Who sends, seen from whoever wrote it."""

    BOTH = "sendrecv"
    SEND = "sendonly"
    RECEIVE = "recvonly"
    NONE = "inactive"

    @property
    def sends(self) -> bool:
        """Whether the writer sends."""
        return self in {Direction.BOTH, Direction.SEND}

    @property
    def receives(self) -> bool:
        """Whether the writer receives."""
        return self in {Direction.BOTH, Direction.RECEIVE}


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A hash of the certificate that the other end will show (RFC 8122)."""

    algorithm: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Section:
    """One m-section as written. ``attributes`` maps a name to its values in order."""

    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    attributes: dict[str, list[str]] = field(default_factory=dict)

    @property
    def mid(self) -> str | None:
        """The media identification (RFC 5888)."""
        return _token(self.attributes.get("mid", [""])[0])


@dataclass(frozen=True, slots=True)
class Offer:
    """What an answer needs to know of an offer."""

    sections: tuple[Section, ...]
    audio: int
    """Which of ``sections`` is the one that we take."""
    payload_type: int
    remote: Credentials
    fingerprints: tuple[Fingerprint, ...]
    direction: Direction
    level_extension: int | None
    """The number of the RFC 6464 header extension, if it is offered."""
    bundled: bool


def parse_offer(text: str) -> Offer:
    """Return what the offer offers; ``PeerError`` (``bad_offer``) says why it cannot be taken."""
    session, sections = _read(text)
    groups = [g.split()[1:] for g in session.get("group", []) if g.startswith("BUNDLE ")]
    bundle = groups[0] if groups else []
    at, payload_type = _choose(sections)
    audio = sections[at]
    bundled = audio.mid is not None and audio.mid in bundle
    tagged = [s for s in sections if bundled and s.mid == bundle[0]]
    look = [audio.attributes, session, *(s.attributes for s in tagged)]
    if "rtcp-mux" not in audio.attributes and "rtcp-mux-only" not in audio.attributes:
        raise _bad("the offer has no rtcp-mux, and there is only one port")
    if _first(look, "setup") not in {"actpass", "active"}:
        raise _bad("the offer must leave the passive side of DTLS to the server (setup:actpass)")
    if "ice-lite" in session:
        raise _bad("both ends are ICE-lite: nobody would look for a path")
    return Offer(
        sections=tuple(sections),
        audio=at,
        payload_type=payload_type,
        remote=_credentials(_first(look, "ice-ufrag"), _first(look, "ice-pwd")),
        fingerprints=_fingerprints(look),
        direction=_direction(audio.attributes, session),
        level_extension=_level_extension(audio),
        bundled=bundled,
    )


def _bad(why: str) -> PeerError:
    return PeerError("bad_offer", f"This WebRTC offer cannot be taken: {why}.")


def _read(text: str) -> tuple[dict[str, list[str]], list[Section]]:
    """Split the text into session attributes and sections, in one pass and within bounds."""
    if len(text) > MAX_SIZE:
        raise _bad("it is too long")
    lines = text.split("\n", MAX_LINES + 1)
    if len(lines) > MAX_LINES:
        raise _bad("it has too many lines")
    if lines[0].rstrip("\r") != "v=0":
        raise _bad("it does not begin with v=0")
    session: dict[str, list[str]] = {}
    sections: list[Section] = []
    for raw in lines[1:]:
        line = raw.rstrip("\r")
        if line.startswith("m="):
            sections.append(_section(line[2:]))
        elif line.startswith("a="):
            name, _, value = line[2:].partition(":")
            target = sections[-1].attributes if sections else session
            target.setdefault(name, []).append(value)
        elif line and (len(line) < 2 or line[1] != "=" or not line[0].isalpha()):
            raise _bad("it has a line that is not SDP")
    if not 1 <= len(sections) <= MAX_SECTIONS:
        raise _bad(f"it must have between 1 and {MAX_SECTIONS} media sections")
    return session, sections


def _section(line: str) -> Section:
    match line.split(" "):
        case [kind, port, protocol, *formats] if (
            _TOKEN.fullmatch(kind)
            and _number(port.partition("/")[0], 65_535) is not None
            and _PROTOCOL.fullmatch(protocol)
            and 0 < len(formats) <= 64
            and all(map(_TOKEN.fullmatch, formats))
        ):
            return Section(kind, int(port.partition("/")[0]), protocol, tuple(formats))
    raise _bad("a media line is malformed")


def _choose(sections: list[Section]) -> tuple[int, int]:
    """Return the first section that is Opus over SRTP, and Opus' payload type in it."""
    for at, section in enumerate(sections):
        live = section.port or "bundle-only" in section.attributes
        if section.kind == "audio" and section.protocol in _PROTOCOLS and live:
            payload_type = _opus(section)
            if payload_type is not None:
                return at, payload_type
    raise _bad("it offers no Opus audio")


def _opus(section: Section) -> int | None:
    for line in section.attributes.get("rtpmap", []):
        number, _, codec = line.partition(" ")
        # RFC 7587 section 7: always written as opus/48000/2, whatever is sent.
        if number in section.formats and codec.lower() == "opus/48000/2":
            return _number(number, 127)
    return None


def _first(look: list[dict[str, list[str]]], name: str) -> str:
    return next((attributes[name][0] for attributes in look if name in attributes), "")


def _credentials(ufrag: str, password: str) -> Credentials:
    if not (UFRAG.fullmatch(ufrag) and PASSWORD.fullmatch(password)):
        raise _bad("its ICE user fragment or password is missing or malformed")
    return Credentials(ufrag, password)


def _fingerprints(look: list[dict[str, list[str]]]) -> tuple[Fingerprint, ...]:
    lines = next((a["fingerprint"] for a in look if "fingerprint" in a), [])
    found = [_fingerprint(line) for line in lines[:8]]
    strong = tuple(f for f in found if f is not None)
    if not strong:
        raise _bad("it has no certificate fingerprint of SHA-256 or stronger")
    return strong


def _fingerprint(line: str) -> Fingerprint | None:
    name, _, digits = line.strip().partition(" ")
    size = _HASHES.get(name.lower())
    if size is None or not re.fullmatch(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2})*", digits):
        return None
    digest = bytes.fromhex(digits.replace(":", ""))
    return Fingerprint(name.lower(), digest) if len(digest) == size else None


def _direction(audio: dict[str, list[str]], session: dict[str, list[str]]) -> Direction:
    for attributes in (audio, session):
        for direction in Direction:
            if direction.value in attributes:
                return direction
    return Direction.BOTH


def _level_extension(audio: Section) -> int | None:
    for line in audio.attributes.get("extmap", []):
        number, _, rest = line.partition(" ")
        if rest.split(" ")[0] == AUDIO_LEVEL:
            # A direction may follow the number (RFC 8285 section 8); 15 is reserved.
            found = _number(number.partition("/")[0], 255)
            return found if found and found != 15 else None
    return None


def _token(text: str) -> str | None:
    return text if _TOKEN.fullmatch(text) else None


def _number(text: str, most: int) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,5}", text) and int(text) <= most else None
