"""The PROXY protocol (HAProxy, versions 1 and 2): who is behind a proxy that passes bytes on. Pure.

It stands before the first byte of a connection. Only listed proxies may send it; from anybody else
it is a malformed request.
"""

import re
import struct
from ipaddress import ip_address
from typing import Final, NamedTuple

from vivavoce.errors import PeerError

_SIGNATURE: Final = b"\r\n\r\n\x00\r\nQUIT\n"
_FIXED: Final = struct.Struct("!12sBBH")

# Version 1 has at most 107 characters (section 2.1); of version 2, what more than addresses there
# is (TLVs, such as of a certificate) is skipped, within reason.
_LINE_LIMIT: Final = 107
_BODY_LIMIT: Final = 2_048

_LINE: Final = re.compile(
    rb"PROXY (?:UNKNOWN(?: [\x21-\x7e ]*)?|(TCP[46]) (\S+) (\S+) (\d{1,5}) (\d{1,5}))\r\n"
)
_SIZES: Final = {0x1: 4, 0x2: 16}  # address families: IPv4, IPv6


class Introduced(NamedTuple):
    """What a proxy said: ``address`` None keeps the proxy's own (health checks, unknown)."""

    address: str | None
    size: int
    """Bytes that the introduction took."""


def introduced(data: bytes) -> Introduced | None:
    """Read the introduction at the start of ``data``; None until more of it has come.

    What does not begin like one is no introduction, of size 0. ``PeerError`` if it is broken.
    """
    if _SIGNATURE.startswith(data[:12]) and data:
        return _version_2(data)
    if b"PROXY ".startswith(data[:6]) and data:
        return _version_1(data)
    return Introduced(None, 0) if data else None


def _version_1(data: bytes) -> Introduced | None:
    end = data.find(b"\n", 0, _LINE_LIMIT)
    if end < 0:
        if len(data) >= _LINE_LIMIT:
            raise _broken()
        return None
    found = _LINE.fullmatch(data, 0, end + 1)
    if found is None:
        raise _broken()
    if found[1] is None:
        return Introduced(None, end + 1)
    try:
        address = ip_address(found[2].decode("ascii"))
        ip_address(found[3].decode("ascii"))
    except ValueError:
        raise _broken() from None
    if address.version != int(found[1][3:]):
        raise _broken()
    return Introduced(str(address), end + 1)


def _version_2(data: bytes) -> Introduced | None:
    if len(data) < _FIXED.size:
        return None
    _, command, family, length = _FIXED.unpack_from(data)
    if command not in {0x20, 0x21} or length > _BODY_LIMIT:
        raise _broken()
    whole = _FIXED.size + length
    if len(data) < whole:
        return None
    size = _SIZES.get(family >> 4)
    if command == 0x20 or size is None:  # LOCAL: the proxy itself; or a family without addresses
        return Introduced(None, whole)
    if length < 2 * size + 4:
        raise _broken()
    return Introduced(str(ip_address(data[_FIXED.size : _FIXED.size + size])), whole)


def _broken() -> PeerError:
    return PeerError("bad_request", "The PROXY header is malformed.")
