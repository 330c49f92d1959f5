"""The adaptive jitter buffer: packets in as they come, one tick's worth of sound out on time. Pure.

Time-driven: whoever plays asks every 20 ms, and is told what to do for it: play a packet, recover
a lost one from the next (in-band FEC), conceal, or rest. Nothing here decodes.

The measure of everything is *transit*: a packet's arrival minus its media time. Playing with an
*offset* larger than all transits means that no packet is late; the buffer keeps the offset just
above what nearly all recent packets needed, by taking a little more or less than a frame per tick.
A sender's clock that runs fast or slow shows as a drifting transit and is followed the same way.
"""

from bisect import insort
from dataclasses import dataclass, field
from typing import Final

from vivavoce.mix.actions import Action, Conceal, Play, Recover, Rest, Voiced
from vivavoce.mix.transit import Transits
from vivavoce.units import FRAME_SAMPLES, SAMPLE_RATE

CAPACITY: Final = 64
"""Packets; 1.28 s of usual ones. Beyond it the oldest go."""

# Samples by which a tick may differ from a frame, by how much the offset is wrong. A clock that
# drifts is followed with the first: 0.2 % of speed, 4 cent of pitch, enough for 2000 ppm. 0.5 % (9
# cent) is not heard in a voice; 5 %, 1 ms a tick, is: it serves between words, and to leave a
# stall behind.
STEPS: Final = ((0.010, 2), (0.040, 5), (0.120, 20), (float("inf"), SAMPLE_RATE // 1000))

_FRAME_S: Final = FRAME_SAMPLES / SAMPLE_RATE
# The first packet tells nothing of jitter. With the phase of the tick this makes 8 to 28 ms, which
# a good line keeps for good; on a bad one the first late packet corrects it.
_START_S: Final = 0.008
_MARGIN_S: Final = 0.004  # our own lateness in the tick
_DRIFT_S: Final = 0.006
_DEADBAND_S: Final = 0.008  # room between going one frame nearer and going back
_CUT_S: Final = 0.400  # beyond it a cut is better than half a minute of catching up
_REMEMBER_LOSS_S: Final = 10.0
_MAX_OFFSET_S: Final = 1.0
_MAX_STALL_S: Final = 5.0
_FADED: Final = 10  # frames: after 200 ms libopus' concealment has faded out
_IDLE: Final = 50  # frames without any packet: the sender has stopped
_AHEAD: Final = 2 * SAMPLE_RATE  # a jump by more is a new beginning, not a delay
_ASTRAY: Final = 25  # late packets in a row: their clock was set back
_UNIT: Final = 120  # libopus conceals in steps of 2.5 ms
_DTX_BYTES: Final = 2  # RFC 6716 section 3.1: a packet without any frame data


@dataclass(slots=True)
class Tally:
    """What became of packets and frames so far; one for each voice, or for all of a process."""

    played: int = 0
    recovered: int = 0
    concealed: int = 0
    rested: int = 0
    late: int = 0
    duplicates: int = 0
    dropped: int = 0
    """Packets that fell out of a full buffer, or were cut to catch up."""
    restarts: int = 0
    corrected: int = 0
    """Ticks that took more or less than a frame."""


@dataclass(slots=True)
class JitterBuffer:
    """One voice. ``push`` as packets come; each tick ``take`` once, ``next`` until satisfied."""

    tally: Tally = field(default_factory=Tally)
    _packets: list[Voiced] = field(default_factory=list)
    _cursor: int | None = None
    """Media time of what is handed out next; ``None``: nothing is being played."""
    _sequence: int = 0
    """Of the packet that was played last."""
    _transits: Transits = field(default_factory=Transits)
    _starving: int = 0
    _starved_at: int = 0
    _resting: bool = False
    _astray: int = 0
    _lost_at: float = float("-inf")
    _now: float = 0.0
    _slack: float = 0.0
    """How much earlier than needed the next packet is likely to be here; below 0, not in time."""
    _passed: tuple[int, int] | None = None
    """Of the last packet that passed by while nothing was played: sequence number and end."""

    @property
    def depth(self) -> int:
        """Packets that wait."""
        return len(self._packets)

    @property
    def silent(self) -> bool:
        """Whether there is nothing in any packet that waits, as their sender says."""
        return all(packet.silent for packet in self._packets)

    @property
    def delay_s(self) -> float:
        """How long a packet that came as soon as any waits until it is played; 0 while idle."""
        if self._transits.needed is None or (self._cursor is None and self._passed is None):
            return 0.0
        slack = 0.0 if self._cursor is None else self._slack
        return max(0.0, slack + self._desired(self._now) - self._transits.least)

    def push(self, packet: Voiced, now: float) -> None:
        """Take a packet that came at ``now`` (seconds)."""
        transit = now - packet.time / SAMPLE_RATE
        if self._cursor is None:
            self._forget_another_clock(transit)
        elif not self._fits(packet, self._cursor, now):
            return
        late = bool(self._packets) and packet.time <= self._packets[-1].time
        if late and any(packet.time == waiting.time for waiting in self._packets):
            self.tally.duplicates += 1
            return
        self._transits.observe(transit, now)
        if late:
            insort(self._packets, packet, key=lambda p: p.time)
        else:
            self._packets.append(packet)
        if len(self._packets) > CAPACITY:
            del self._packets[0]
            self.tally.dropped += 1

    def rest(self) -> bytes | None:
        """Stop playing: what comes passes by until the next ``push``. Return what waited last."""
        last = self._packets[-1] if self._packets else None
        self._packets.clear()
        self._cursor, self._starving = None, 0
        self._passed = None if last is None else (last.sequence, last.time + last.samples)
        return None if last is None else last.payload

    def pass_by(self, sequence: int, time: int, samples: int, now: float) -> None:
        """Take a packet of silence that is not to be played; only how it came is remembered."""
        transit = now - time / SAMPLE_RATE
        self._forget_another_clock(transit)
        self._transits.observe(transit, now)
        self._now = now
        self._passed = (sequence, time + samples)
        self.tally.rested += 1

    def take(self, now: float, stock: int = 0, *, quiet: bool = False) -> int:
        """Return the samples to use up in this tick: a frame, a little more or less; 0 if idle.

        ``stock`` is what was handed out before and not used up yet; ``quiet``: nobody would hear a
        change of speed now.
        """
        self._now = now
        if self._cursor is None and not self._begin(now):
            return 0
        assert self._cursor is not None
        offset = now - self._cursor / SAMPLE_RATE
        if stock >= FRAME_SAMPLES:  # the next packet is not touched before the next tick
            offset += _FRAME_S
        slack = offset - self._desired(now)
        self._slack = slack
        if slack > _CUT_S and self._packets:
            self._cut(slack)
            return FRAME_SAMPLES
        step = _step(slack, stock, quiet)
        if step:
            self.tally.corrected += 1
        return FRAME_SAMPLES + step

    def next(self) -> Action:
        """Return what comes next on the media time line. Only after a ``take`` that was not 0."""
        assert self._cursor is not None
        if not self._packets:
            return self._starve()
        first = self._packets[0]
        hole = (first.time - self._cursor) // _UNIT * _UNIT
        if hole <= 0:
            return self._play(self._packets.pop(0))
        if first.sequence <= self._sequence + 1:  # none is missing: the sender paused (DTX)
            return self._rest(min(hole, FRAME_SAMPLES))
        self._lost_at = self._now
        if hole <= first.samples:
            self._cursor += hole
            self.tally.recovered += 1
            return Recover(first.payload, hole)
        return self._conceal(min(FRAME_SAMPLES, hole - first.samples))

    def _fits(self, packet: Voiced, cursor: int, now: float) -> bool:
        """Whether the packet can still be played; a new beginning empties the buffer."""
        if packet.time - cursor > _AHEAD:
            self._restart()
            return True
        if packet.time + packet.samples > cursor:
            self._astray = 0
            return True
        # With nothing else to play since, the line stood still rather than lost a packet: go back
        # to where it stopped, and from now on play that much later.
        offset = now - packet.time / SAMPLE_RATE
        if self._starving and packet.time >= self._starved_at and self._worth(offset):
            self._cursor = packet.time
            self._starving = 0
            return True
        self.tally.late += 1
        self._astray += 1
        if self._astray >= _ASTRAY:
            self._restart()
            return True
        self._transits.observe(now - packet.time / SAMPLE_RATE, now)
        return False

    def _forget_another_clock(self, transit: float) -> None:
        """After a pause, begin anew if the sender counts from elsewhere, rather than stalled."""
        needed = self._transits.needed
        if not self._packets and needed is not None:
            since = transit - needed
            if not -_MAX_OFFSET_S < since < _MAX_STALL_S:
                self._transits = Transits()

    def _worth(self, offset: float) -> bool:
        return self._transits.needed is None or offset - self._transits.needed < _MAX_OFFSET_S

    def _desired(self, now: float) -> float:
        assert self._transits.needed is not None
        # While packets get lost, wait for the one after a hole too: its FEC fills the hole.
        wait = _FRAME_S if now - self._lost_at < _REMEMBER_LOSS_S else 0.0
        return self._transits.needed + _MARGIN_S + wait

    def _begin(self, now: float) -> bool:
        if not self._packets:
            return False
        first = self._packets[0]
        assert self._transits.needed is not None
        few = self._transits.few
        wait = self._transits.least + _START_S if few else self._desired(now)
        begin, before = self._beginning(first)
        if now - begin / SAMPLE_RATE < wait:
            return False
        self._cursor, self._sequence = begin, before
        self._starving = 0
        self._passed = None
        return True

    def _beginning(self, first: Voiced) -> tuple[int, int]:
        """Return where playing begins, and the sequence number before it.

        The packet before the first may be lost, and in its FEC: a word's onset is worth a frame.
        """
        passed = self._passed
        if passed is not None and first.sequence == passed[0] + 2:
            sequence, end = passed
            if 0 < first.time - end <= first.samples:
                return end, sequence
        return first.time, first.sequence - 1

    def _play(self, packet: Voiced) -> Action:
        self._cursor = packet.time + packet.samples
        if packet.sequence > self._sequence + 1:
            self._lost_at = self._now  # its hole was concealed before it came: wait longer
        self._sequence = max(self._sequence, packet.sequence)
        self._starving = 0
        self._resting = len(packet.payload) <= _DTX_BYTES
        self.tally.played += 1
        return Play(packet)

    def _starve(self) -> Action:
        assert self._cursor is not None
        if not self._starving:
            self._starved_at = self._cursor
        self._starving += 1
        if self._starving == 1 and self._slack < 0 and not self._resting:
            # More delay is wanted, and here it costs least: hold the line for a frame. What is
            # late comes into its place; what is lost is recovered from the packet after it.
            self.tally.concealed += 1
            return Conceal(FRAME_SAMPLES)
        if self._resting or self._starving > _FADED:
            action = self._rest(FRAME_SAMPLES)
        else:
            action = self._conceal(FRAME_SAMPLES)
        if self._starving >= _IDLE:
            self._cursor = None
        return action

    def _conceal(self, samples: int) -> Action:
        assert self._cursor is not None
        self._cursor += samples
        self.tally.concealed += 1
        return Conceal(samples)

    def _rest(self, samples: int) -> Action:
        assert self._cursor is not None
        self._cursor += samples
        self.tally.rested += 1
        return Rest(samples)

    def _cut(self, slack: float) -> None:
        """Skip what is too old, so that the rest plays with the offset that is needed."""
        assert self._cursor is not None
        self._cursor += int(slack * SAMPLE_RATE) // FRAME_SAMPLES * FRAME_SAMPLES
        keep = [p for p in self._packets if p.time + p.samples > self._cursor]
        self.tally.dropped += len(self._packets) - len(keep)
        self._packets = keep
        if keep:
            self._sequence = keep[0].sequence - 1

    def _restart(self) -> None:
        self.tally.restarts += 1
        self._packets.clear()
        self._transits = Transits()
        self._cursor = self._passed = None
        self._starving = self._astray = 0
        self._resting = False


def _step(slack: float, stock: int, quiet: bool) -> int:
    """Return the samples by which a tick differs from a frame: positive plays faster.

    Packets are touched once a tick, so the offset moves by whole frames: one more when the stock
    has grown to a frame, one less when it is used up. A stock in between is delay for nothing, and
    is used up in the next pause: words keep their speed while the depth is within its bounds.
    """
    if slack < 0:
        # Only a drift comes near so slowly. What is far off was never near: it waits for the first
        # hole, where waiting costs nothing more.
        return -_pace(0.0, quiet) if slack > -_DRIFT_S else 0
    surplus = slack - _FRAME_S - _DEADBAND_S
    if surplus >= 0:
        return _pace(surplus, quiet)
    return min(_pace(0.0, quiet), stock) if quiet else 0


def _pace(error: float, quiet: bool) -> int:
    return STEPS[-1][1] if quiet else next(step for below, step in STEPS if error < below)
