from collections.abc import Sequence
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
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
from websockets.frames import Frame, Opcode

from vivavoce.bus.messages import Count, Down, Gone, Report
from vivavoce.bus.relay import FOLLOWERS, Relay
from vivavoce.bus.tally import LOOK_EVERY_S, SILENT_AFTER_S, Sayings


def relaying(
    wires: Sequence[Wire],
    draw: "st.DataObject | None" = None,
    *,
    deaf: bool = False,
    clock: Now | None = None,
) -> tuple[Relay, Kernel]:
    ears, kernel = Hearing(deaf=deaf), Kernel(wires, draw)
    ears.wires = kernel.wires
    relay = Relay(clock or Now(), TOKEN, kernel.send, ears)
    relay.publish(HELLO)
    return relay, kernel


@given(
    st.data(), st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["stall", "drain", "say"])))
)
def test_every_follower_hears_all_in_order_whatever_its_socket_takes(
    data: st.DataObject, steps: list[tuple[int, str]]
) -> None:
    wires = [Wire(fd, sealed=fd == 3) for fd in range(4)]
    relay, _ = relaying(wires, data)
    clients = [following(relay, wire) for wire in wires]
    said: list[Down] = []
    for which, step in steps:
        if step == "say":
            said.append(Gone(f"{len(said)}" * (1 + 90 * which)))
            relay.publish(said[-1])
        else:
            wires[which].stalled = step == "stall"
            wires[which].drain()
    for client, wire in zip(clients, wires, strict=True):
        assert heard(client, wire) == [HELLO, *said]


def test_all_who_have_taken_everything_are_sent_to_at_once() -> None:
    wires = [Wire(fd) for fd in range(FOLLOWERS)]
    relay, kernel = relaying(wires)
    for wire in wires:
        following(relay, wire)
    relay.publish(Gone("a"))
    relay.publish(Gone("b"))
    assert kernel.sends == 2


def test_who_takes_nothing_is_let_go_and_nothing_follows_a_goodbye() -> None:
    slow, gone, well = wires = [Wire(fd) for fd in range(3)]
    relay, _ = relaying(wires)
    clients = [following(relay, wire) for wire in wires]
    slow.stalled = True
    clients[1].send_close(1001)
    gone.hear(b"".join(clients[1].data_to_send()))
    relay.tick()
    assert gone.closed
    said = [Gone(f"{number:01000}") for number in range(600)]
    for message in said:
        relay.publish(message)
    assert slow.closed
    assert slow.most <= 512 * 1024 + 1_100
    assert heard(clients[1], gone) == [HELLO]
    assert heard(clients[2], well) == [HELLO, *said]


COUNTS = st.dictionaries(
    st.text("abc", min_size=1, max_size=3), st.builds(Count, st.integers(0, 9)), max_size=9
)


@given(
    st.lists(st.tuples(COUNTS, st.sampled_from(["report", "ping"])), min_size=1),
    st.lists(st.integers(1, 60)),
    st.booleans(),
)
def test_reports_are_read_however_they_are_framed_and_cut(
    reports: list[tuple[dict[str, Count], str]], cuts: list[int], deaf: bool
) -> None:
    wire, at = Wire(0), 0
    relay, _ = relaying([wire], deaf=deaf)
    client = following(relay, wire)
    sent: list[bytes] = []
    pings = 0
    for counts, way in reports:
        body = msgspec.msgpack.encode(Report(counts))
        client.send_binary(body)
        if way == "ping":
            client.send_ping(b"here")
            pings += 1
        sent += client.data_to_send()
    whole = b"".join(sent)
    for cut in cuts:
        if at < len(whole):
            wire.hear(whole[at : at + cut])
            at += cut
            relay.tick()
    # Uncut, message by message, as they come nearly always.
    for rest in [whole[at:]] if cuts else sent:
        if rest:
            wire.hear(rest)
            relay.tick()
    last = reports[-1][0]
    assert relay.counts(Report({})).counts == last
    client.receive_data(bytes(wire.out))
    frames = [event for event in client.events_received() if isinstance(event, Frame)]
    assert sum(frame.opcode is Opcode.PONG for frame in frames) == pings
    assert not wire.closed


@pytest.mark.parametrize("deaf", [False, True])
@pytest.mark.parametrize("body", [b"\xc1", b"", b"\x80", b"\xc1" * 999])
def test_what_is_no_report_ends_it(body: bytes, deaf: bool) -> None:
    wire = Wire(0)
    relay, _ = relaying([wire], deaf=deaf)
    client = following(relay, wire)
    client.send_binary(body)
    wire.hear(b"".join(client.data_to_send()))
    relay.tick()
    assert wire.closed


