from hypothesis import given
from hypothesis import strategies as st

from vivavoce.backoff import Backoff


@given(draws=st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=80))
def test_every_wait_is_within_its_half_and_under_the_cap(draws: list[float]) -> None:
    waits = iter(draws)
    backoff = Backoff(0.2, 5.0, 30.0, random=lambda: next(waits))
    for failures in range(len(draws)):
        whole = min(5.0, 0.2 * 2**failures)
        assert whole / 2 <= backoff.next(0.0) <= whole


def test_what_ran_long_enough_is_healthy_again() -> None:
    backoff = Backoff(0.2, 5.0, 30.0, random=lambda: 1.0)
    backoff.started(0.0)
    assert [backoff.next(1.0), backoff.next(1.0)] == [0.2, 0.4]
    backoff.started(10.0)
    assert backoff.next(39.9) == 0.8
    backoff.started(50.0)
    assert backoff.next(80.0) == 0.2


def test_a_million_failures_do_not_overflow() -> None:
    backoff = Backoff(0.2, 5.0, 30.0, random=lambda: 1.0, failures=1_000_000)
    assert backoff.next(0.0) == 5.0
