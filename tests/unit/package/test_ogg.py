"""Ogg pages: the checksum is Ogg's, and pages are read back by rules written down here anew."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.package import ogg
from vivavoce.units import PartNumber


def slow_crc(data: bytes) -> int:
    """RFC 3533, section 6, bit by bit."""
    register = 0
    for byte in data:
        register ^= byte << 24
        for _ in range(8):
            register = ((register << 1) ^ (0x04C11DB7 if register >> 31 else 0)) & 0xFFFFFFFF
    return register


def read(page: bytes) -> tuple[int, int, int, int, list[bytes], bytes]:
    """Flags, granule, serial, sequence, packets, and what follows the page."""
    magic, version, flags, granule, serial, sequence, checksum, count = struct.unpack_from(
        "<4sBBqIIIB", page
    )
    assert (magic, version) == (b"OggS", 0)
    lacing = page[27 : 27 + count]
    end = 27 + count + sum(lacing)
    assert checksum == slow_crc(page[:22] + bytes(4) + page[26:end])
    packets, packet, at = [], b"", 27 + count
    for value in lacing:
        packet += page[at : at + value]
        at += value
        if value < 255:
            packets.append(packet)
            packet = b""
    assert not packet
    return flags, granule, serial, sequence, packets, page[end:]


@given(data=st.binary(max_size=300))
def test_the_fast_checksum_is_the_slow_one(data: bytes) -> None:
    assert ogg.crc(data) == slow_crc(data)


@given(
    packets=st.lists(st.integers(0, 1_275).map(bytes), min_size=16, max_size=16),
    number=st.integers(0, 2**31 - 3).map(PartNumber),
    serial=st.integers(0, 2**32 - 1),
    last=st.booleans(),
)
def test_a_part_is_one_page_that_ends_where_the_part_ends(
    packets: list[bytes], number: PartNumber, serial: int, last: bool
) -> None:
    flags, granule, its_serial, sequence, found, rest = read(
        ogg.part_page(packets, number, serial, last=last)
    )
    assert (found, rest, its_serial) == (packets, b"", serial)
    assert granule == (number + 1) * 15_360
    assert sequence == number + 2
    assert flags == (0x04 if last else 0)


def test_the_head_is_two_pages() -> None:
    flags, granule, serial, sequence, (head,), rest = read(ogg.head_pages(7, ["TITLE=Ä show"]))
    assert (flags, granule, serial, sequence) == (0x02, 0, 7, 0)
    assert head == b"OpusHead\x01\x01\x00\x00\x80\xbb\x00\x00\x00\x00\x00"
    flags, granule, serial, sequence, (tags,), rest = read(rest)
    assert (flags, granule, serial, sequence, rest) == (0, 0, 7, 1, b"")
    assert tags.startswith(b"OpusTags\x09\x00\x00\x00Viva Voce\x01\x00\x00\x00")
    assert tags.endswith("TITLE=Ä show".encode())


def test_what_does_not_fit_a_page_is_refused() -> None:
    with pytest.raises(ValueError, match="too much"):
        ogg.page([bytes(255)] * 128, 0, 0, 0)
