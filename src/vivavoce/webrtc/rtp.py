"""RTP headers (RFC 3550 section 5.1), header extensions (RFC 8285), unwrapped counters. Pure."""

import struct
from dataclasses import dataclass
from typing import Final

_FIXED: Final = struct.Struct("!BBHII")
_VERSION: Final = 2 << 6
_ONE_BYTE: Final = 0xBEDE  # RFC 8285 section 4.2
_TWO_BYTE: Final = 0x1000  # section 4.3; the low four bits are the application's


@dataclass(slots=True)  # not frozen, which makes making one a packet three times as slow
class RtpPacket:
    """One RTP packet as it came, its counters still wrapped; not written to."""

    payload_type: int
    marker: bool
    sequence: int
    """16 bits."""
    timestamp: int
    """32 bits, at the payload's clock rate: 48 kHz for Opus (RFC 7587 section 4.1)."""
    ssrc: int
    payload: bytes
    extension: bytes = b""
    """The extension's data; ``profile`` says in which form."""
    profile: int = 0

    def level_dbov(self, number: int) -> int | None:
        """Return the sender's own measure (RFC 6464), 0 (loudest) to -127; ``None`` if not told.

        ``number`` is that of the header extension element that holds it.
        """
        data = self.extension
        if self.profile == _ONE_BYTE and len(data) > 1 and 0 < data[0] == number << 4 < 0xF0:
            return -(data[1] & 0x7F)  # as senders that tell nothing else write it
        level = audio_level(self.element(number))
        return None if level is None else level.dbov

    def element(self, number: int) -> bytes | None:
        """Return the header extension element ``number`` (RFC 8285), or ``None``; never raises."""
        if self.profile == _ONE_BYTE:
            return _one_byte(self.extension, number)
        if self.profile & 0xFFF0 == _TWO_BYTE:
            return _two_byte(self.extension, number)
        return None


def parse(data: bytes) -> RtpPacket | None:
    """Return the packet in ``data``, or ``None`` if a length in it lies. Never raises."""
    if len(data) < _FIXED.size or data[0] & 0xC0 != _VERSION:
        return None
    first, second, sequence, timestamp, ssrc = _FIXED.unpack_from(data)
    at = _FIXED.size + 4 * (first & 0x0F)
    end = len(data)
    profile, extension = 0, b""
    if first & 0x10:
        if at + 4 > end:
            return None
        profile, words = struct.unpack_from("!HH", data, at)
        extension = data[at + 4 : at + 4 + 4 * words]
        at += 4 + 4 * words
    if first & 0x20 and at < end:
        padding = data[-1]
        if padding == 0:
            return None
        end -= padding
    elif first & 0x20:
        return None
    if at > end:
        return None
    return RtpPacket(
        second & 0x7F, second >= 0x80, sequence, timestamp, ssrc, data[at:end], extension, profile
    )


def build(payload_type: int, sequence: int, timestamp: int, ssrc: int, payload: bytes) -> bytes:
    """Return a packet without extension; the counters are wrapped here."""
    return (
        _FIXED.pack(_VERSION, payload_type, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc)
        + payload
    )


def _one_byte(data: bytes, number: int) -> bytes | None:
    at = 0
    while at < len(data):
        head = data[at]
        if head == 0:  # padding
            at += 1
            continue
        if head >> 4 == 15:  # reserved: the rest is not to be read
            return None
        end = at + 2 + (head & 0x0F)
        if end > len(data):
            return None
        if head >> 4 == number:
            return data[at + 1 : end]
        at = end
    return None


def _two_byte(data: bytes, number: int) -> bytes | None:
    at = 0
    while at < len(data):
        if data[at] == 0:
            at += 1
            continue
        if at + 2 > len(data):
            return None
        end = at + 2 + data[at + 1]
        if end > len(data):
            return None
        if data[at] == number:
            return data[at + 2 : end]
        at = end
    return None


@dataclass(slots=True)
class AudioLevel:
    """The sender's own measure of a packet (RFC 6464)."""

    dbov: int
    """0 (loudest) down to -127 (silence)."""
    voice: bool


def audio_level(element: bytes | None) -> AudioLevel | None:
    """Return the level in a header extension element, if it is one."""
    if not element:
        return None
    return AudioLevel(-(element[0] & 0x7F), element[0] >= 0x80)


class Unwrapper:
    """Turns a counter of ``bits`` bits, which wraps, into one that does not.

    Each value is taken as the one nearest to the newest so far, so order and loss up to half of
    the range do not matter. The first value is kept as it is.
    """

    def __init__(self, bits: int) -> None:
        self._half = 1 << (bits - 1)
        self._mask = (1 << bits) - 1
        self._newest: int | None = None

    def unwrap(self, value: int) -> int:
        """Return ``value`` with its upper bits; the newest seen moves only forward."""
        newest = self._newest
        if newest is None:
            self._newest = value
            return value
        full = newest + ((value - newest + self._half) & self._mask) - self._half
        if full > newest:
            self._newest = full
        return full
