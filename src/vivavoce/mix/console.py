"""The console: all voices of a show in, the programme out, and each person's return. Pure.

Two buses: *air* makes the programme, *green* is the room behind the stage. A person hears their
bus without themselves (mix-minus). Whoever is not audible takes nothing from it by being left out,
so they all share one encode: the encodes of a tick are at most the audible voices of a bus + 1.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from functools import reduce
from typing import Final, Protocol, Self

import numpy as np

from vivavoce.media import SILENCE, Frame
from vivavoce.mix.gate import Gate
from vivavoce.mix.levelling import Leveller, ramped
from vivavoce.mix.levels import SILENT_DB, frame_db, measured
from vivavoce.mix.limiter import KNEE, Gains, Limiter, Sum, limited
from vivavoce.units import FRAME_SAMPLES

MAX_AUDIBLE: Final = 12
"""Voices at once on a bus; of more, nobody could follow one. The loudest are heard."""

_STAY_DB: Final = 6.0  # how much louder another must be to take an audible voice's place

# Silence is not sent: after the codec has rung out, one packet each 200 ms keeps the path alive.
_RING_OUT: Final = 10
_KEEP_ALIVE: Final = 10


_NOTHING: Final[Sum] = np.zeros(FRAME_SAMPLES, dtype=np.float32)


class Bus(Enum):
    """Where a voice goes, and what its person hears."""

    AIR = "air"
    GREEN = "green"
    MONITOR = "monitor"
    """Hears the programme and is not heard."""


class ReturnEncoder(Protocol):
    """What encodes returns; ``vivavoce.mix.opus.Encoder`` does."""

    def encode(self, frame: Frame) -> bytes:
        """Encode one frame."""

    def copy(self) -> Self:
        """Return an encoder that goes on from here."""


@dataclass(slots=True, eq=False)
class Strip:
    """One person at the console."""

    bus: Bus
    muted: bool = False
    programme: bool = False
    """In the green room: hears the programme too."""
    gate: Gate = field(default_factory=Gate)
    leveller: Leveller = field(default_factory=Leveller)
    level_db: float = SILENT_DB
    """RMS of the newest frame, as it came."""
    energy: float = 0.0
    """Sum of squares of the newest frame, as it came."""
    peak: int = 0
    """Its highest sample."""
    sound: Sum | None = None
    """The newest frame as it came, to reckon with; ``None`` for silence."""
    audible: bool = False
    sounds_on: Bus = Bus.MONITOR
    """The bus that the newest frame went to."""
    most: float = 0.0
    """No sample of what the voice adds to its bus is higher."""
    factor: float = 0.0
    """At the end of the newest frame: 1 while the voice is on the bus, else 0."""
    stream: "Stream | None" = None
    """What this person's decoder follows."""


@dataclass(slots=True, eq=False)
class Stream:
    """A run of packets, for one person or for many."""

    encoder: ReturnEncoder
    shared: bool
    quiet: int = 0
    """Silent frames since the last sound."""
    packet: bytes | None = None
    """Of this tick."""

    def encode(self, frame: Frame) -> bool:
        """Make this tick's packet; say whether it took an encode."""
        self.quiet = self.quiet + 1 if frame is SILENCE else 0
        if self.quiet > _RING_OUT and self.quiet % _KEEP_ALIVE:
            self.packet = None
            return False
        self.packet = self.encoder.encode(frame)
        return True


