"""Laws of the dial: it follows the load within its steps, and does not swing."""

from hypothesis import given
from hypothesis import strategies as st

from vivavoce.deliver.ladder import STEPS, Ladder

LOOK_S = 0.5


def live(ladder: Ladder, sweep_s: float, seconds: float, start: float = 0.0) -> list[float]:
    """Let sweeps of ``sweep_s`` happen on the beat; return when the dial was turned."""
    turned, busy, since = [], 1_000.0, 0.0
    for look in range(int(seconds / LOOK_S)):
        now = start + look * LOOK_S
        since += LOOK_S
        late = 0.0
        while since >= ladder.parts * 0.32:
            since -= ladder.parts * 0.32
            busy += sweep_s
            late = sweep_s
        if ladder.look(busy_s=busy, late_s=late, now=now):
            turned.append(now)
    return turned


def test_a_small_audience_is_never_made_to_wait() -> None:
    ladder = Ladder()
    assert live(ladder, sweep_s=0.05, seconds=600) == []
    assert ladder.batch_ms == 320


def test_a_crowd_is_felt_for_seconds_and_its_leaving_noticed_in_a_minute() -> None:
    ladder = Ladder()
    up = live(ladder, sweep_s=0.24, seconds=60)
    assert len(up) == 1
    assert up[0] < 5
    assert ladder.batch_ms == 960
    down = live(ladder, sweep_s=0.03, seconds=120, start=60)
    assert len(down) == 1
    assert 30 <= down[0] - 60 < 60
    assert ladder.batch_ms == 320


def test_the_last_step_is_the_longest_and_stays() -> None:
    ladder = Ladder()
    live(ladder, sweep_s=3.0, seconds=600)
    assert ladder.batch_ms == 1_920
    assert ladder.steps == 2


@given(sweep_s=st.floats(0, 3), before=st.floats(0, 3))
def test_a_steady_load_ends_in_a_steady_dial(sweep_s: float, before: float) -> None:
    ladder = Ladder()
    live(ladder, before, seconds=100)
    live(ladder, sweep_s, seconds=300, start=100)
    settled = ladder.steps
    live(ladder, sweep_s, seconds=600, start=400)
    assert ladder.steps == settled
    assert ladder.parts in STEPS


@given(
    looks=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 5), st.floats(-5, 100)), max_size=200),
    fixed=st.sampled_from(STEPS),
)
def test_whatever_is_measured_it_moves_by_one_step_and_a_fixed_one_not(
    looks: list[tuple[float, float, float]], fixed: int
) -> None:
    ladder, held = Ladder(), Ladder(fixed)
    now = busy = 0.0
    for more, late, ahead in looks:
        now, busy, before = now + ahead, busy + more, STEPS.index(ladder.parts)
        turned = ladder.look(busy_s=busy, late_s=late, now=now)
        moved = abs(STEPS.index(ladder.parts) - before)
        assert moved == int(turned)
        assert not held.look(busy_s=busy, late_s=late, now=now)
        assert held.parts == fixed
