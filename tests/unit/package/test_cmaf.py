"""A chunk read back is the chunk written; anything else is not a part."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.media import SEGMENTED, Codec, Part
from vivavoce.package import cmaf
from vivavoce.package.heads import AAC_CONFIG, HEADS
from vivavoce.units import PartNumber, start_of

NUMBERS = st.integers(0, 2**31).map(PartNumber)


@st.composite
def parts(draw: st.DrawFn, number: st.SearchStrategy[PartNumber] = NUMBERS) -> Part:
    codec = draw(st.sampled_from(SEGMENTED))
    count = cmaf.PACKETS_PER_PART[codec]
    packets = draw(st.lists(st.binary(max_size=40), min_size=count, max_size=count))
    at = draw(number)
    return Part(codec, at, cmaf.chunk(codec, at, packets))


def boxes(data: bytes, kind: bytes) -> bytes:
    """The payload of the first box of ``kind``, found without knowing our layout."""
    at = data.index(kind)
    (size,) = struct.unpack_from(">I", data, at - 4)
    return data[at + 4 : at - 4 + size]


@given(codec=st.sampled_from(SEGMENTED), number=NUMBERS, seed=st.binary(min_size=1, max_size=1_400))
def test_packets_come_back_as_they_went_in(codec: Codec, number: PartNumber, seed: bytes) -> None:
    packets = [seed[n:] for n in range(cmaf.PACKETS_PER_PART[codec])]
    body = cmaf.chunk(codec, number, packets)
    assert cmaf.packets_of(body) == packets
    assert list(cmaf.parts_in(codec, body)) == [Part(codec, number, body)]


@given(part=parts())
def test_the_decode_time_is_the_parts_media_time(part: Part) -> None:
    _, time = struct.unpack(">IQ", boxes(part.body, b"tfdt"))
    assert time == part.time == start_of(part.number)


@given(part=parts(), cut=st.data())
def test_a_cut_is_never_taken_for_a_part(part: Part, cut: st.DataObject) -> None:
    length = cut.draw(st.integers(0, len(part.body) - 1))
    assert list(cmaf.parts_in(part.codec, part.body[:length])) == []


@given(part=parts(), data=st.data())
def test_a_changed_byte_of_the_boxes_is_noticed(part: Part, data: st.DataObject) -> None:
    head = len(part.body) - sum(map(len, cmaf.packets_of(part.body)))
    at = data.draw(st.integers(0, head - 1))
    damaged = bytearray(part.body)
    damaged[at] ^= 1 << data.draw(st.integers(0, 7))
    # A flipped bit of the number and of the time cannot agree; everything else is fixed or summed.
    assert list(cmaf.parts_in(part.codec, bytes(damaged))) == []


@given(data=st.binary(max_size=400), codec=st.sampled_from(SEGMENTED))
def test_rubbish_holds_no_parts(data: bytes, codec: Codec) -> None:
    assert list(cmaf.parts_in(codec, data)) == []
    with pytest.raises(ValueError, match="chunk"):
        cmaf.packets_of(data)


@given(part=parts())
def test_a_part_of_the_other_codec_is_not_a_part(part: Part) -> None:
    (other,) = set(SEGMENTED) - {part.codec}
    assert list(cmaf.parts_in(other, part.body)) == []


@given(
    first=NUMBERS,
    count=st.integers(1, 6),
    cut=st.integers(0, 10_000),
    codec=st.sampled_from(SEGMENTED),
)
def test_every_whole_part_before_a_torn_tail_is_found(
    first: PartNumber, count: int, cut: int, codec: Codec
) -> None:
    made = [
        cmaf.chunk(codec, PartNumber(first + n), [bytes([n]) * 50] * cmaf.PACKETS_PER_PART[codec])
        for n in range(count)
    ]
    data = b"".join(made)[:cut]
    whole = min(count, cut // len(made[0]))
    assert [part.body for part in cmaf.parts_in(codec, data)] == made[:whole]


def test_a_part_has_as_many_packets_as_fit_its_time() -> None:
    with pytest.raises(ValueError, match="16 packets"):
        cmaf.chunk(Codec.OPUS, PartNumber(0), [b"x"] * 15)


def test_the_heads_name_their_codec_and_no_delay() -> None:
    version, channels, preskip, rate, gain, family = struct.unpack(
        ">BBHIhB", boxes(HEADS[Codec.OPUS], b"dOps")
    )
    assert (version, channels, preskip, rate, gain, family) == (0, 1, 0, 48_000, 0, 0)
    assert AAC_CONFIG in boxes(HEADS[Codec.AAC], b"esds")
    assert all(b"edts" not in head for head in HEADS.values())
