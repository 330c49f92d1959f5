"""The parts of a batch as one fragment of MP4, its Opus in packets of 120 ms. Pure.

``trun`` gives the size of every sample in four bytes: 5 % of Opus at 32 kbit/s in packets of 20 ms.
Opus packets may hold several frames (RFC 6716, 3.2.5), each with its size in one byte or two and
one table of contents for all; nothing is encoded again.
"""

from collections.abc import Sequence
from itertools import chain, pairwise
from typing import Final

from vivavoce.media import Codec
from vivavoce.package.cmaf import PACKET_SAMPLES, PACKETS_PER_PART, compose, read
from vivavoce.units import PartNumber

_FRAMES: Final = 6  # 120 ms, the longest that a packet may be

# The low two bits of a table of contents: one frame; any number of them, of various sizes.
_CODE: Final = 0b11
_ONE: Final = 0
_MANY: Final = 3
_VARIOUS: Final = 0x80
_FRAME_LIMIT: Final = 1_275


def joined(chunks: Sequence[bytes]) -> bytes:
    """Return consecutive parts as one fragment, with the time and number of the first.

    Parts that do not follow each other, or are not ours, stay as they are, one after the other.
    """
    try:
        parts = [read(chunk) for chunk in chunks]
    except ValueError:
        return b"".join(chunks)
    codecs = {len(packets) for _, packets in parts}
    follow = all(after == before + 1 for (before, _), (after, _) in pairwise(parts))
    if len(parts) < 2 or len(codecs) > 1 or not follow:
        return b"".join(chunks)
    packets = list(chain.from_iterable(packets for _, packets in parts))
    codec = next(c for c, count in PACKETS_PER_PART.items() if codecs == {count})
    return _fragment(codec, parts[0][0], packets)


def _fragment(codec: Codec, number: PartNumber, packets: Sequence[bytes]) -> bytes:
    samples = PACKET_SAMPLES[codec]
    longer = merged(packets) if codec is Codec.OPUS else None
    if longer is None:
        return compose(samples, number, packets)
    return compose(samples * _FRAMES, number, longer)


def merged(packets: Sequence[bytes]) -> list[bytes] | None:
    """Return packets of one frame as packets of six; None where they cannot be."""
    if not packets or len(packets) % _FRAMES:
        return None
    groups = [packets[at : at + _FRAMES] for at in range(0, len(packets), _FRAMES)]
    return [_packet(group) for group in groups] if all(map(_fit, groups)) else None


def _fit(group: Sequence[bytes]) -> bool:
    """Whether these are packets of one frame each, all of one kind."""
    contents = group[0][:1]
    return (
        bool(contents)
        and contents[0] & _CODE == _ONE
        and all(packet[:1] == contents and len(packet) <= 1 + _FRAME_LIMIT for packet in group)
    )


def _packet(group: Sequence[bytes]) -> bytes:
    sizes = [_size(len(packet) - 1) for packet in group[:-1]]
    head = bytes((group[0][0] | _MANY, _VARIOUS | len(group)))
    return b"".join((head, *sizes, *(packet[1:] for packet in group)))


def _size(size: int) -> bytes:
    """Return the length of a frame (RFC 6716, 3.2.1)."""
    if size < 252:
        return bytes((size,))
    first = 252 + (size & 3)
    return bytes((first, (size - first) >> 2))
