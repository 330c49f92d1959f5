"""The life of a show, as a machine that is asked anything in any order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from vivavoce.card import State
from vivavoce.errors import UsageError
from vivavoce.stage.show import TRANSITIONS, Abandonment, Command, step
from vivavoce.units import Samples, samples, start_of

ORDER = [State.PLANNED, State.LIVE, State.ENDED]


class Life(RuleBasedStateMachine):
    """A show's state only ever goes forward, one step at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State.PLANNED
        self.lived: list[State] = [State.PLANNED]

    @rule(command=st.sampled_from(Command))
    def ask(self, command: Command) -> None:
        if (self.state, command) not in TRANSITIONS:
            with pytest.raises(UsageError) as refused:
                step(self.state, command)
            assert refused.value.code in {"already_live", "already_ended", "not_live"}
            assert refused.value.status == 409
            return
        after = step(self.state, command)
        assert ORDER.index(after) == ORDER.index(self.state) + 1
        self.state = after
        self.lived.append(after)

    @invariant()
    def no_state_is_lived_twice(self) -> None:
        assert len(set(self.lived)) == len(self.lived)


TestLife = Life.TestCase


@pytest.mark.parametrize(
    ("state", "command", "code"),
    [
        (State.LIVE, Command.START, "already_live"),
        (State.ENDED, Command.START, "already_ended"),
        (State.ENDED, Command.END, "already_ended"),
        (State.PLANNED, Command.END, "not_live"),
    ],
)
def test_refusals_have_stable_codes(state: State, command: Command, code: str) -> None:
    with pytest.raises(UsageError) as refused:
        step(state, command)
    assert refused.value.code == code


@given(st.lists(st.tuples(st.floats(0.1, 3600), st.booleans()), min_size=1, max_size=50))
def test_abandoned_is_half_an_hour_without_anybody(looks: list[tuple[float, bool]]) -> None:
    watch, now, last = Abandonment(Samples(0)), 0.0, 0.0
    for wait_s, connected in looks:
        now += wait_s
        last = now if connected else last
        over = watch.observe(samples(now), connected=connected)
        assert over == (samples(now) - samples(last) >= samples(1800))
        # The replay keeps the last connected moment and at most a few seconds more.
        assert samples(last) < start_of(watch.last_part) + samples(0.33)
        assert start_of(watch.last_part) <= samples(last + 3.01)
