"""The browser's side of a call, in memory: a full ICE agent, a DTLS client, SRTP, one SSRC.

Made of the other halves of what it meets, so a test can send what no browser would.
"""

import contextlib
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import anyio
import pylibsrtp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from OpenSSL import SSL
from pylibsrtp import Policy, Session

from vivavoce.errors import Problem
from vivavoce.mix.opus import Decoder
from vivavoce.mix.voice import Voice
from vivavoce.webrtc import rtp, stun
from vivavoce.webrtc.dtls import Identity, SrtpProfile
from vivavoce.webrtc.endpoint import PeerState
from vivavoce.webrtc.offer import parse_offer
from vivavoce.webrtc.stun import Address, Attribute
from vivavoce.webrtc.udp_peer import UdpPeer

WALL = datetime(2024, 8, 13, tzinfo=UTC)
HOME: Address = ("198.51.100.7", 50_000)
PAYLOAD_TYPE = 111
_PROFILES = {
    SrtpProfile.AEAD_AES_128_GCM: Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    SrtpProfile.AES128_CM_SHA1_80: Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
}
_serial = iter(range(1, 1 << 30))


class Caller:
    """One end of a call. ``profile`` is the only SRTP profile that it offers."""

    def __init__(
        self, profile: SrtpProfile = SrtpProfile.AEAD_AES_128_GCM, *, direction: str = "sendonly"
    ) -> None:
        self.profile = profile
        self.direction = direction
        self.ufrag, self.password = "abcd", "a" * 24
        self.ssrc = 0x1234
        self.sequence = 65_530
        self.theirs: tuple[str, str] = ("", "")
        self._key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "caller")])
        self.certificate = (
            x509.CertificateBuilder(name, name, self._key.public_key(), 1)
            .not_valid_before(WALL)
            .not_valid_after(WALL.replace(year=2100))
            .sign(self._key, hashes.SHA256())
        )
        self.ssl = self.new_ssl()
        self.inbound: Session
        self.outbound: Session

    def new_ssl(self) -> SSL.Connection:
        context = SSL.Context(SSL.DTLS_CLIENT_METHOD)
        context.use_privatekey(self._key)
        context.use_certificate(self.certificate)
        context.set_verify(SSL.VERIFY_PEER, lambda *_: True)
        context.set_tlsext_use_srtp(self.profile.value[0])
        ssl = SSL.Connection(context, None)
        ssl.set_ciphertext_mtu(1200)
        ssl.set_connect_state()
        return ssl

    def offer(self) -> str:
        digest = self.certificate.fingerprint(hashes.SHA256()).hex(":").upper()
        lines = [
            "v=0",
            "o=- 1 1 IN IP4 0.0.0.0",
            "s=-",
            "t=0 0",
            "a=group:BUNDLE 0",
            f"m=audio 9 UDP/TLS/RTP/SAVPF {PAYLOAD_TYPE}",
            "c=IN IP4 0.0.0.0",
            f"a=ice-ufrag:{self.ufrag}",
            f"a=ice-pwd:{self.password}",
            f"a=fingerprint:sha-256 {digest}",
            "a=setup:actpass",
            "a=mid:0",
            "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
            f"a={self.direction}",
            "a=rtcp-mux",
            f"a=rtpmap:{PAYLOAD_TYPE} opus/48000/2",
        ]
        return "\r\n".join(lines) + "\r\n"

    def accept(self, answer: str) -> None:
        """Take the server's user fragment and password."""
        ufrag = re.search(r"a=ice-ufrag:(\S+)", answer)
        password = re.search(r"a=ice-pwd:(\S+)", answer)
        assert ufrag
        assert password
        self.theirs = (ufrag[1], password[1])

    def check(self, *, nominate: bool = True, password: str | None = None) -> bytes:
        """Return an ICE connectivity check."""
        attributes = {
            int(Attribute.USERNAME): f"{self.theirs[0]}:{self.ufrag}".encode(),
            int(Attribute.PRIORITY): struct.pack("!I", 1),
            int(Attribute.ICE_CONTROLLING): bytes(8),
        }
        if nominate:
            attributes[int(Attribute.USE_CANDIDATE)] = b""
        transaction = next(_serial).to_bytes(12)
        return stun.build(stun.Kind.REQUEST, transaction, attributes, password or self.theirs[1])

    def shake(self, datagrams: list[bytes]) -> list[bytes]:
        """Take the server's DTLS datagrams; return ours."""
        for datagram in datagrams:
            self.ssl.bio_write(datagram)
        with contextlib.suppress(SSL.WantReadError):
            self.ssl.do_handshake()
        out: list[bytes] = []
        with contextlib.suppress(SSL.WantReadError):
            while True:
                out.append(self.ssl.bio_read(65_536))
        return out

    def agree(self) -> None:
        """Derive the SRTP keys; the handshake must be done."""
        _, key, salt = self.profile.value
        raw = self.ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (key + salt))
        salts = raw[2 * key :]
        profile = _PROFILES[self.profile]
        ours = Policy(raw[:key] + salts[:salt], Policy.SSRC_ANY_OUTBOUND, srtp_profile=profile)
        ours.allow_repeat_tx = True
        theirs = Policy(
            raw[key : 2 * key] + salts[salt:], Policy.SSRC_ANY_INBOUND, srtp_profile=profile
        )
        self.outbound, self.inbound = Session(ours), Session(theirs)

    def rtp(self, payload: bytes, *, time: int, payload_type: int = PAYLOAD_TYPE) -> bytes:
        """Return the next SRTP packet."""
        plain = rtp.build(payload_type, self.sequence, time, self.ssrc, payload)
        self.sequence += 1
        return self.seal(plain)

    def seal(self, plain: bytes) -> bytes:
        return self.outbound.protect(plain)

    def opens(self, datagram: bytes) -> bytes | None:
        """Return the plain RTP or RTCP packet in a datagram of the server's."""
        try:
            is_control = 192 <= datagram[1] <= 223
            unprotect = self.inbound.unprotect_rtcp if is_control else self.inbound.unprotect
            return unprotect(datagram)
        except pylibsrtp.Error:
            return None


