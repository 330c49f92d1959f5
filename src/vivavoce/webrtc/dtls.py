"""One DTLS 1.2 association, as the server, in memory: datagrams in, datagrams and SRTP keys out.

OpenSSL does the work. Around it: the peer's certificate must have the fingerprint that its offer
named (RFC 8827 section 6.5, nothing else makes it the peer), records are checked before OpenSSL
sees them, and a handshake may cost only so much. There is no renegotiation and no use for
application data.
"""

import contextlib
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from vivavoce.errors import PeerError
from vivavoce.webrtc.offer import Fingerprint

MTU: Final = 1200  # what browsers use: fits every path that carries IPv6 with some tunnel overhead

# A handshake is four flights of some 3 KB with retransmissions; a ClientHello with post-quantum
# key shares adds 2 KB. Whoever needs more than this is not shaking hands.
MAX_DATAGRAMS: Final = 128
MAX_BYTES: Final = 65_536

_RECORD: Final = struct.Struct("!BHHIHH")  # type, version, epoch, sequence (48 bits), length
_TYPES: Final = frozenset({20, 21, 22, 23})  # RFC 6347 section 4.1
_VERSIONS: Final = frozenset({0xFEFF, 0xFEFD})  # DTLS 1.0 (a ClientHello's record) and 1.2

_CIPHERS: Final = b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305"


class SrtpProfile(Enum):
    """Protection profiles: OpenSSL's name, key and salt length in bytes (RFC 5764, RFC 7714)."""

    AEAD_AES_128_GCM = (b"SRTP_AEAD_AES_128_GCM", 16, 12)
    AES128_CM_SHA1_80 = (b"SRTP_AES128_CM_SHA1_80", 16, 14)


@dataclass(frozen=True, slots=True)
class SrtpKeys:
    """What a handshake yields: master key and salt of each direction, joined."""

    profile: SrtpProfile
    theirs: bytes
    ours: bytes


class Identity:
    """Our key and self-signed certificate; one for all peers, new at each start."""

    def __init__(self, wall: datetime) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "viva-voce")])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(wall - timedelta(days=1))
            .not_valid_after(wall + timedelta(days=365))
            .sign(key, hashes.SHA256())
        )
        self.fingerprint = Fingerprint("sha-256", certificate.fingerprint(hashes.SHA256()))
        self.context = SSL.Context(SSL.DTLS_SERVER_METHOD)
        self.context.use_privatekey(key)
        self.context.use_certificate(certificate)
        self.context.set_cipher_list(_CIPHERS)
        self.context.set_options(SSL.OP_NO_RENEGOTIATION | SSL.OP_NO_TICKET)
        self.context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        self.context.set_tlsext_use_srtp(b":".join(p.value[0] for p in SrtpProfile))
        # Any certificate will do here: who it belongs to is told by its fingerprint alone.
        self.context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)