def test_nothing_is_sent_past_a_transport_that_has_given_up() -> None:
    wires = [Wire(0), Wire(1)]
    relay, _ = relaying(wires)
    clients = [following(relay, wire) for wire in wires]
    wires[0].broken = True
    relay.publish(Gone("a"))
    wires[0].turn()  # its descriptor may be another's from now on
    relay.publish(Gone("b"))
    assert heard(clients[1], wires[1]) == [HELLO, Gone("a"), Gone("b")]


@pytest.mark.parametrize("stalled", [False, True])
def test_one_that_ends_is_sent_what_waits_and_nothing_more(stalled: bool) -> None:
    wire = Wire(0)
    relay, kernel = relaying([wire])
    client = following(relay, wire)
    wire.stalled = stalled
    relay.publish(Gone("a"))
    wire.end()
    relay.tick()
    assert wire.closed
    wire.stalled = False
    wire.drain()
    relay.publish(Gone("b"))
    assert heard(client, wire) == [HELLO, Gone("a")]
    assert kernel.sends == 1


@pytest.mark.parametrize("deaf", [False, True])
def test_what_looks_like_a_report_within_a_message_is_none(deaf: bool) -> None:
    wire = Wire(0)
    relay, _ = relaying([wire], deaf=deaf)
    following(relay, wire)
    said = msgspec.msgpack.encode(Report({"a": Count(1)}))
    inner = bytes((0x82, 0x80 + len(said), 0, 0, 0, 0)) + said
    for data in (bytes((0x82, 0xFE, 0, 200 + len(inner), 0, 0, 0, 0)) + bytes(200), inner):
        wire.hear(data)
        relay.tick()
    assert relay.counts(Report({})) == Report({})
    assert wire.closed


def test_a_report_wakes_nobody_and_is_taken_at_the_next_tick() -> None:
    wires = [Wire(fd) for fd in range(3)]
    relay, _ = relaying(wires)
    clients = [following(relay, wire) for wire in wires]
    for push, (client, wire) in enumerate(zip(clients, wires, strict=True)):
        wire.hear(report(client, Report({"a": Count(push)})))
        assert not wire.reads
    assert relay.counts(Report({})) == Report({})
    relay.tick()
    assert relay.counts(Report({})) == Report({"a": Count(3)})


@given(st.binary(max_size=300), st.lists(st.integers(1, 300), max_size=3), st.booleans())
def test_rubbish_costs_who_sends_it_the_place_at_most(
    rubbish: bytes, cuts: list[int], deaf: bool
) -> None:
    wires = [Wire(0), Wire(1)]
    relay, _ = relaying(wires, deaf=deaf)
    clients = [following(relay, wire) for wire in wires]
    wires[1].hear(report(clients[1], Report({"a": Count(1)})))
    for start, stop in pairwise([0, *sorted(cuts), 300]):
        if start < stop and not wires[0].closed:
            wires[0].hear(rubbish[start:stop])
            relay.tick()
    wires[0].turn()
    relay.publish(Gone("a"))
    assert heard(clients[1], wires[1]) == [HELLO, Gone("a")]
    assert relay.counts(Report({})).counts["a"].push >= 1


def test_it_says_itself_how_long_its_followers_may_be_silent() -> None:
    wire = Wire(0)
    relay, _ = relaying([])
    relay.publish(msgspec.structs.replace(HELLO, silence_s=1.0))
    assert heard(following(relay, wire), wire) == [HELLO]


TICK_S = 0.5  # an edge's


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 40)), min_size=1, max_size=12))
def test_counts_are_late_by_a_look_and_a_tick_at_most_and_those_of_the_silent_are_dropped(
    changes: list[tuple[int, int]],
) -> None:
    """Counts change at the given tenths of seconds; the edge looks, its parent ticks."""
    now, wire = Now(), Wire(0)
    relay, _ = relaying([wire], clock=now)
    client, sayings = following(relay, wire), Sayings(SILENT_AFTER_S)
    held = [push for push, tenths in changes for _ in range(tenths)]
    late = round(10 * (LOOK_EVERY_S + TICK_S))
    for tenth, push in enumerate(held):
        now.at = tenth / 10
        said = Report({"a": Count(push)})
        if tenth % round(10 * LOOK_EVERY_S) == 0 and sayings.due(said, now.at):
            wire.hear(report(client, said))
        if tenth % round(10 * TICK_S) == 3:
            relay.tick()
        if tenth >= late:
            counted = relay.counts(Report({})).counts["a"].push
            assert counted in held[tenth - late : tenth + 1]
    now.at += TICK_S
    relay.tick()
    now.at += SILENT_AFTER_S
    assert relay.counts(Report({})).counts.get("a", Count()) == Count()
