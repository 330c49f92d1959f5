"""RTCP (RFC 3550 section 6): what we read of it, and the little that we send. Pure.

Read: sender reports (their clock), reception reports about our stream, BYE. SDES, NACK and other
feedback are walked over: audio is repaired by in-band FEC, never by sending again.
"""

import struct
from dataclasses import dataclass, field
from typing import Final

_HEADER: Final = struct.Struct("!BBHI")
_BLOCK: Final = struct.Struct("!IIIIII")
_SENDER: Final = struct.Struct("!QIII")
_VERSION: Final = 2 << 6
_SR, _RR, _SDES, _BYE = 200, 201, 202, 203
MAX_BLOCKS: Final = 31  # five bits (section 6.4.1)


@dataclass(frozen=True, slots=True)
class Reception:
    """What a receiver says about one stream (section 6.4.1)."""

    ssrc: int
    lost_part: int
    """Share of packets lost since the last report, in 1/256."""
    lost: int
    """Packets lost in all; negative where duplicates came."""
    highest: int
    """Highest sequence number received, extended to 32 bits."""
    jitter: int
    """In RTP ticks."""
    last_report: int = 0
    """Middle 32 bits of the NTP time of the last sender report; 0 if none."""
    delay: int = 0
    """Since that report, in 1/65536 s."""


@dataclass(frozen=True, slots=True)
class SenderInfo:
    """A sender's clock and counts (section 6.4.1)."""

    ssrc: int
    ntp: int
    """NTP time, 32.32 bits fixed point."""
    timestamp: int
    packets: int
    octets: int


@dataclass(slots=True)
class Reports:
    """What one compound packet says."""

    senders: list[SenderInfo] = field(default_factory=list)
    receptions: list[Reception] = field(default_factory=list)
    byes: list[int] = field(default_factory=list)


def parse(data: bytes) -> Reports | None:
    """Return what the compound packet says, or ``None`` if a length in it lies. Never raises."""
    reports = Reports()
    at = 0
    while at < len(data):
        if at + _HEADER.size > len(data):
            return None
        first, kind, words, ssrc = _HEADER.unpack_from(data, at)
        end = at + 4 + 4 * words
        if first & 0xC0 != _VERSION or words == 0 or end > len(data):
            return None
        if not _read(reports, kind, first & 0x1F, ssrc, data[at + _HEADER.size : end]):
            return None
        at = end
    return reports if data else None


def _read(reports: Reports, kind: int, count: int, ssrc: int, body: bytes) -> bool:
    if kind == _SR:
        if len(body) < _SENDER.size:
            return False
        reports.senders.append(SenderInfo(ssrc, *_SENDER.unpack_from(body)))
        body = body[_SENDER.size :]
    if kind in {_SR, _RR}:
        if len(body) < count * _BLOCK.size:
            return False
        reports.receptions += [_block(body, n * _BLOCK.size) for n in range(count)]
    if kind == _BYE:
        if len(body) < 4 * (count - 1):
            return False
        more = struct.unpack_from(f"!{max(0, count - 1)}I", body)
        reports.byes += [ssrc, *more][:count]
    return True


def _block(body: bytes, at: int) -> Reception:
    ssrc, loss, highest, jitter, last, delay = _BLOCK.unpack_from(body, at)
    lost = loss & 0xFFFFFF
    return Reception(
        ssrc, loss >> 24, lost - (1 << 24) if lost >> 23 else lost, highest, jitter, last, delay
    )


def receiver_report(ssrc: int, cname: str, receptions: list[Reception]) -> bytes:
    """Return RR + SDES: the smallest compound packet that RFC 3550 section 6.1 allows."""
    return _packet(_RR, len(receptions), ssrc, _blocks(receptions)) + _sdes(ssrc, cname)


def sender_report(info: SenderInfo, cname: str, receptions: list[Reception]) -> bytes:
    """Return SR + SDES."""
    body = _SENDER.pack(info.ntp, info.timestamp & 0xFFFFFFFF, info.packets, info.octets)
    return _packet(_SR, len(receptions), info.ssrc, body + _blocks(receptions)) + _sdes(
        info.ssrc, cname
    )


def bye(ssrc: int, cname: str) -> bytes:
    """Return RR + SDES + BYE: we leave."""
    return receiver_report(ssrc, cname, []) + _packet(_BYE, 1, ssrc, b"")


def _packet(kind: int, count: int, ssrc: int, body: bytes) -> bytes:
    return _HEADER.pack(_VERSION | count, kind, 1 + len(body) // 4, ssrc) + body


def _blocks(receptions: list[Reception]) -> bytes:
    return b"".join(
        _BLOCK.pack(
            r.ssrc,
            min(255, r.lost_part) << 24 | max(-0x800000, min(0x7FFFFF, r.lost)) & 0xFFFFFF,
            r.highest & 0xFFFFFFFF,
            min(r.jitter, 0xFFFFFFFF),
            r.last_report,
            r.delay,
        )
        for r in receptions[:MAX_BLOCKS]
    )


def _sdes(ssrc: int, cname: str) -> bytes:
    text = cname.encode()
    items = bytes([1, len(text)]) + text  # CNAME
    items += bytes(4 - len(items) % 4)  # at least one zero ends the list (section 6.5)
    return _packet(_SDES, 1, ssrc, items)
