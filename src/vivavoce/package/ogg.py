"""Ogg Opus pages (RFC 3533, RFC 7845): one page a part, the same bytes for every listener.

Pre-skip is 0 and a page's granule is its part's end in media time, so a listener who joins late
sees a stream that began before, as is allowed for a live capture (RFC 7845, section 4.3).
"""

import struct
import zlib
from collections.abc import Sequence
from typing import Final

from vivavoce.units import PART_SAMPLES, SAMPLE_RATE, PartNumber, start_of

_BEGIN: Final = 0x02
_END: Final = 0x04
_HEAD_PAGES: Final = 2
_MIRROR: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def crc(data: bytes) -> int:
    """Return Ogg's checksum: polynomial 0x04c11db7, most significant bit first, from 0.

    zlib has the same polynomial, but mirrors the bits of each byte and of the result and inverts
    both ends; undoing that around it is far faster than a loop over a table.
    """
    mirrored = zlib.crc32(data.translate(_MIRROR), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(_MIRROR), "big")


def page(
    packets: Sequence[bytes], granule: int, serial: int, sequence: int, *, flags: int = 0
) -> bytes:
    """Return one page which holds ``packets`` whole; their lacing must fit 255 values."""
    lacing = b"".join(
        b"\xff" * (len(packet) // 255) + bytes((len(packet) % 255,)) for packet in packets
    )
    if len(lacing) > 255:
        raise ValueError("too much for one Ogg page")
    head = struct.pack("<4sBBqIII B", b"OggS", 0, flags, granule, serial, sequence, 0, len(lacing))
    whole = head + lacing + b"".join(packets)
    return whole[:22] + struct.pack("<I", crc(whole)) + whole[26:]


def head_pages(serial: int, tags: Sequence[str] = (), *, skip: int = 0) -> bytes:
    """Return the two pages that every listener gets first; ``tags`` are ``KEY=value`` comments.

    ``skip`` is the pre-skip: samples at the beginning that are decoded and not heard.
    """
    opus = struct.pack("<8sBBHIhB", b"OpusHead", 1, 1, skip, SAMPLE_RATE, 0, 0)
    texts = [b"Viva Voce", *(tag.encode() for tag in tags)]
    vendor, *comments = [struct.pack("<I", len(text)) + text for text in texts]
    comment = b"OpusTags" + vendor + struct.pack("<I", len(comments)) + b"".join(comments)
    return page([opus], 0, serial, 0, flags=_BEGIN) + page([comment], 0, serial, 1)


def part_page(
    packets: Sequence[bytes], number: PartNumber, serial: int, *, last: bool = False
) -> bytes:
    """Return the page of Opus part ``number``.

    16 packets of at most 1,275 bytes (RFC 6716, section 3.2.1) make at most 96 lacing values: a
    part always fits one page. The page number follows from the part's, so a joiner sees a hole in
    it after the head, which players take for lost pages and go on.
    """
    granule = start_of(number) + PART_SAMPLES
    return page(packets, granule, serial, _HEAD_PAGES + number, flags=_END if last else 0)
