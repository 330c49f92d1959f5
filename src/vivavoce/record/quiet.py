"""A stretch of a speaker's track made silent; every other page stays byte for byte. Pure."""

import struct
from collections.abc import Iterator
from typing import Final

from vivavoce.package import ogg
from vivavoce.units import FRAME_SAMPLES, Samples

# The track may be this far off the programme's clock (``track.SLACK``); what was said ends with it.
_MARGIN: Final = FRAME_SAMPLES

# RFC 6716, section 3.1: frame sizes in samples at 48 kHz, by the configuration in the first byte.
_SILK: Final = (480, 960, 1920, 2880)
_HYBRID: Final = (480, 960)
_CELT: Final = (120, 240, 480, 960)
_HEAD: Final = struct.Struct("<4sBBqIIIB")
_HEAD_PAGES: Final = 2


def silenced_track(data: bytes, begin: Samples, end: Samples) -> bytes:
    """Return an Ogg Opus track, starting at media time 0, with silence from ``begin`` to ``end``.

    What cannot be read as pages is left out from there on: it could be what is to go.
    """
    made = []
    for place, (page, granule) in enumerate(_pages(data)):
        if place < _HEAD_PAGES:
            made.append(page)
            continue
        packets = _packets(page)
        lengths = [duration(packet) for packet in packets]
        at = granule - sum(lengths)
        gone = []
        for length in lengths:
            gone.append(at < end + _MARGIN and at + length > begin - _MARGIN)
            at += length
        made.append(_replaced(page, packets, lengths, gone, granule) if any(gone) else page)
    return b"".join(made)


def _replaced(
    page: bytes, packets: list[bytes], lengths: list[int], gone: list[bool], granule: int
) -> bytes:
    kept: list[bytes] = []
    for packet, length, out in zip(packets, lengths, gone, strict=True):
        kept += _silence(length) if out else [packet]
    _, _, flags, _, serial, sequence, _, _ = _HEAD.unpack_from(page)
    return ogg.page(kept, granule, serial, sequence, flags=flags)


def _silence(length: int) -> list[bytes]:
    """Return packets of coded silence (CELT, full band, mono), together ``length`` samples."""
    whole, rest = divmod(length, FRAME_SAMPLES)
    packets = [b"\xf8\xff\xfe"] * whole
    while rest:
        size = next(size for size in reversed(_CELT) if size <= rest)
        packets.append(bytes((0xE0 | _CELT.index(size) << 3,)) + b"\xff\xfe")
        rest -= size
    return packets


def duration(packet: bytes) -> int:
    """Return how many samples at 48 kHz an Opus packet plays (RFC 6716, section 3.1)."""
    if not packet:
        return 0
    config, code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        size = _SILK[config % 4]
    elif config < 16:
        size = _HYBRID[config % 2]
    else:
        size = _CELT[config % 4]
    if code == 3:
        return size * (packet[1] & 63) if len(packet) > 1 else 0
    return size * (1 if code == 0 else 2)


def _pages(data: bytes) -> Iterator[tuple[bytes, int]]:
    """Yield whole pages, each with its granule: the media time of its end."""
    at = 0
    while data[at : at + 4] == b"OggS" and len(data) - at >= _HEAD.size:
        _, _, _, granule, _, _, _, count = _HEAD.unpack_from(data, at)
        body = at + _HEAD.size + count
        end = body + sum(data[at + _HEAD.size : body])
        if end > len(data):
            return
        yield data[at:end], granule
        at = end


def _packets(page: bytes) -> list[bytes]:
    count = page[_HEAD.size - 1]
    lacing = page[_HEAD.size : _HEAD.size + count]
    at, size, packets = _HEAD.size + count, 0, []
    for value in lacing:
        size += value
        if value < 255:
            packets.append(page[at : at + size])
            at, size = at + size, 0
    return packets