@dataclass
class States:
    """Remembers what a peer's state became."""

    seen: list[tuple[PeerState, Problem | None]] = field(default_factory=list)

    def __call__(self, state: PeerState, problem: Problem | None) -> None:
        self.seen.append((state, problem))

    @property
    def last(self) -> PeerState | None:
        return self.seen[-1][0] if self.seen else None


def new_voice() -> Voice:
    return Voice(Decoder())


def peer_for(caller: Caller, states: States, *, returns: bool = False) -> UdpPeer:
    """Return the server's peer for this caller's offer, and let the caller take the answer."""
    peer = UdpPeer(
        identity=Identity(WALL),
        offer=parse_offer(caller.offer()),
        addresses=(("192.0.2.1", 8082),),
        new_voice=new_voice,
        on_state=states,
        began=0.0,
        returns=returns,
    )
    caller.accept(peer.sdp)
    return peer


def check(peer: UdpPeer, data: bytes, source: Address = HOME, *, now: float = 0.0) -> bool:
    """Send a check; whether it was good."""
    message = stun.parse(data)
    assert message is not None
    checked = peer.check(message, source, now)
    return checked is not None and checked.good


def connect(peer: UdpPeer, caller: Caller, *, now: float = 0.0) -> None:
    """Check the path, shake hands, agree on keys."""
    assert check(peer, caller.check(), now=now)
    flight = caller.shake([])
    while peer.srtp is None:
        assert flight, "the handshake stands still"
        flight = caller.shake([d for f in flight for d in peer.handshake(f, now)])
    caller.agree()


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something outside has happened, for half a minute at most."""
    with anyio.fail_after(30):
        while not condition():  # noqa: ASYNC110  what is waited for knows of no event
            await anyio.sleep(0.005)
