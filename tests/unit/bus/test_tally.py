from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.bus.messages import Count, Report
from vivavoce.bus.tally import (
    LOOK_EVERY_S,
    SAY_AGAIN,
    SILENT_AFTER_S,
    UNSAID_S,
    Sayings,
    Tally,
)

COUNTS = st.builds(Count, st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))


@given(st.dictionaries(st.integers(0, 9), COUNTS))
def test_the_count_is_the_sum_over_the_edges(by_edge: dict[int, Count]) -> None:
    tally = Tally()
    for edge, count in by_edge.items():
        tally.take(edge, Report({"a": Count(99, 99, 99)}), 0.0)  # replaced by what comes next
        tally.take(edge, Report({"a": count, "b": Count(1)}), 0.0)
    total = tally.count("a", 0.0)
    assert total.push == sum(count.push for count in by_edge.values())
    assert total.hls == sum(count.hls for count in by_edge.values())
    assert total.mp3 == sum(count.mp3 for count in by_edge.values())
    assert tally.count("c", 0.0) == Count()


def test_a_silent_edge_counts_none_and_a_gone_one_neither() -> None:
    tally = Tally()
    tally.take(1, Report({"a": Count(push=3)}), 0.0)
    tally.take(2, Report({"a": Count(push=4)}), 1.0)
    assert tally.count("a", SILENT_AFTER_S - 0.1).push == 7
    assert tally.count("a", SILENT_AFTER_S).push == 4
    tally.drop(2)
    assert tally.count("a", SILENT_AFTER_S).push == 0
    tally.drop(2)


PATIENCES = st.sampled_from([UNSAID_S, SILENT_AFTER_S])


@given(st.lists(st.tuples(st.integers(0, 1), st.floats(0.0, 0.5)), max_size=60), PATIENCES)
def test_an_edge_is_known_by_its_last_look_though_it_tells_changes_alone(
    looks: list[tuple[int, float]], silence_s: float
) -> None:
    tally, sayings, now, told = Tally(), Sayings(silence_s), 0.0, list[float]()
    for push, late in looks:
        report = Report({"a": Count(push=push)})
        if sayings.due(report, now):
            tally.take(1, report, now)
            told.append(now)
        assert tally.count("a", now).push == push
        now += LOOK_EVERY_S + late
        assert tally.count("a", now).push == push  # until the next look, too
    assert all(later - sooner >= LOOK_EVERY_S for sooner, later in pairwise(told))


@pytest.mark.parametrize(
    ("silence_s", "when"), [(UNSAID_S, [0, 2, 4, 6, 8]), (SILENT_AFTER_S, [0, 4, 8, 12])]
)
def test_counts_that_stay_are_told_again_long_before_that_is_silence(
    silence_s: float, when: list[int]
) -> None:
    sayings, report = Sayings(silence_s), Report({"a": Count(push=1)})
    looks = [number * LOOK_EVERY_S for number in range(when[-1] + 1)]
    assert [now for now in looks if sayings.due(report, now)] == when
    # At the next look, and late by as much again: it is known still.
    assert 2 * SAY_AGAIN * silence_s + LOOK_EVERY_S < silence_s
