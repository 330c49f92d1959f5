"""Fragments of MP4 read as a player reads them, box by box: an oracle for what is pushed. Pure."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_CONTAINERS: Final = (b"moof", b"traf")


@dataclass(frozen=True, slots=True)
class Fragment:
    """A ``moof`` and its ``mdat``: when it begins, samples of a packet, all packets."""

    time: int
    duration: int
    packets: list[bytes]


def fragments_in(data: bytes) -> Iterator[Fragment]:
    """Yield the whole fragments of ``data``, whatever other boxes stand between them."""
    at = 0
    moof: int | None = None
    while len(data) - at >= 8:
        size = int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        if size < 8 or len(data) - at < size:
            return
        if kind == b"moof":
            moof = at
        elif kind == b"mdat" and moof is not None:
            yield read_fragment(data[moof : at + size])
            moof = None
        at += size


def read_fragment(data: bytes) -> Fragment:
    """Read one ``moof`` with one track and one run of samples, and its ``mdat``."""
    found = dict(_boxes(data, 0, len(data)))
    duration = struct.unpack_from(">I", found[b"tfhd"], 8)[0]
    time = struct.unpack_from(">Q", found[b"tfdt"], 4)[0]
    count, offset = struct.unpack_from(">II", found[b"trun"], 4)
    packets = []
    for size in struct.unpack_from(f">{count}I", found[b"trun"], 12):
        packets.append(data[offset : offset + size])
        offset += size
    return Fragment(time, duration, packets)


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, bytes]]:
    while at < end:
        size, kind = struct.unpack_from(">I4s", data, at)
        if kind in _CONTAINERS:
            yield from _boxes(data, at + 8, at + size)
        else:
            yield kind, data[at + 8 : at + size]
        at += size


def frames_of(packet: bytes) -> list[bytes]:
    """Return the frames of an Opus packet: one, or several of any size (RFC 6716, 3.2)."""
    if packet[0] & 0b11 == 0:
        return [packet[1:]]
    count, at = packet[1] & 0x3F, 2
    sizes = []
    for _ in range(count - 1):
        size, at = packet[at], at + 1
        if size >= 252:
            size, at = size + 4 * packet[at], at + 1
        sizes.append(size)
    sizes.append(len(packet) - at - sum(sizes))
    frames = []
    for size in sizes:
        frames.append(packet[at : at + size])
        at += size
    return frames
