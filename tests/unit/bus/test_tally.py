from hypothesis import given
from hypothesis import strategies as st

from vivavoce.bus.messages import Count, Report
from vivavoce.bus.tally import SILENT_AFTER_S, Tally

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
