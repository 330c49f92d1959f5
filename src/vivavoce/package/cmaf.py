"""CMAF chunks, written and read: pure bytes, no state (``heads`` has the initialisation segments).

ISO/IEC 14496-12 (boxes), ISO/IEC 23000-19 (CMAF). Every chunk has one layout, the same for every
part of a codec, so a part is read back by one ``struct`` and checked field by field: whatever a
crash left either is a whole part or is not.

There are no edit lists: packets lie exactly on the show's sample grid (see ``encoder``), so parts
of different encoder runs can be joined anywhere. There is no ``styp``: a segment is nothing but its
parts, one after the other, which is what makes one file serve as live window, replay and record.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Final

from vivavoce.media import Codec, Part
from vivavoce.units import (
    AAC_SAMPLES,
    FRAME_SAMPLES,
    PART_SAMPLES,
    PartNumber,
    start_of,
)

PACKET_SAMPLES: Final[Mapping[Codec, int]] = {Codec.OPUS: FRAME_SAMPLES, Codec.AAC: AAC_SAMPLES}
PACKETS_PER_PART: Final[Mapping[Codec, int]] = {
    codec: PART_SAMPLES // packet for codec, packet in PACKET_SAMPLES.items()
}

TRACK: Final = 1
"""The track's number, in heads and chunks."""

# moof(mfhd, traf(tfhd, tfdt, trun(… sizes))) and the header of mdat.
_MOOF_FIXED: Final = 92
_TFHD_FLAGS: Final = 0x020008  # default-base-is-moof, default-sample-duration-present
_TRUN_FLAGS: Final = 0x000201  # data-offset-present, sample-size-present
_VERSION_1: Final = 0x01000000  # a 64-bit time: 32 bits of samples are over after 25 hours
_LARGEST_COUNT: Final = 64  # far more packets than any part has; bounds what a reader believes


@cache
def _layout(count: int) -> struct.Struct:
    return struct.Struct(f">I4s I4sII I4s I4sIII I4sIQ I4sIII {count}I I4s")


def _fields(duration: int, number: int, sizes: Sequence[int]) -> tuple[int | bytes, ...]:
    """Return the fields of a chunk's boxes, in the order of ``_layout``."""
    moof = _MOOF_FIXED + 4 * len(sizes)
    time = start_of(PartNumber(number))
    boxes: tuple[tuple[int | bytes, ...], ...] = (
        (moof, b"moof"),
        (16, b"mfhd", 0, number + 1),
        (moof - 24, b"traf"),
        (20, b"tfhd", _TFHD_FLAGS, TRACK, duration),
        (20, b"tfdt", _VERSION_1, time),
        (20 + 4 * len(sizes), b"trun", _TRUN_FLAGS, len(sizes), moof + 8, *sizes),
        (8 + sum(sizes), b"mdat"),
    )
    return tuple(chain.from_iterable(boxes))


def chunk(codec: Codec, number: PartNumber, packets: Sequence[bytes]) -> bytes:
    """Return part ``number`` as one CMAF chunk (``moof`` + ``mdat``); all its samples are sync."""
    if len(packets) != PACKETS_PER_PART[codec]:
        raise ValueError(
            f"a part of {codec} has {PACKETS_PER_PART[codec]} packets, not {len(packets)}"
        )
    return compose(PACKET_SAMPLES[codec], number, packets)


def compose(duration: int, number: PartNumber, packets: Sequence[bytes]) -> bytes:
    """Return packets of ``duration`` samples each as one chunk that begins with part ``number``."""
    sizes = [len(packet) for packet in packets]
    head = _layout(len(sizes)).pack(*_fields(duration, number, sizes))
    return head + b"".join(packets)


def packets_of(body: bytes) -> list[bytes]:
    """Return the packets of one chunk made by ``chunk``; raises ``ValueError`` on anything else."""
    return read(body)[1]


def read(body: bytes) -> tuple[PartNumber, list[bytes]]:
    """Return number and packets of one chunk made by ``chunk``; ``ValueError`` as above."""
    sizes, number, offset = _read(body, 0)
    packets = []
    for size in sizes:
        packets.append(body[offset : offset + size])
        offset += size
    return number, packets


def parts_in(codec: Codec, data: bytes) -> Iterator[Part]:
    """Yield the whole parts that ``data`` (a segment's file) starts with.

    Ends without an error at the first byte that is not a whole part of ``codec``: a torn tail, or
    damage. The bytes before it are the sum of the yielded bodies.
    """
    offset = 0
    while offset < len(data):
        try:
            sizes, number, payload = _read(data, offset, codec)
        except ValueError:
            return
        end = payload + sum(sizes)
        yield Part(codec, number, data[offset:end])
        offset = end


def _read(
    data: bytes, offset: int, codec: Codec | None = None
) -> tuple[Sequence[int], PartNumber, int]:
    """Return packet sizes, part number and the payload's offset of the chunk at ``offset``."""
    if len(data) - offset < _MOOF_FIXED:
        raise ValueError("torn chunk")
    count, rest = divmod(int.from_bytes(data[offset : offset + 4], "big") - _MOOF_FIXED, 4)
    if rest or not 0 < count <= _LARGEST_COUNT:
        raise ValueError("not a chunk of ours")
    layout = _layout(count)
    if len(data) - offset < layout.size:
        raise ValueError("torn chunk")
    found = layout.unpack_from(data, offset)
    sizes: Sequence[int] = found[-2 - count : -2]
    number = PartNumber(found[5] - 1)
    duration = PART_SAMPLES // count if codec is None else PACKET_SAMPLES[codec]
    if duration * count != PART_SAMPLES or found != _fields(duration, number, sizes):
        raise ValueError("not a chunk of ours")
    if len(data) - offset - layout.size < sum(sizes):
        raise ValueError("torn chunk")
    return sizes, number, offset + layout.size
