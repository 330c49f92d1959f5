"""The floor: the sound of one show, from its peers to the programme and back to each of them.

Tick by tick; ``ticker.py`` makes the ticks happen while anybody is here. The programme waits for
whoever is on air to take it; each person's return leaves at once.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from vivavoce.clock import Clock
from vivavoce.media import SILENCE, Frame, Packet, Pcm
from vivavoce.mix.console import Bus, Console, Strip
from vivavoce.mix.filler import Filler
from vivavoce.mix.levels import LevelMeter
from vivavoce.mix.schedule import Schedule
from vivavoce.record.onair import Voice
from vivavoce.units import FRAME_SAMPLES, Samples
from vivavoce.webrtc.endpoint import Peer

# The programme while encoders are made, or when nobody takes it.
_BOUND: Final = 100
_CLIPPED: Final = 32_700
_FRESH_S: Final = 0.6  # a level is of now or of nobody; DTX sends a packet every 400 ms

# Listeners forgive a pause for breath; then they look whether their player has failed.
FILLER_AFTER_S: Final = 3.0


Voices = tuple[Voice, ...]
"""Everybody on air in one tick."""


@dataclass(frozen=True, slots=True)
class Heard:
    """How one person is heard, for the stage and for the check in the green room."""

    level_db: float | None
    """RMS of the last 200 ms in dBFS, ``None`` if nothing comes."""
    speaking: bool
    noise_db: float
    gain_db: float
    """What level-matching adds."""
    clipped: int
    """Frames so far that touched full scale."""

    @property
    def level(self) -> float:
        """From 0 (-60 dBFS) to 1 (-10 dBFS), for a meter."""
        if self.level_db is None:
            return 0.0
        return max(0.0, min(1.0, (self.level_db + 60) / 50))


@dataclass(slots=True, eq=False)
class _Line:
    """One person: their strip, and the connection that they have at present."""

    strip: Strip
    peer: Peer
    meter: LevelMeter
    clipped: int = 0
    leaving: bool = False
    _still: Voice | None = None

    def voice(self, name: str) -> Voice:
        """Return what was heard of the person in this tick; ``name`` is theirs."""
        open_ = not self.strip.muted
        played = self.peer.played() if open_ else ()
        if played or self.strip.audible:
            return Voice(name, open_, self.strip.audible, played)
        still = self._still  # one that says nothing, as most do in most ticks
        if still is None or still.open is not open_:
            still = self._still = Voice(name, open_, False, ())
        return still


class Floor:
    """Who can be heard in one show, and by whom.

    ``occupied`` is called when somebody has come and ticks are needed, ``gather`` before they are
    made; ``filler`` is what listeners hear while nobody is on air, by default a calm tone.
    """

    def __init__(
        self,
        console: Console,
        clock: Clock,
        occupied: Callable[[], object],
        *,
        gather: Callable[[], object] = lambda: None,
        filler: Pcm | None = None,
    ) -> None:
        self.console = console
        self._clock = clock
        self._occupied = occupied
        self._gather = gather
        self._lines: dict[str, _Line] = {}
        self._schedule: Schedule | None = None
        self._time = 0
        self._programme: deque[tuple[Frame, Voices]] = deque(maxlen=_BOUND)
        self.pulled: list[Voices] = []
        """Who was on air in each of the frames that ``pull`` returned last."""
        self._filler = Filler(FILLER_AFTER_S, filler)
        self.overruns = 0
        """Ticks made when their successor was due already."""

    @property
    def empty(self) -> bool:
        """Whether nobody is here."""
        return not self._lines

    @property
    def filling(self) -> bool:
        """Whether listeners hear the filler, because nobody is on air."""
        return self._filler.on

    @property
    def next_at(self) -> float:
        """When the next tick is due (monotonic)."""
        assert self._schedule is not None
        return self._schedule.next_at()

    def join(self, name: str, peer: Peer, bus: Bus, *, muted: bool = False) -> None:
        """Let a person in; who is here already goes on by this connection."""
        line = self._lines.get(name)
        if line is not None:
            line.peer, line.leaving = peer, False
            line.strip.bus, line.strip.muted = bus, muted
            return
        strip = Strip(bus, muted=muted)
        self._lines[name] = _Line(strip, peer, LevelMeter())
        self.console.strips[name] = strip
        if self._schedule is None:
            self._schedule = Schedule(self._clock.now())
            self._occupied()

    def leave(self, name: str, peer: Peer) -> None:
        """Let a person go, if ``peer`` is their connection; the voice fades in the next tick."""
        line = self._lines.get(name)
        if line is not None and line.peer is peer:
            line.leaving = True
            line.strip.bus = Bus.MONITOR

    def route(self, name: str, bus: Bus, *, programme: bool = False) -> None:
        """Move a person to a bus; ``programme``: hear it too, from the green room."""
        line = self._lines.get(name)
        if line is not None and not line.leaving:
            line.strip.bus, line.strip.programme = bus, programme

    def mute(self, name: str, muted: bool) -> None:
        """Keep a person out of the mix, or let them in."""
        line = self._lines.get(name)
        if line is not None:
            line.strip.muted = muted

    def heard(self, name: str) -> Heard | None:
        """Return how a person is heard; ``None`` for who is not here."""
        line = self._lines.get(name)
        if line is None:
            return None
        at = line.peer.heard_at
        fresh = at is not None and self._clock.now() - at < _FRESH_S
        return Heard(
            level_db=line.meter.rms_db if fresh else None,
            speaking=fresh and line.strip.audible,
            noise_db=line.strip.gate.noise_db,
            gain_db=line.strip.leveller.gain_db,
            clipped=line.clipped,
        )

    def fresh(self) -> None:
        """Forget the programme so far: what was said before going live is not for the air."""
        self._programme.clear()
        self._filler.clear()

    def pull(self, count: int) -> list[Frame]:
        """Return the programme's next ``count`` frames, each made at its time.

        Whoever is on air counts by the same clock as the floor, so that all but one of the frames
        that wait are taken; what was not taken in time is gone.
        """
        self.catch_up(self._clock.now())
        waiting = self._programme
        while len(waiting) > count + 1:
            waiting.popleft()
        made: list[tuple[Frame, Voices]] = [(SILENCE, ())] * max(0, count - len(waiting))
        made += [waiting.popleft() for _ in range(count - len(made))]
        self.pulled = [voices for _, voices in made]
        onstage = any(line.strip.bus is Bus.AIR for line in self._lines.values())
        return [self._filler.fill(frame, onstage=onstage) for frame, _ in made]

    def catch_up(self, now: float) -> bool:
        """Make the ticks that are due; say whether anybody is still here."""
        schedule = self._schedule
        if schedule is None:
            return False
        if schedule.suspended(now):
            self._schedule = schedule = Schedule(now)
        at, due = schedule.next_at(), schedule.due(now)
        if due:
            self._gather()
        for n in range(due):
            self._tick(at + n * (FRAME_SAMPLES / 48_000))
        self.overruns += max(0, due - 1)
        if due and not self._lines:
            self._schedule = None
        return self._schedule is not None

    def _tick(self, now: float) -> None:
        frames = {}
        for name, line in self._lines.items():
            frame = line.peer.frame(now)
            if frame is not SILENCE:
                frames[name] = frame
        self._programme.append((self.console.tick(frames), self._on_air()))
        time = Samples(self._time)
        self._time += FRAME_SAMPLES
        packet = Packet(time, b"")
        for name, payload in self.console.packets.items():
            if payload is not packet.payload:
                packet = Packet(time, payload)
            self._lines[name].peer.send(packet)
        leaving = None
        for name, line in self._lines.items():
            strip = line.strip
            if strip.energy or not line.meter.silent:
                line.meter.feed(strip.energy, strip.peak)
                line.clipped += strip.peak >= _CLIPPED
            if line.leaving:
                leaving = [*(leaving or ()), name]
        for name in leaving or ():
            del self._lines[name], self.console.strips[name]

    def _on_air(self) -> Voices:
        """Return who could be heard in this tick, with what was played of them."""
        air = Bus.AIR
        return tuple(
            [line.voice(name) for name, line in self._lines.items() if line.strip.bus is air]
        )
