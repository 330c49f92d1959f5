"""STUN messages (RFC 8489), as far as ICE connectivity checks (RFC 8445) use them. Pure.

A check is a Binding request with USERNAME, MESSAGE-INTEGRITY under the answerer's password and
FINGERPRINT. ``parse`` is strict: what is not exactly a message is ``None``, because on a shared
port anybody can send anything.
"""

import hmac
import struct
import zlib
from dataclasses import dataclass, field
from enum import IntEnum
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

MAGIC: Final = 0x2112A442
HEADER: Final = struct.Struct("!HHI12s")
MAX_MESSAGE: Final = (
    1280  # a check is some 100 bytes; RFC 8489 section 6.1 keeps below the IPv6 MTU
)
MAX_ATTRIBUTES: Final = 32

_FINGERPRINT_XOR: Final = 0x5354554E  # RFC 8489 section 14.7
_INTEGRITY_SIZE: Final = 20  # HMAC-SHA1
_ATTRIBUTE: Final = struct.Struct("!HH")

Address = tuple[str, int]
"""Host and UDP port, the first two of what ``getsockname`` gives."""


class Kind(IntEnum):
    """Method Binding with its four classes (RFC 8489 section 5)."""

    REQUEST = 0x0001
    INDICATION = 0x0011
    SUCCESS = 0x0101
    ERROR = 0x0111


class Attribute(IntEnum):
    """Attribute types (RFC 8489 section 14, RFC 8445 section 7.1)."""

    USERNAME = 0x0006
    MESSAGE_INTEGRITY = 0x0008
    ERROR_CODE = 0x0009
    UNKNOWN_ATTRIBUTES = 0x000A
    XOR_MAPPED_ADDRESS = 0x0020
    PRIORITY = 0x0024
    USE_CANDIDATE = 0x0025
    FINGERPRINT = 0x8028
    ICE_CONTROLLED = 0x8029
    ICE_CONTROLLING = 0x802A


_REQUIRED_WE_KNOW: Final = frozenset(
    int(known) for known in Attribute if known < 0x8000
)  # a type below 0x8000 that is not here must be refused with 420


@dataclass(frozen=True, slots=True)
class Message:
    """One message. ``attributes`` holds the first value of each type, in order of appearance."""

    kind: Kind
    transaction: bytes
    attributes: dict[int, bytes] = field(default_factory=dict)
    signed: bytes | None = None
    """The bytes that MESSAGE-INTEGRITY covers, with the length field as it was when signed."""

    @property
    def username(self) -> str | None:
        """USERNAME, if there is one that is text."""
        raw = self.attributes.get(Attribute.USERNAME)
        try:
            return None if raw is None else raw.decode()
        except UnicodeDecodeError:
            return None

    @property
    def unknown(self) -> list[int]:
        """Types that must be understood and are not."""
        return [a for a in self.attributes if a < 0x8000 and a not in _REQUIRED_WE_KNOW]

    @property
    def mapped(self) -> Address | None:
        """XOR-MAPPED-ADDRESS, if there is a valid one."""
        raw = self.attributes.get(Attribute.XOR_MAPPED_ADDRESS)
        return None if raw is None else _unmask(raw, self.transaction)

    @property
    def error(self) -> int | None:
        """The number in ERROR-CODE, 300 to 699."""
        raw = self.attributes.get(Attribute.ERROR_CODE)
        return None if raw is None or len(raw) < 4 else (raw[2] & 7) * 100 + raw[3]

    def signed_by(self, password: str) -> bool:
        """Whether MESSAGE-INTEGRITY is there and right (short-term credential, section 9.1)."""
        if self.signed is None:
            return False
        wanted = hmac.digest(password.encode(), self.signed, "sha1")
        return hmac.compare_digest(wanted, self.attributes[Attribute.MESSAGE_INTEGRITY])


def parse(data: bytes) -> Message | None:
    """Return the message in ``data``, or ``None`` if it is not one. Never raises.

    A FINGERPRINT that is there must be right and last (section 7.3). Of what follows
    MESSAGE-INTEGRITY only FINGERPRINT counts: nothing else there is authenticated (section 14.5).
    """
    if not HEADER.size <= len(data) <= MAX_MESSAGE or len(data) % 4:
        return None
    kind, length, magic, transaction = HEADER.unpack_from(data)
    if magic != MAGIC or length != len(data) - HEADER.size or kind not in _KINDS:
        return None
    found = _attributes(data)
    if found is None:
        return None
    attributes, integrity_at = found
    signed = (
        None if integrity_at is None else _with_length(data[:integrity_at], 4 + _INTEGRITY_SIZE)
    )
    return Message(Kind(kind), transaction, attributes, signed)