class Dtls:
    """The association with one peer."""

    def __init__(self, identity: Identity, expected: tuple[Fingerprint, ...]) -> None:
        self._expected = expected
        self._ssl = SSL.Connection(identity.context, None)
        self._ssl.set_ciphertext_mtu(MTU)
        self._ssl.set_accept_state()
        self._datagrams = 0
        self._bytes = 0
        self.keys: SrtpKeys | None = None
        """Set once the handshake is done and the peer is who its offer said."""
        self.closed = False
        """The peer said goodbye (close_notify), authentically."""
        self.rejected = 0
        """Datagrams that were no DTLS records."""

    def receive(self, datagram: bytes) -> list[bytes]:
        """Take one datagram; return those to send. ``PeerError`` ends the association."""
        if self.closed:
            return []
        if not _records_whole(datagram):
            self.rejected += 1
            return []
        if self.keys is None:
            self._count(len(datagram))
        self._ssl.bio_write(datagram)
        self._advance()
        return self._outgoing()

    def timeout(self) -> list[bytes]:
        """Send the last flight again if OpenSSL finds that it is time; return the datagrams."""
        if self.keys is not None:
            return []
        try:
            self._ssl.DTLSv1_handle_timeout()
        except SSL.Error:
            raise _failed("nobody answered") from None
        return self._outgoing()

    def timeout_in(self) -> float | None:
        """Return the seconds until ``timeout`` should be called; ``None`` while nothing is due."""
        return None if self.keys is not None else self._ssl.DTLSv1_get_timeout()

    def close(self) -> list[bytes]:
        """Say goodbye; return the datagrams that do."""
        if self.keys is None or self.closed:
            return []
        self.closed = True
        with contextlib.suppress(SSL.Error):
            self._ssl.shutdown()
        return self._outgoing()

    def _count(self, size: int) -> None:
        self._datagrams += 1
        self._bytes += size
        if self._datagrams > MAX_DATAGRAMS or self._bytes > MAX_BYTES:
            raise _failed("its handshake does not end")

    def _advance(self) -> None:
        try:
            if self.keys is None:
                self._ssl.do_handshake()
                self.keys = self._agreed()
            while True:  # there is no data channel: what comes is thrown away
                self._ssl.recv(2048)
        except SSL.WantReadError:
            return
        except SSL.ZeroReturnError:
            self.closed = True
        except SSL.Error:
            if self.keys is None:
                raise _failed("the DTLS handshake failed") from None
            self.closed = True  # a fatal alert that was authentic; OpenSSL drops forged ones

    def _agreed(self) -> SrtpKeys:
        certificate = self._ssl.get_peer_certificate(as_cryptography=True)
        if certificate is None or not any(_matches(certificate, f) for f in self._expected):
            raise _failed("its certificate is not the one of its offer")
        name = self._ssl.get_selected_srtp_profile()
        profile = next((p for p in SrtpProfile if p.value[0] == name), None)
        if profile is None:
            raise _failed("it agreed to no SRTP profile")
        _, key, salt = profile.value
        # RFC 5764 section 4.2: client key, server key, client salt, server salt.
        raw = self._ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (key + salt))
        theirs, ours = raw[:key], raw[key : 2 * key]
        salts = raw[2 * key :]
        return SrtpKeys(profile, theirs + salts[:salt], ours + salts[salt:])

    def _outgoing(self) -> list[bytes]:
        pieces: list[bytes] = []
        with contextlib.suppress(SSL.WantReadError):
            while True:
                pieces.append(self._ssl.bio_read(65_536))
        return _datagrams(b"".join(pieces))


def _failed(why: str) -> PeerError:
    return PeerError("media_refused", f"The media connection was refused: {why}.")


_HASH: Final[dict[str, type[hashes.SHA256 | hashes.SHA384 | hashes.SHA512]]] = {
    "sha-256": hashes.SHA256,
    "sha-384": hashes.SHA384,
    "sha-512": hashes.SHA512,
}


def _matches(certificate: x509.Certificate, expected: Fingerprint) -> bool:
    return certificate.fingerprint(_HASH[expected.algorithm]()) == expected.digest


def _lengths(data: bytes) -> list[int] | None:
    """Return the length of each record in ``data``; ``None`` if they do not fill it exactly."""
    lengths: list[int] = []
    at = 0
    while at < len(data):
        if at + _RECORD.size > len(data):
            return None
        kind, version, *_, length = _RECORD.unpack_from(data, at)
        if kind not in _TYPES or version not in _VERSIONS:
            return None
        lengths.append(_RECORD.size + length)
        at += lengths[-1]
    return lengths if at == len(data) else None


def _records_whole(datagram: bytes) -> bool:
    return bool(_lengths(datagram))


def _datagrams(stream: bytes) -> list[bytes]:
    """Cut OpenSSL's byte stream back into datagrams: whole records, as many as fit."""
    out: list[bytes] = []
    at = 0
    for length in _lengths(stream) or []:
        record = stream[at : at + length]
        at += length
        if out and len(out[-1]) + length <= MTU:
            out[-1] += record
        else:
            out.append(record)
    return out
