"""Followers that come, go, break and stall in any order, over descriptors that come again."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from tests.unit.bus.follower_kit import (
    HELLO,
    TOKEN,
    Hearing,
    Kernel,
    Now,
    Wire,
    following,
    heard,
    report,
)
from websockets.client import ClientProtocol

from vivavoce.bus.messages import Count, Down, Gone, Report
from vivavoce.bus.relay import Relay

_NUMBERS = range(4)
_SEALED = 3


class There:
    """One follower: both ends, what it must have heard, and what it said."""

    def __init__(self, relay: Relay, wire: Wire) -> None:
        self.wire = wire
        self.client: ClientProtocol = following(relay, wire)
        self.hears: list[Down] = [HELLO]
        self.said = 0
        self.over = False


class ComingAndGoing(RuleBasedStateMachine):
    """What must hold, whatever happens: the kernel's assertions, and the invariant below."""

    @initialize(deaf=st.booleans())
    def begin(self, deaf: bool) -> None:
        self.ears, self.kernel = Hearing(deaf=deaf), Kernel([])
        self.ears.wires = self.kernel.wires
        self.relay = Relay(Now(), TOKEN, self.kernel.send, self.ears)
        self.relay.publish(HELLO)
        self.there: dict[int, There] = {}
        self.messages = 0

    @rule(fd=st.sampled_from(_NUMBERS))
    def comes(self, fd: int) -> None:
        if fd not in self.there:
            wire = self.kernel.wires[fd] = Wire(fd, sealed=fd == _SEALED)
            self.there[fd] = There(self.relay, wire)

    @rule(data=st.data(), how=st.sampled_from(["end", "break", "goodbye"]))
    @precondition(lambda self: self.there)
    def goes(self, data: st.DataObject, how: str) -> None:
        one = self._one(data)
        if one.over:
            return
        one.over = True
        if how == "break":
            one.wire.broken = True
        elif how == "end":
            one.wire.end()
        else:
            one.client.send_close(1001)
            one.wire.hear(b"".join(one.client.data_to_send()))

    @rule(data=st.data(), push=st.integers(1, 9))
    @precondition(lambda self: self.there)
    def reports(self, data: st.DataObject, push: int) -> None:
        one = self._one(data)
        if not one.over:
            one.said = push
            one.wire.hear(report(one.client, Report({"a": Count(push)})))

    @rule(data=st.data(), stalled=st.booleans())
    @precondition(lambda self: self.there)
    def takes(self, data: st.DataObject, stalled: bool) -> None:
        wire = self._one(data).wire
        wire.stalled = stalled
        wire.drain()

    @rule()
    def says(self) -> None:
        message = Gone(str(self.messages))
        self.messages += 1
        self.relay.publish(message)
        for one in self.there.values():
            one.hears.append(message)

    @rule(turned=st.booleans())
    def ticks(self, turned: bool) -> None:
        self.relay.tick()
        if turned:
            self.turns()
        well = sum(one.said for one in self.there.values() if not one.over)
        # Who is on its way out counts until its connection is closed.
        most = sum(one.said for one in self.there.values())
        assert well <= self.relay.counts(Report({})).counts.get("a", Count()).push <= most

    @rule()
    def turns(self) -> None:
        for fd, one in list(self.there.items()):
            one.wire.turn()
            if one.wire.gone:
                assert one.over
                del self.there[fd], self.kernel.wires[fd]

    @rule()
    def loses_its_own(self) -> None:
        self.relay.lost()
        for one in self.there.values():
            assert one.wire.closed
            one.over, one.wire.stalled = True, False
            one.wire.drain()
        self.turns()
        assert not self.there
        assert not self.ears.known
        assert self.relay.counts(Report({})) == Report({})
        self.relay.publish(HELLO)

    @invariant()
    def all_who_are_well_hear_their_time(self) -> None:
        assert self.relay.followers == len(self.there)
        assert set(self.ears.known) <= self.there.keys()
        for one in self.there.values():
            if not one.over and not one.wire.stalled:
                assert heard(one.client, one.wire) == one.hears
                one.hears.clear()

    def _one(self, data: st.DataObject) -> There:
        return self.there[data.draw(st.sampled_from(sorted(self.there)))]


TestComingAndGoing = ComingAndGoing.TestCase
TestComingAndGoing.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