_KINDS: Final = frozenset(int(kind) for kind in Kind)


def _attributes(data: bytes) -> tuple[dict[int, bytes], int | None] | None:
    attributes: dict[int, bytes] = {}
    integrity_at: int | None = None
    at = HEADER.size
    for _ in range(MAX_ATTRIBUTES):
        if at == len(data):
            return attributes, integrity_at
        kind, length = _ATTRIBUTE.unpack_from(data, at)  # 4 bytes are there: all is padded to 4
        value = data[at + 4 : at + 4 + length]
        end = at + 4 + length + (-length % 4)
        if end > len(data) or not _well_formed(kind, value, data, at, end):
            return None
        if integrity_at is None or kind == Attribute.FINGERPRINT:
            attributes.setdefault(kind, value)
        if kind == Attribute.MESSAGE_INTEGRITY and integrity_at is None:
            integrity_at = at
        at = end
    return (attributes, integrity_at) if at == len(data) else None


def _well_formed(kind: int, value: bytes, data: bytes, at: int, end: int) -> bool:
    if kind == Attribute.MESSAGE_INTEGRITY:
        return len(value) == _INTEGRITY_SIZE
    if kind == Attribute.FINGERPRINT:
        return end == len(data) and value == _fingerprint(data[:at])
    return True


def _with_length(head: bytes, extra: int) -> bytes:
    """Return ``head`` with its length field counting ``extra`` bytes that will follow."""
    return head[:2] + struct.pack("!H", len(head) - HEADER.size + extra) + head[4:]


def _fingerprint(covered: bytes) -> bytes:
    return struct.pack("!I", zlib.crc32(_with_length(covered, 8)) ^ _FINGERPRINT_XOR)


def build(
    kind: Kind,
    transaction: bytes,
    attributes: dict[int, bytes],
    password: str | None = None,
) -> bytes:
    """Return the message as bytes: FINGERPRINT always, MESSAGE-INTEGRITY with a password."""
    body = b"".join(_attribute(kind_, value) for kind_, value in attributes.items())
    data = HEADER.pack(kind, len(body), MAGIC, transaction) + body
    if password is not None:
        covered = _with_length(data, 4 + _INTEGRITY_SIZE)
        digest = hmac.digest(password.encode(), covered, "sha1")
        data = covered + _attribute(Attribute.MESSAGE_INTEGRITY, digest)
    return _with_length(data, 8) + _attribute(Attribute.FINGERPRINT, _fingerprint(data))


def _attribute(kind: int, value: bytes) -> bytes:
    return _ATTRIBUTE.pack(kind, len(value)) + value + bytes(-len(value) % 4)


def success(request: Message, source: Address, password: str) -> bytes:
    """Return the answer to a good check: where we saw it come from (RFC 8445 section 7.3.1)."""
    mapped = {int(Attribute.XOR_MAPPED_ADDRESS): _mask(source, request.transaction)}
    return build(Kind.SUCCESS, request.transaction, mapped, password)


_REASONS: Final = {
    400: b"Bad Request",
    401: b"Unauthenticated",
    420: b"Unknown Attribute",
    487: b"Role Conflict",
}


def refusal(request: Message, code: int, password: str | None = None) -> bytes:
    """Return an error answer: 400, 401, 420 or 487."""
    attributes = {
        int(Attribute.ERROR_CODE): bytes([0, 0, code // 100, code % 100]) + _REASONS[code]
    }
    if code == 420:
        unknown = request.unknown
        attributes[Attribute.UNKNOWN_ATTRIBUTES] = struct.pack(f"!{len(unknown)}H", *unknown)
    return build(Kind.ERROR, request.transaction, attributes, password)


def _mask(address: Address, transaction: bytes) -> bytes:
    host = ip_address(address[0].partition("%")[0])
    key = struct.pack("!I", MAGIC) + transaction
    packed = bytes(a ^ b for a, b in zip(host.packed, key, strict=False))
    return struct.pack("!BBH", 0, 1 if host.version == 4 else 2, address[1] ^ MAGIC >> 16) + packed


def _unmask(raw: bytes, transaction: bytes) -> Address | None:
    if len(raw) not in {8, 20} or raw[1] != (1 if len(raw) == 8 else 2):
        return None
    key = struct.pack("!I", MAGIC) + transaction
    packed = bytes(a ^ b for a, b in zip(raw[4:], key, strict=False))
    host = IPv4Address(packed) if len(packed) == 4 else IPv6Address(packed)
    return str(host), struct.unpack_from("!H", raw, 2)[0] ^ MAGIC >> 16
