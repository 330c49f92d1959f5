from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from vivavoce.record.playing import Playing, Range, merged

moments = st.integers(0, 200)
ranges = st.lists(st.tuples(moments, moments), max_size=8)


@given(ranges, moments)
def test_a_playing_time_is_heard_at_one_moment_and_no_break_is_heard(
    breaks: list[Range], time: int
) -> None:
    playing = Playing.of(breaks)
    media = playing.media_ms(time)
    assert playing.playing_ms(media) == time
    assert not any(begin <= media < end for begin, end in breaks)


@given(ranges, moments)
def test_playing_time_counts_the_milliseconds_that_are_not_in_a_break(
    breaks: list[Range], media: int
) -> None:
    heard = [ms for ms in range(media) if not any(a <= ms < b for a, b in breaks)]
    assert Playing.of(breaks).playing_ms(media) == len(heard)


@given(ranges, st.tuples(moments, moments))
def test_a_range_of_playing_time_is_the_media_time_that_is_heard_in_it(
    breaks: list[Range], played: Range
) -> None:
    playing = Playing.of(breaks)
    pieces = playing.media_ranges(played)
    heard = [ms for begin, end in pieces for ms in range(begin, end)]
    assert heard == [playing.media_ms(ms) for ms in range(*played)]


def test_a_range_within_a_break_is_not_heard() -> None:
    playing = Playing.of([(1920, 61_440)])
    assert playing.playing_range((2000, 60_000)) is None
    assert playing.playing_range((0, 62_000)) == (0, 2480)


@given(ranges)
def test_a_union_is_ascending_and_has_every_moment_once(some: list[Range]) -> None:
    union = merged(some)
    covered = {ms for begin, end in some for ms in range(begin, end)}
    assert [ms for begin, end in union for ms in range(begin, end)] == sorted(covered)
    assert all(one[1] < two[0] for one, two in pairwise(union))
