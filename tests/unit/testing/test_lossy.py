"""A link loses what it was told to lose, and always the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.testing import LossyLink

SENT = [(n * 0.02, n) for n in range(20_000)]


@given(st.integers(), st.floats(0, 0.5), st.floats(1, 12))
def test_the_same_seed_is_the_same_network(seed: int, loss: float, burst: float) -> None:
    first, second = (LossyLink(seed, loss=loss, burst=burst, jitter_s=0.1) for _ in range(2))
    assert first.deliver(SENT[:200]) == second.deliver(SENT[:200])


@pytest.mark.parametrize("burst", [1.0, 3.0, 12.0])
@pytest.mark.parametrize("loss", [0.01, 0.1, 0.2])
def test_loss_and_bursts_are_as_asked(loss: float, burst: float) -> None:
    link = LossyLink(7, loss=loss, burst=burst)
    lost = [link.fate().lost for _ in range(100_000)]
    bursts = sum(now and not before for before, now in zip([False, *lost], lost, strict=False))
    assert sum(lost) / len(lost) == pytest.approx(loss, rel=0.25)
    # At burst 1 the model never loses two in a row; a share of `loss` would, by pure chance.
    assert sum(lost) / bursts == pytest.approx(burst, rel=0.2)


def test_a_perfect_link_only_delays() -> None:
    assert LossyLink(1, delay_s=0.5).deliver(SENT[:5]) == [(t + 0.5, n) for t, n in SENT[:5]]


def test_jitter_reorders_and_copies_arrive_twice() -> None:
    arrived = [n for _, n in LossyLink(1, jitter_s=0.1, duplicate=0.3).deliver(SENT[:500])]
    assert arrived != sorted(arrived)
    assert set(arrived) == set(range(500))
    assert 550 < len(arrived) < 750


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="burst"):
        LossyLink(1, burst=0.5)
