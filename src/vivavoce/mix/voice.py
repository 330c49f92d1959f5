"""One speaker's voice: Opus packets in as they come, exactly one frame out per tick. Pure."""

from dataclasses import dataclass, field
from typing import Final, Protocol, assert_never

import numpy as np

from vivavoce.errors import PeerError
from vivavoce.media import SILENCE, Frame, Pcm, Played
from vivavoce.mix.actions import Action, Conceal, Play, Recover, Rest, Voiced
from vivavoce.mix.jitter import JitterBuffer
from vivavoce.units import FRAME_SAMPLES

# After the sender said that it is silent, a few packets are decoded still: the voice rings out.
_RING_OUT: Final = 5

_QUIET: Final = 200  # a peak of -44 dBFS: between words, in a room with a fan

_MAX_SAMPLES: Final = 5760  # 120 ms (RFC 6716 section 3.2.5)


class VoiceDecoder(Protocol):
    """What a voice needs of a decoder; ``vivavoce.mix.opus.Decoder`` is one."""

    def decode(self, payload: bytes) -> Pcm:
        """Decode a packet; ``PeerError`` if it cannot be."""

    def recover(self, following: bytes, samples: int) -> Pcm:
        """Make up for a lost packet by the FEC in the next; ``PeerError`` if it cannot be."""

    def conceal(self, samples: int) -> Pcm:
        """Make up samples."""


@dataclass(slots=True)
class Voice:
    """Buffers, decodes, and keeps time."""

    decoder: VoiceDecoder
    buffer: JitterBuffer = field(default_factory=JitterBuffer)
    undecodable: int = 0
    """Packets in a row, up to the last, that were not Opus."""
    played: tuple[Played, ...] = ()
    """What the newest frame was made of, as far as that began with it; silence is not in it."""
    _stock: Pcm = field(default_factory=lambda: SILENCE[:0])
    _silent: int = 0
    _skipped: bytes | None = None
    _resting: bool = False
    """Has rung out: packets of silence pass by, and nothing is done for a frame."""
    _quiet: bool = True

    def push(self, sequence: int, time: int, payload: bytes, silent: bool, now: float) -> None:
        """Take a packet, its counters unwrapped; ``silent``: the sender says so (RFC 6464)."""
        samples = duration(payload)
        if samples is None:
            self.undecodable += 1
            return
        if silent and self._resting:
            self._skipped = payload
            self.buffer.pass_by(sequence, time, samples, now)
            return
        self._resting = False
        self.buffer.push(Voiced(sequence, time, samples, payload, silent), now)

    def tick(self, now: float) -> Frame:
        """Return the next 20 ms; ``SILENCE`` itself where there is nothing."""
        self.played = ()
        if self._resting:
            return SILENCE
        wanted = self.buffer.take(now, len(self._stock), quiet=self._quiet)
        if wanted == 0:
            self._stock = SILENCE[:0]
            return SILENCE
        pcm = self._stock
        while len(pcm) < wanted:
            action = self.buffer.next()
            piece = self._make(action)
            self._note(len(pcm), action, piece)
            pcm = piece if not len(pcm) else np.concatenate((pcm, piece))
        self._stock = pcm[wanted:]
        if self._silent > _RING_OUT and self.buffer.silent:
            self._rest()
        frame = fit(pcm if len(pcm) == wanted else pcm[:wanted])
        self._quiet = frame is SILENCE or int(frame.max()) < _QUIET
        return frame

    def _rest(self) -> None:
        self._resting = True
        self._stock = SILENCE[:0]
        self._skipped = self.buffer.rest() or self._skipped

    def _note(self, at: int, action: Action, piece: Pcm) -> None:
        if self._skipped is not None or isinstance(action, Rest):
            return
        if isinstance(action, Play) and not self.undecodable:
            played = Played(at, action.packet.samples, action.packet.payload)
        else:
            played = Played(at, len(piece), None, piece, isinstance(action, Recover))
        self.played += (played,)

    def _make(self, action: Action) -> Pcm:
        match action:
            case Play(packet):
                return self._play(packet)
            case Recover(following, samples):
                return self._recover(following, samples)
            case Conceal(samples):
                return self._conceal(samples)
            case Rest(samples):
                return _silence(samples)
        assert_never(action)

    def _play(self, packet: Voiced) -> Pcm:
        self._silent = self._silent + 1 if packet.silent else 0
        if self._silent > _RING_OUT:
            self._skipped = packet.payload
            return _silence(packet.samples)
        try:
            self._warm_up()
            pcm = self.decoder.decode(packet.payload)
        except PeerError:
            self.undecodable += 1
            return self.decoder.conceal(packet.samples)
        self.undecodable = 0
        return pcm

    def _warm_up(self) -> None:
        """Decode what was skipped last: a packet sounds right only after the one before it."""
        skipped, self._skipped = self._skipped, None
        if skipped is not None:
            self.decoder.decode(skipped)

    def _conceal(self, samples: int) -> Pcm:
        return self.decoder.conceal(samples) if self._skipped is None else _silence(samples)

    def _recover(self, following: bytes, samples: int) -> Pcm:
        try:
            self._warm_up()
            return self.decoder.recover(following, samples)
        except PeerError:
            return self.decoder.conceal(samples)

    def delay_s(self) -> float:
        """Return how long a packet that comes without delay waits before it is played."""
        return self.buffer.delay_s


def duration(payload: bytes) -> int | None:
    """Return the samples in an Opus packet, by its first bytes (RFC 6716 section 3.1), or None."""
    if found := _USUAL.get(payload[:1]):
        return found
    if not payload:
        return None
    config, code = payload[0] >> 3, payload[0] & 3
    if code == 3:
        if len(payload) < 2:
            return None
        frames = payload[1] & 0x3F
    else:
        frames = (1, 2, 2)[code]
    samples = frames * _frame_samples(config)
    return samples if 0 < samples <= _MAX_SAMPLES else None


def _frame_samples(config: int) -> int:
    """Return the length of each frame of a packet of this configuration (table 2)."""
    if config < 12:  # SILK: 10, 20, 40, 60 ms
        return (480, 960, 1920, 2880)[config % 4]
    if config < 16:  # hybrid: 10, 20 ms
        return (480, 960)[config % 2]
    return (120, 240, 480, 960)[config % 4]  # CELT: 2.5, 5, 10, 20 ms


# Packets of one frame, by their first byte: nearly all that come.
_USUAL: Final = {
    bytes((config << 3 | stereo,)): _frame_samples(config)
    for config in range(32)
    for stereo in (0, 4)
}


def _silence(samples: int) -> Pcm:
    return SILENCE if samples == FRAME_SAMPLES else np.zeros(samples, dtype=np.int16)


_OUT: Final = np.arange(FRAME_SAMPLES, dtype=np.float64)


def fit(pcm: Pcm) -> Frame:
    """Return ``pcm``, a frame and a little more or less, as a frame, by changing its speed.

    The first and last samples keep their places, so that frames join without a step.
    """
    if len(pcm) == FRAME_SAMPLES:
        return pcm
    at = _OUT * ((len(pcm) - 1) / (FRAME_SAMPLES - 1))
    return np.rint(np.interp(at, np.arange(len(pcm)), pcm)).astype(np.int16)
