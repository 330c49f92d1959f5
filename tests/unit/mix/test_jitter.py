"""Laws of the jitter buffer, in virtual time, on links that lose, delay and reorder."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.mix import jitter
from vivavoce.mix.actions import Action, Conceal, Play, Recover, Rest, Voiced
from vivavoce.mix.jitter import JitterBuffer
from vivavoce.testing import LossyLink
from vivavoce.units import FRAME_SAMPLES

TICK = 0.02
VOICE = bytes(40)
DTX = b"\x08"


def packet(n: int, payload: bytes = VOICE) -> Voiced:
    return Voiced(n, n * FRAME_SAMPLES, FRAME_SAMPLES, payload)


@dataclass
class Listener:
    """Plays a buffer, keeping account as a decoder would."""

    buffer: JitterBuffer = field(default_factory=JitterBuffer)
    actions: list[Action] = field(default_factory=list)
    ticks: int = 0
    stock: int = 0
    largest_step: int = 0
    delays: list[float] = field(default_factory=list)
    """Of each packet at the tick that played it, since it was due at the sender."""

    def tick(self, now: float) -> None:
        wanted = self.buffer.take(now, self.stock)
        assert wanted == 0 or abs(wanted - FRAME_SAMPLES) <= 48  # 1 ms
        if wanted == 0:
            self.stock = 0
            return
        self.ticks += 1
        self.largest_step = max(self.largest_step, abs(wanted - FRAME_SAMPLES))
        while self.stock < wanted:
            action = self.buffer.next()
            self.actions.append(action)
            samples = action.packet.samples if isinstance(action, Play) else action.samples
            assert samples > 0
            if isinstance(action, Play):
                self.delays.append(now - action.packet.time / 48_000)
            self.stock += samples
        self.stock -= wanted

    def hear(self, arrivals: list[tuple[float, Voiced]], until: float, phase: float = 0.0) -> None:
        """Let packets arrive and ticks pass, in the order of time."""
        queue = sorted(arrivals, key=lambda a: a[0])[::-1]
        for n in range(round(until / TICK)):
            now = n * TICK + phase
            while queue and queue[-1][0] <= now:
                at, voiced = queue.pop()
                self.buffer.push(voiced, at)
            self.tick(now)

    def count(self, kind: type[Action]) -> int:
        return sum(isinstance(action, kind) for action in self.actions)

    @property
    def played(self) -> list[int]:
        return [a.packet.sequence for a in self.actions if isinstance(a, Play)]


def sent(count: int) -> list[tuple[float, Voiced]]:
    return [(n * TICK, packet(n)) for n in range(count)]


@given(phase=st.floats(0, 0.0199))
def test_on_a_perfect_line_every_packet_plays_once_and_in_time(phase: float) -> None:
    listener = Listener()
    listener.hear(sent(500), 10.0, phase)
    assert listener.played == list(range(len(listener.played)))
    assert len(listener.played) >= 498
    assert listener.count(Conceal) == listener.count(Recover) == 0
    assert max(listener.delays) <= 0.030


@given(order=st.permutations(range(8)), depth=st.integers(0, 5))
def test_packets_leave_in_order_and_at_most_once(order: list[int], depth: int) -> None:
    listener = Listener()
    arrivals = [(at * 0.001, packet(n)) for at, n in enumerate(order)]
    listener.hear([*arrivals, *arrivals[:depth]], 1.0)
    assert listener.played == sorted(set(listener.played))


@given(lost=st.sets(st.integers(5, 194)))
def test_what_is_lost_is_recovered_or_concealed_and_nothing_else_is(lost: set[int]) -> None:
    listener = Listener()
    listener.hear([(at, p) for at, p in sent(200) if p.sequence not in lost], 4.2, 0.001)
    assert listener.played == [n for n in range(200) if n not in lost]
    holes = listener.count(Recover) + listener.count(Conceal)
    # The line's end and a hole before anything is known of loss may each cost a frame or two.
    assert len(lost) <= holes <= len(lost) + 14


@pytest.mark.parametrize("phase", [0.001, 0.006, 0.011, 0.016])
def test_a_single_loss_is_recovered_from_the_next_packet_once_loss_is_known(phase: float) -> None:
    listener = Listener()
    lost = set(range(20, 1000, 17))
    listener.hear([(at, p) for at, p in sent(1000) if p.sequence not in lost], 20.0, phase)
    assert listener.count(Recover) >= len(lost) - 2


@pytest.mark.parametrize(("loss", "burst"), [(0.10, 1.0), (0.05, 6.0), (0.20, 1.0)])
def test_on_a_lossy_line_every_frame_is_received_repaired_or_concealed(
    loss: float, burst: float
) -> None:
    link = LossyLink(7, loss=loss, burst=burst, delay_s=0.03, jitter_s=0.02)
    listener = Listener()
    listener.hear(link.deliver(sent(6000)), 120.0, 0.003)
    silent = listener.count(Rest)
    assert listener.ticks >= 5990
    assert silent <= 0.02 * listener.ticks
    assert listener.count(Play) >= (1 - loss - 0.02) * listener.ticks
    if burst == 1.0:  # the packet after a lost one is there, unless it is lost itself
        repaired = listener.count(Recover) / (listener.count(Recover) + listener.count(Conceal))
        assert repaired >= 1 - loss - 0.12


@pytest.mark.parametrize("jitter_ms", [0, 10, 40, 80])
def test_the_depth_follows_the_jitter(jitter_ms: int) -> None:
    link = LossyLink(3, delay_s=0.05, jitter_s=jitter_ms / 1000)
    listener = Listener()
    listener.hear(link.deliver(sent(3000)), 60.0, 0.007)
    late = listener.count(Conceal) + listener.count(Recover)
    assert late <= 0.02 * listener.ticks
    settled = sorted(listener.delays[1000:])
    # The network's own 50 ms, its jitter, a tick and a frame; not more.
    assert settled[len(settled) // 2] <= 0.050 + jitter_ms / 1000 + 0.030


@pytest.mark.parametrize("ppm", [-200, 200])
def test_six_hours_of_a_clock_that_drifts_cost_no_frame(ppm: int) -> None:
    listener = Listener()
    count = 6 * 3_600 * 50
    period = TICK * (1 + ppm / 1e6)
    delays = listener.delays
    listener.hear([(n * period, packet(n)) for n in range(count)], count * period - 1, 0.004)
    assert listener.count(Conceal) + listener.count(Recover) + listener.count(Rest) == 0
    assert listener.buffer.tally.dropped == listener.buffer.tally.restarts == 0
    assert 0 < listener.largest_step <= 2  # 0.2 % of speed
    drift = count * (period - TICK)
    assert abs(delays[-1] - drift - delays[100]) <= 0.045


def test_a_pause_of_the_sender_is_no_loss() -> None:
    listener = Listener()
    talk = [(n * TICK, packet(n)) for n in range(50)]
    # DTX: one packet without a frame each 400 ms, sequence numbers without a hole.
    rest = [(1.0 + k * 0.4, Voiced(50 + k, (50 + 20 * k) * 960, 960, DTX)) for k in range(5)]
    again = [(3.0 + n * TICK, Voiced(55 + n, (150 + n) * 960, 960, VOICE)) for n in range(50)]
    listener.hear([*talk, *rest, *again], 4.0, 0.002)
    assert listener.count(Conceal) == listener.count(Recover) == 0
    assert listener.count(Rest) >= 90
    assert len(listener.played) >= 103


def test_packets_held_up_for_a_while_are_played_later_rather_than_lost() -> None:
    listener = Listener()
    held = [(max(at, 2.3) if at > 2.0 else at, p) for at, p in sent(500)]
    listener.hear(held, 10.0, 0.002)
    assert len(listener.played) >= 497
    # It comes back to a short delay, without a cut.
    assert listener.delays[-1] <= 0.080
    assert listener.buffer.tally.dropped == 0


def test_a_line_that_stalls_for_long_is_cut_back_to_the_present() -> None:
    listener = Listener()
    held = [(max(at, 3.2) if at > 2.0 else at, p) for at, p in sent(500)]
    listener.hear(held, 10.0, 0.002)
    assert listener.delays[-1] <= 0.080
    assert listener.played == sorted(listener.played)


def test_a_sender_that_stops_is_idle_until_it_begins_again() -> None:
    listener = Listener()
    resumed = [(10.0 + n * TICK, Voiced(50 + n, 960 * (7_000 + n), 960, VOICE)) for n in range(50)]
    listener.hear([*sent(50), *resumed], 9.0)
    busy = listener.ticks
    assert busy <= 50 + 51
    listener = Listener()
    listener.hear([*sent(50), *resumed], 11.0)
    assert listener.played[-39:] == list(range(60, 99))


def test_a_clock_that_is_set_back_is_followed_within_a_second() -> None:
    listener = Listener()
    back = [(2.0 + n * TICK, Voiced(100 + n, n * 960, 960, VOICE)) for n in range(100)]
    front = [(n * TICK, Voiced(n, 960 * (10**6 + n), 960, VOICE)) for n in range(100)]
    listener.hear([*front, *back], 4.0, 0.001)
    assert listener.buffer.tally.restarts == 1
    assert listener.played[-1] >= 195
    assert len(listener.played) >= 160


@given(
    data=st.lists(
        st.tuples(
            st.integers(0, 400),
            st.integers(-(10**7), 10**7),
            st.sampled_from([120, 240, 480, 960, 1920, 2880, 5760]),
            st.sampled_from([VOICE, DTX]),
            st.floats(0, 2.0),
        ),
        max_size=150,
    )
)
def test_whatever_comes_the_buffer_is_bounded_and_every_tick_has_its_samples(
    data: list[tuple[int, int, int, bytes, float]],
) -> None:
    listener = Listener()
    arrivals = [
        (at, Voiced(sequence, time // 120 * 120, samples, payload))
        for sequence, time, samples, payload, at in data
    ]
    listener.hear(arrivals, 3.0)
    assert listener.buffer.depth <= jitter.CAPACITY
    tally = listener.buffer.tally
    assert tally.played == listener.count(Play)
    assert tally.recovered == listener.count(Recover)


@given(length=st.sampled_from([120, 240, 480, 960, 1920, 2880, 5760]))
def test_packets_of_any_length_play_without_a_hole(length: int) -> None:
    listener = Listener()
    count = 480_000 // length
    arrivals = [(n * length / 48_000, Voiced(n, n * length, length, VOICE)) for n in range(count)]
    listener.hear(arrivals, 9.5, 0.001)
    # A packet of 60 ms is there 60 ms after its first sample: the first may come to be concealed.
    assert listener.count(Conceal) + listener.count(Recover) <= 1
    assert len(listener.played) * length >= 9.2 * 48_000


@pytest.mark.parametrize(("quiet", "taken"), [(False, 960), (True, 1_008)])
def test_words_keep_their_speed_while_the_depth_is_within_bounds(quiet: bool, taken: int) -> None:
    buffer = JitterBuffer()
    for n in range(4):
        buffer.push(packet(n), n * TICK)
        assert buffer.take(n * TICK + 0.012) in {0, 960}
        if buffer.take(n * TICK + 0.012):
            buffer.next()
    assert buffer.take(4 * TICK + 0.012, 500, quiet=quiet) == taken
