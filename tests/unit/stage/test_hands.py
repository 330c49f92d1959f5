"""The queue of hands: in order, bounded, and never longer than its pages live."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from vivavoce.errors import UsageError
from vivavoce.stage.hands import GONE_S, KEPT_S, MOST, MOST_A_NETWORK, Hand, Hands, HandState


def hand(number: int, network: str | None = None) -> Hand:
    token = number.to_bytes(32)
    return Hand(str(number), token, f"Name {number}", "", network or f"net-{number}", number)


def test_the_queue_is_in_order_and_moves_up() -> None:
    hands = Hands()
    one, two, three = hand(1), hand(2), hand(3)
    for up in (one, two, three):
        hands.raise_(up, 0.0)
    assert [hands.place(h) for h in (one, two, three)] == [1, 2, 3]
    hands.settle("1", HandState.DECLINED, 1.0)
    assert [hands.place(h) for h in (one, two, three)] == [0, 1, 2]
    hands.settle("2", HandState.ACCEPTED, 1.0, seat="seat")
    assert (two.state, two.seat, hands.waiting()) == (HandState.ACCEPTED, "seat", [three])
    with pytest.raises(UsageError) as refused:
        hands.settle("2", HandState.LOWERED, 2.0)
    assert refused.value.code == "hand_unknown"


def test_there_are_so_many_hands_and_so_many_of_one_network() -> None:
    hands = Hands()
    for number in range(MOST_A_NETWORK):
        hands.raise_(hand(number, "home"), 0.0)
    with pytest.raises(UsageError) as refused:
        hands.raise_(hand(1000, "home"), 0.0)
    assert (refused.value.code, refused.value.status) == ("too_many_hands", 429)
    for number in range(MOST_A_NETWORK, MOST):
        hands.raise_(hand(number), 0.0)
    with pytest.raises(UsageError):
        hands.raise_(hand(1001), 0.0)
    assert len(hands.lower_all(1.0)) == MOST
    hands.raise_(hand(1002), 1.0)
    assert len(hands.waiting()) == 1


def test_a_hand_outlives_its_page_by_half_a_minute() -> None:
    hands, up = Hands(), hand(1)
    hands.raise_(up, 0.0)
    hands.open(up)
    hands.tidy(1_000.0)
    assert hands.waiting() == [up], "for as long as the page is there"
    hands.close(up, 1_000.0)
    assert not hands.tidy(1_000.0 + GONE_S)
    assert hands.tidy(1_001.0 + GONE_S)
    assert up.state is HandState.LOWERED
    hands.tidy(1_002.0 + GONE_S + KEPT_S)
    assert len(hands) == 0


def test_a_token_finds_its_hand_and_no_other() -> None:
    hands, up = Hands(), hand(7)
    hands.raise_(up, 0.0)
    assert hands.of_token(up.token) is up
    assert hands.of_token(bytes(32)) is None


class Queue(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.hands, self.model, self.now, self.next = Hands(), list[Hand](), 0.0, 0

    @rule(network=st.sampled_from(["a", "b", "c"]))
    def raise_(self, network: str) -> None:
        up, self.next = hand(self.next, network), self.next + 1
        try:
            self.hands.raise_(up, self.now)
        except UsageError:
            assert sum(h.network == network for h in self.model) >= MOST_A_NETWORK
        else:
            self.hands.open(up)
            self.model.append(up)

    @rule(which=st.integers(0, 20), state=st.sampled_from(HandState))
    def settle(self, which: int, state: HandState) -> None:
        if self.model and state is not HandState.WAITING:
            gone = self.model.pop(which % len(self.model))
            self.hands.settle(gone.id, state, self.now)
            self.hands.close(gone, self.now)

    @rule(seconds=st.floats(0, 2 * KEPT_S))
    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        assert not self.hands.tidy(self.now), "pages are there"

    @invariant()
    def it_is_the_queue(self) -> None:
        assert self.hands.waiting() == self.model
        assert [self.hands.place(h) for h in self.model] == list(range(1, len(self.model) + 1))


TestQueue = Queue.TestCase
