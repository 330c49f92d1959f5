"""What is read back from a damaged segment: every whole part, and nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from vivavoce.media import SEGMENTED, Codec, Part
from vivavoce.package import cmaf
from vivavoce.package.silence import silent_part
from vivavoce.record import layout
from vivavoce.units import PartNumber, SegmentNumber

CODECS = st.sampled_from(SEGMENTED)


def part(codec: Codec, number: int) -> Part:
    packets = [bytes([number % 251, n]) * 9 for n in range(cmaf.PACKETS_PER_PART[codec])]
    return Part(codec, PartNumber(number), cmaf.chunk(codec, PartNumber(number), packets))


@given(codec=CODECS, segment=st.integers(0, 10**7).map(SegmentNumber), cut=st.integers(0, 4_000))
def test_a_torn_segment_keeps_its_leading_parts(
    codec: Codec, segment: SegmentNumber, cut: int
) -> None:
    bodies = [part(codec, segment * 6 + n).body for n in range(6)]
    count = min(6, cut // len(bodies[0]))
    assert layout.leading_parts(codec, segment, b"".join(bodies)[:cut]) == (
        count,
        count * len(bodies[0]),
    )


@given(codec=CODECS, numbers=st.lists(st.integers(0, 14), max_size=9))
def test_only_parts_in_their_places_count(codec: Codec, numbers: list[int]) -> None:
    count, size = layout.leading_parts(
        codec, SegmentNumber(1), b"".join(part(codec, number).body for number in numbers)
    )
    assert numbers[:count] == list(range(6, 6 + count))
    assert count == 6 or numbers[count : count + 1] != [6 + count]
    assert size == count * len(part(codec, 6).body)


@given(
    codec=CODECS,
    kept=st.sets(st.integers(0, 5)),
    rubbish=st.lists(
        st.sampled_from([b"", b"moof", b"\0" * 40, b"x moof x"]), min_size=7, max_size=7
    ),
)
def test_whole_parts_are_saved_from_between_rubbish(
    codec: Codec, kept: set[int], rubbish: list[bytes]
) -> None:
    data = rubbish[6]
    for n in range(6):
        data += (part(codec, 12 + n).body if n in kept else b"") + rubbish[n]
    saved = layout.salvage(codec, SegmentNumber(2), data)
    last = max(kept, default=-1)
    assert saved == [
        part(codec, 12 + n) if n in kept else silent_part(codec, PartNumber(12 + n))
        for n in range(last + 1)
    ]


@given(codec=CODECS, first=st.integers(4, 8), count=st.integers(0, 9))
def test_of_parts_in_a_row_those_of_the_segment_are_saved(
    codec: Codec, first: int, count: int
) -> None:
    numbers = range(first, first + count)
    data = b"".join(part(codec, number).body for number in numbers)
    saved = layout.salvage(codec, SegmentNumber(1), data)
    there = [number for number in numbers if 6 <= number < 12]
    assert saved == [
        part(codec, number) if number in there else silent_part(codec, PartNumber(number))
        for number in range(6, max(there, default=5) + 1)
    ]


@given(data=st.binary(max_size=300), codec=CODECS)
def test_nothing_is_made_of_rubbish(data: bytes, codec: Codec) -> None:
    assert layout.salvage(codec, SegmentNumber(0), data) == []
    assert layout.leading_parts(codec, SegmentNumber(0), data) == (0, 0)


def test_only_segments_are_taken_for_segments() -> None:
    names = ["00000012.m4s", "0000012.m4s", "00000012.m4s.damaged", "init.mp4", ".00000012.m4s.tmp"]
    assert [layout.segment_in(name) for name in names] == [12, None, None, None, None]
