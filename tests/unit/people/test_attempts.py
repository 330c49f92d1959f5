from hypothesis import given
from hypothesis import strategies as st

from vivavoce.people.attempts import Attempts
from vivavoce.testing.clock import FakeClock


def test_a_burst_is_allowed_and_then_one_try_as_often_as_it_says() -> None:
    clock, attempts = FakeClock(), Attempts(burst=3, per_s=0.5)
    assert [attempts.allow("a", clock.now()) for _ in range(5)] == [True] * 3 + [False] * 2
    clock.advance(1.9)
    assert not attempts.allow("a", clock.now())
    clock.advance(0.1)
    assert attempts.allow("a", clock.now())
    assert not attempts.allow("a", clock.now())
    assert attempts.refused == 4


def test_callers_do_not_share() -> None:
    attempts = Attempts(burst=1, per_s=0.1)
    assert attempts.allow("a", 0.0)
    assert not attempts.allow("a", 0.0)
    assert attempts.allow("b", 0.0)


@given(callers=st.lists(st.integers(0, 50), max_size=300))
def test_the_memory_is_bounded_whoever_comes(callers: list[int]) -> None:
    attempts = Attempts(callers=20)
    for caller in callers:
        attempts.allow(str(caller), 0.0)
        assert len(attempts) <= 20


@given(
    tries=st.lists(st.tuples(st.floats(0, 20), st.sampled_from("ab")), max_size=200),
    burst=st.integers(1, 5),
)
def test_no_caller_gets_more_than_the_rate(tries: list[tuple[float, str]], burst: int) -> None:
    attempts, now, granted = Attempts(burst=burst, per_s=0.25), 0.0, {"a": 0, "b": 0}
    for wait, caller in tries:
        now += wait
        granted[caller] += attempts.allow(caller, now)
    assert all(count <= burst + now * 0.25 + 1e-6 for count in granted.values())