@dataclass(slots=True, eq=False)
class _Mix:
    """A bus: the sum of this tick, and what left the limiter."""

    limiter: Limiter = field(default_factory=Limiter)
    voices: dict[int, Sum] = field(default_factory=dict)
    most: float = 0.0
    """No sample of all voices together is higher."""
    total: Sum | None = None
    gains: Gains | None = None
    frame: Frame = field(default_factory=lambda: SILENCE)

    def close(self) -> None:
        """Add this tick's voices up."""
        if not self.voices and self.limiter.gain == 1.0:
            self.total, self.gains, self.frame = None, None, SILENCE
            return
        self.total = _sum(self.voices.values()) if self.voices else _NOTHING
        self.gains = self.limiter.gains(self.total, self.most)
        most = KNEE if self.gains is None else self.most  # what is left alone is below the knee
        self.frame = _sealed(limited(self.total, self.gains, most)) if self.voices else SILENCE

    def without(self, strip: Strip) -> Frame:
        """Return the bus as this strip's person hears it."""
        own = self.voices.get(id(strip))
        if own is None:
            return self.frame
        if len(self.voices) == 1 or self.total is None:
            return SILENCE
        return limited(self.total - own, self.gains, self.most - strip.most)


class _Ear(IntEnum):
    """Those who are not on a bus hear one of these, together."""

    PROGRAMME = 0
    ROOM = 1
    BOTH = 2


