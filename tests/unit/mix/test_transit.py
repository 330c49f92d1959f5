from hypothesis import given
from hypothesis import strategies as st

from vivavoce.mix.transit import Transits


@given(values=st.lists(st.floats(0, 1), min_size=1, max_size=49))
def test_while_there_are_few_all_are_allowed_for(values: list[float]) -> None:
    transits = Transits()
    for n, value in enumerate(values):
        transits.observe(value, n * 0.02)
    assert transits.needed == max(values)
    assert transits.least == min(values)
    assert transits.few


def test_the_rare_is_not_allowed_for() -> None:
    transits = Transits()
    for n in range(1000):
        transits.observe(0.5 if n % 250 == 0 else 0.01, n * 0.02)
    assert transits.needed is not None
    assert transits.needed < 0.02


def test_a_stall_counts_once_however_many_packets_it_held() -> None:
    transits = Transits()
    for n in range(400):
        transits.observe(0.01, n * 0.02)
    for k in range(100):  # two seconds' worth arrive at once
        transits.observe(2.0 - k * 0.02, 10.0)
    assert transits.needed == 0.01


def test_what_was_needed_is_forgotten_after_ten_seconds() -> None:
    transits = Transits()
    for n in range(200):
        transits.observe(0.1, n * 0.02)
    for n in range(525):
        transits.observe(0.01, 4 + n * 0.02)
    assert transits.needed is not None
    assert transits.needed < 0.011
