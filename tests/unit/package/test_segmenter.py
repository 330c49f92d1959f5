"""The timeline: whatever is missing, it stays whole, ordered, and readable from numbers alone."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.package.segmenter import LONGEST_FILL, Segmenter
from vivavoce.units import (
    PARTS_PER_SEGMENT,
    PartNumber,
    SegmentNumber,
    first_part_of,
    samples,
    segment_of,
)

HOLES = st.lists(st.one_of(st.just(0), st.integers(0, 12), st.integers(150, 260)), max_size=30)
MINUTE = samples(60) // 15_360


def timeline_with(holes: list[int]) -> tuple[Segmenter, list[PartNumber]]:
    """Parts with ``holes`` before them, and which parts those were."""
    timeline, given_parts = Segmenter(), []
    number = 0
    for hole in holes:
        number += hole
        timeline.place(PartNumber(number))
        given_parts.append(PartNumber(number))
        number += 1
    return timeline, given_parts


def on_it(timeline: Segmenter) -> list[PartNumber]:
    return list(timeline.between(PartNumber(0), timeline.next))


@given(holes=HOLES)
def test_every_part_given_is_on_it_once_and_in_order(holes: list[int]) -> None:
    timeline, given_parts = timeline_with(holes)
    numbers = on_it(timeline)
    assert numbers == sorted(set(numbers))
    assert set(given_parts) <= set(numbers)
    assert timeline.next == (given_parts[-1] + 1 if given_parts else 0)
    assert timeline.length == 15_360 * len(numbers)


@given(holes=HOLES)
def test_all_segments_are_whole_but_the_last(holes: list[int]) -> None:
    timeline, _ = timeline_with(holes)
    assert timeline.numbers == sorted(set(map(segment_of, on_it(timeline))))
    counts = [timeline.parts_of(index) for index in range(len(timeline.numbers))]
    assert all(count == PARTS_PER_SEGMENT for count in counts[:-1])
    assert sum(counts) == len(on_it(timeline))
    whole = timeline.whole_before(timeline.next)
    assert counts[:whole] == [PARTS_PER_SEGMENT] * whole
    assert len(counts) - whole in (0, 1)


@given(holes=HOLES)
def test_a_hole_of_up_to_a_minute_is_filled_and_a_break_leaves_out_more(holes: list[int]) -> None:
    timeline, _ = timeline_with(holes)
    numbers = timeline.numbers
    steps = [later - before for before, later in pairwise(numbers)]
    assert all(step == 1 or step - 1 > LONGEST_FILL for step in steps)
    assert timeline.breaks == [index + 1 for index, step in enumerate(steps) if step > 1]
    if all(hole <= MINUTE for hole in holes):
        assert not timeline.breaks
        assert on_it(timeline) == list(range(timeline.next))


@given(holes=HOLES)
def test_what_is_on_disk_gives_the_same_timeline_again(holes: list[int]) -> None:
    timeline, _ = timeline_with(holes)
    again = Segmenter()
    for number in on_it(timeline):
        again.place(number)
    assert (again.numbers, again.breaks, again.next) == (
        timeline.numbers,
        timeline.breaks,
        timeline.next,
    )


@given(holes=HOLES, start=st.integers(0, 600), end=st.integers(0, 600))
def test_between_is_a_slice(holes: list[int], start: int, end: int) -> None:
    timeline, _ = timeline_with(holes)
    expected = [number for number in on_it(timeline) if start <= number < end]
    assert list(timeline.between(PartNumber(start), PartNumber(end))) == expected


@given(holes=HOLES, end=st.integers(0, 600).map(PartNumber))
def test_a_cut_keeps_exactly_what_came_before(holes: list[int], end: PartNumber) -> None:
    timeline, _ = timeline_with(holes)
    before, segments = on_it(timeline), list(timeline.numbers)
    gone = timeline.cut(end)
    assert on_it(timeline) == [number for number in before if number < end]
    assert timeline.numbers + gone == segments
    assert all(first_part_of(SegmentNumber(number)) >= end for number in gone)
    assert all(0 < index < len(timeline.numbers) for index in timeline.breaks)


def test_a_part_cannot_be_added_twice_or_out_of_its_place() -> None:
    timeline = Segmenter()
    for number in range(8):
        timeline.add(PartNumber(number))
    for wrong in (0, 7, 9, 12):
        with pytest.raises(ValueError, match="cannot follow part 7"):
            timeline.add(PartNumber(wrong))
