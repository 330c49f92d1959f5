"""A seat has one window; who may take it is a table."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from vivavoce.errors import UsageError
from vivavoce.stage.seats import DEAD_S, RULES, Claim, Ruling, Seats


def test_the_table_decides_every_case() -> None:
    assert set(RULES) == {(standing, take) for standing in Claim for take in (False, True)}
    refused = {case for case, ruling in RULES.items() if ruling is Ruling.REFUSE}
    assert refused == {(Claim.ELSEWHERE, False)}, "only a living window is asked about"


def test_a_second_window_is_refused_until_it_says_take() -> None:
    seats = Seats()
    seats.sit("host", "one", 0.0)
    with pytest.raises(UsageError) as refused:
        seats.rule("host", "two", 1.0, take=False)
    assert refused.value.code == "seat_taken"
    assert refused.value.status == 409
    assert seats.rule("host", "two", 1.0, take=True) is Ruling.TAKE


def test_the_same_window_comes_back_without_a_question() -> None:
    seats = Seats()
    seats.sit("host", "one", 0.0)
    assert seats.rule("host", "one", 0.1, take=False) is Ruling.RETURN


def test_a_window_of_which_nothing_is_heard_does_not_hold_the_seat() -> None:
    seats = Seats()
    seats.sit("host", "one", 0.0)
    seats.heard("host", "one", 5.0)
    assert seats.claim("host", "two", 5.0 + DEAD_S) is Claim.ELSEWHERE
    assert seats.claim("host", "two", 5.1 + DEAD_S) is Claim.DEAD
    assert seats.rule("host", "two", 5.1 + DEAD_S, take=False) is Ruling.TAKE


class Sitting(RuleBasedStateMachine):
    """Windows claim, leave and speak in any order, also after they lost the seat."""

    def __init__(self) -> None:
        super().__init__()
        self.seats = Seats()
        self.holder: dict[str, str] = {}
        self.before: dict[str, str] = {}
        self.now = 0.0

    windows = st.sampled_from(["one", "two", "three"])
    names = st.sampled_from(["host", "guest"])

    @rule(seat=names, window=windows, take=st.booleans(), wait=st.floats(0, 5))
    def claim(self, seat: str, window: str, take: bool, wait: float) -> None:
        self.now += wait
        try:
            self.seats.rule(seat, window, self.now, take=take)
        except UsageError:
            assert self.holder[seat] != window
            assert not take
            return
        self.seats.sit(seat, window, self.now)
        if self.holder.get(seat, window) != window:
            self.before.setdefault(seat, self.holder[seat])
        self.holder[seat] = window
        if self.before.get(seat) == window:
            del self.before[seat]

    @rule(seat=names, window=windows)
    def rise(self, seat: str, window: str) -> None:
        """Who leaves gives the seat back to who had it and has not lost it yet."""
        held, had = self.holder.get(seat) == window, self.before.get(seat) == window
        assert self.seats.rise(seat, window) == (held or had)
        if held:
            del self.holder[seat]
        if held and seat in self.before:
            self.holder[seat] = self.before[seat]
        if held or had:
            self.before.pop(seat, None)

    @rule(seat=names, window=windows)
    def arrive(self, seat: str, window: str) -> None:
        self.seats.settle(seat, window)
        if self.holder.get(seat) == window:
            self.before.pop(seat, None)

    @rule(seat=names, window=windows)
    def speak(self, seat: str, window: str) -> None:
        self.seats.heard(seat, window, self.now)

    @invariant()
    def everybody_sits_where_they_think(self) -> None:
        assert len(self.seats) == len(self.holder)
        for seat, window in self.holder.items():
            assert self.seats.claim(seat, window, self.now) is Claim.MINE


TestSitting = Sitting.TestCase
