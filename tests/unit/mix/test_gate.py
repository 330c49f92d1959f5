"""The gate: voices open it, noise does not, and it stays open between words."""

from hypothesis import given
from hypothesis import strategies as st

from vivavoce.mix.gate import HANGOVER_FRAMES, HIGHEST_DB, LOWEST_DB, Gate
from vivavoce.mix.levels import SILENT_DB


def test_it_opens_at_once_and_stays_open_for_half_a_second() -> None:
    gate = Gate()
    assert not gate.feed(-90)
    assert gate.feed(-30)
    open_for = sum(gate.feed(-90) for _ in range(100))
    assert open_for == HANGOVER_FRAMES - 1


@given(st.floats(-75, -52))
def test_steady_noise_closes_it_in_a_while_and_a_voice_above_it_opens_it(noise: float) -> None:
    gate = Gate()
    for _ in range(3_000):
        gate.feed(noise)
    assert not gate.audible
    assert gate.feed(noise + 15)


def test_one_long_tone_stays_audible() -> None:
    gate = Gate()
    assert all(gate.feed(-20) for _ in range(20_000))


@given(st.lists(st.floats(-96, 0), max_size=300))
def test_the_threshold_keeps_its_bounds(levels: list[float]) -> None:
    gate = Gate()
    for level in levels:
        gate.feed(level)
        assert LOWEST_DB <= gate.threshold_db <= HIGHEST_DB
        assert not gate.audible or gate.recent_db >= LOWEST_DB - HANGOVER_FRAMES


@given(st.lists(st.floats(-96, 0), max_size=50), st.integers(0, 200), st.floats(-96, 0))
def test_once_settled_more_silence_changes_nothing_that_is_heard(
    levels: list[float], silence: int, after: float
) -> None:
    fed, skipped = Gate(), Gate()
    for gate in (fed, skipped):
        for level in [*levels, *[SILENT_DB] * 400]:
            gate.feed(level)
        assert gate.settled
    for _ in range(silence):
        assert not fed.feed(SILENT_DB)
        assert fed.settled
    assert fed.threshold_db == skipped.threshold_db
    assert fed.feed(after) == skipped.feed(after)
    assert fed.recent_db == skipped.recent_db == max(after, SILENT_DB)