class Console:
    """All strips of one show. ``levelling`` off leaves voices as loud as they come."""

    def __init__(self, new_encoder: Callable[[], ReturnEncoder], *, levelling: bool = True) -> None:
        self.strips: dict[str, Strip] = {}
        self.encodes = 0
        """Encodes made in the last tick."""
        self._new_encoder = new_encoder
        self._levelling = levelling
        self._air, self._green = _Mix(), _Mix()
        self._shared: dict[_Ear, Stream] = {}
        self.packets: dict[str, bytes] = {}
        """The return of each person, of the last tick; whoever is not in it is sent nothing."""

    def tick(self, frames: Mapping[str, Frame]) -> Frame:
        """Take each person's frame of this tick; return the programme's. ``packets`` are theirs."""
        self._listen(frames)
        sounding = [strip for strip in self.strips.values() if _sounds(strip)]
        for mix, bus in ((self._air, Bus.AIR), (self._green, Bus.GREEN)):
            mix.voices, mix.most = self._voices(bus, sounding) if sounding else ({}, 0.0)
            mix.close()
        self._encode()
        return self._air.frame

    def _listen(self, frames: Mapping[str, Frame]) -> None:
        open_on: dict[Bus, list[Strip]] = {Bus.AIR: [], Bus.GREEN: []}
        for name, strip in self.strips.items():
            frame = frames.get(name, SILENCE)
            if frame is SILENCE:
                strip.energy, strip.peak, strip.level_db = 0.0, 0, SILENT_DB
                strip.sound = None
                if strip.gate.settled:
                    strip.audible = False
                    continue
            else:
                strip.sound = frame.astype(np.float32)
                strip.energy, strip.peak = measured(strip.sound)
                strip.level_db = frame_db(strip.energy)
            if strip.muted or strip.bus is Bus.MONITOR:
                strip.gate.close()
                strip.audible = False
            elif strip.gate.feed(strip.level_db):
                open_on[strip.bus].append(strip)
            else:
                strip.audible = False
        for strips in open_on.values():
            heard = _loudest(strips)
            for strip in strips:
                strip.audible = strip in heard

    def _voices(self, bus: Bus, sounding: Iterable[Strip]) -> tuple[dict[int, Sum], float]:
        """Return what each strip adds to ``bus``, ramped: a voice never begins or ends in a step.

        Who left the bus, or is audible no more, is faded out over this frame. With it comes a bound
        for the highest sample of all together.
        """
        voices: dict[int, Sum] = {}
        most = 0.0
        for strip in sounding:
            if strip.sounds_on is not bus and (strip.bus is not bus or strip.factor):
                continue  # elsewhere, or still fading out elsewhere
            stays = strip.bus is bus and strip.audible
            if not stays and not strip.factor:
                strip.sounds_on = strip.bus
                continue
            sound = _NOTHING if strip.sound is None else strip.sound
            strip.most = strip.peak
            if self._levelling:
                sound = strip.leveller.process(sound, strip.peak)
                strip.most = strip.leveller.most
            most += strip.most
            after = 1.0 if stays else 0.0
            voices[id(strip)] = ramped(sound, strip.factor, after)
            strip.factor, strip.sounds_on = after, bus
        return voices, most

    def _encode(self) -> None:
        self.encodes = 0
        self.packets = {}
        shared: dict[_Ear, list[tuple[str, Strip]]] = {}
        own: list[tuple[str, Strip]] = []
        for name, strip in self.strips.items():
            mix = self._green if strip.bus is Bus.GREEN else self._air
            if id(strip) in mix.voices:  # whose voice is on the bus in this tick hears it alone
                own.append((name, strip))
            else:
                shared.setdefault(_ear(strip), []).append((name, strip))
        for _, strip in own:
            self._stand_alone(strip)
        for ear, listeners in shared.items():
            self._share(ear, [strip for _, strip in listeners])
        self._shared = {ear: s for ear, s in self._shared.items() if ear in shared}
        for ear, listeners in shared.items():
            frame = self._heard_by(listeners[0][1])
            self._send(self._shared[ear], frame, [name for name, _ in listeners])
        for name, strip in own:
            if strip.stream is not None:
                self._send(strip.stream, self._heard_by(strip), (name,))

    def _heard_by(self, strip: Strip) -> Frame:
        if strip.bus is not Bus.GREEN:
            return self._air.without(strip)
        frame = self._green.without(strip)
        if strip.programme and self._air.total is not None:
            frame = _added(frame, self._air.frame)
        return frame

    def _stand_alone(self, strip: Strip) -> None:
        stream = strip.stream
        if stream is None:
            strip.stream = Stream(self._new_encoder(), shared=False)
        elif stream.shared:
            # Their decoder has followed the shared packets: the new encoder goes on from there.
            strip.stream = Stream(stream.encoder.copy(), False, stream.quiet)

    def _share(self, ear: _Ear, listeners: list[Strip]) -> None:
        """Let all follow one stream; without one, the first of them lends their own."""
        if ear not in self._shared:
            lent = next((s.stream for s in listeners if s.stream and not s.stream.shared), None)
            encoder = self._new_encoder() if lent is None else lent.encoder
            self._shared[ear] = Stream(encoder, True, 0 if lent is None else lent.quiet)
        for strip in listeners:
            strip.stream = self._shared[ear]

    def _send(self, stream: Stream, frame: Frame, names: Iterable[str]) -> None:
        self.encodes += stream.encode(frame)
        if stream.packet is not None:
            for name in names:
                self.packets[name] = stream.packet


def _ear(strip: Strip) -> _Ear:
    if strip.bus is not Bus.GREEN:
        return _Ear.PROGRAMME
    return _Ear.BOTH if strip.programme else _Ear.ROOM


def _sounds(strip: Strip) -> bool:
    """Whether anything of a strip may be on a bus in this tick, or was in the last one."""
    return strip.audible or strip.factor > 0 or strip.sounds_on is not strip.bus


def _loudest(strips: list[Strip]) -> list[Strip]:
    """Return the audible ones of those whose gate is open: up to ``MAX_AUDIBLE``."""
    if len(strips) <= MAX_AUDIBLE:
        return strips
    order = sorted(strips, key=lambda s: s.gate.recent_db + _STAY_DB * s.audible, reverse=True)
    return order[:MAX_AUDIBLE]


def _sum(voices: Iterable[Sum]) -> Sum:
    """Return the sum of at least one; it may be that one itself."""
    first, *others = voices
    return reduce(np.add, others, first)


def _added(one: Frame, other: Frame) -> Frame:
    if one is SILENCE or other is SILENCE:
        return other if one is SILENCE else one
    return limited(one.astype(np.float32) + other, None)


def _sealed(frame: Frame) -> Frame:
    frame.setflags(write=False)
    return frame
