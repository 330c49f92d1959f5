from hypothesis import given
from hypothesis import strategies as st

from vivavoce.webrtc.budget import Budget


@given(gaps=st.lists(st.floats(0, 0.5), max_size=200), per_second=st.integers(1, 20))
def test_no_second_s_window_allows_more_than_its_share(gaps: list[float], per_second: int) -> None:
    budget = Budget(per_second)
    now, allowed = 100.0, []
    for gap in gaps:
        now += gap
        if budget.affordable(now):
            allowed.append(now)
    for start in allowed:
        # Two windows can meet inside any one second.
        assert sum(start <= at < start + 1 for at in allowed) <= 2 * per_second


def test_after_a_second_there_is_a_new_share() -> None:
    budget = Budget(2)
    assert [budget.affordable(t) for t in (0.0, 0.1, 0.2, 0.9, 1.0)] == [
        True,
        True,
        False,
        False,
        True,
    ]
