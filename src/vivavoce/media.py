"""What flows, from a microphone to a listener: Packet, Frame, Part, Segment.

    microphone ─ Packet ─▶ stage ─ Frame ─▶ mix ─ Frame ─▶ package ─ Part ─▶ deliver, record

Neighbours meet here and nowhere else.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from vivavoce.units import FRAME_SAMPLES, PartNumber, Samples, SegmentNumber, start_of

Pcm = npt.NDArray[np.int16]
"""Mono PCM, int16, 48 kHz, shape ``(n,)``."""

Frame = Pcm
"""20 ms of sound: ``Pcm`` of shape ``(960,)``. Never written to after it is handed on."""

SILENCE: Final[Frame] = np.zeros(FRAME_SAMPLES, dtype=np.int16)
SILENCE.setflags(write=False)


class Codec(StrEnum):
    """An encoding of the programme; the value is also its folder and its name in addresses."""

    OPUS = "opus"
    AAC = "aac"
    MP3 = "mp3"


SEGMENTED: Final = (Codec.OPUS, Codec.AAC)
"""The codecs whose parts are CMAF chunks on disk. MP3 exists only while somebody listens."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One speaker's RTP payload: 20 ms of Opus, its RTP time already unwrapped."""

    time: Samples
    payload: bytes


class Played(NamedTuple):
    """A piece of a voice as it was played in one tick: a packet, or what was made up for one."""

    at: int
    """Samples after the beginning of the tick's frame."""
    samples: int
    payload: bytes | None
    """The packet as it came; None if it did not come in time."""
    pcm: Pcm | None = None
    """What was made up instead."""
    recovered: bool = False
    """Made from the spare data (FEC) in the packet after it, rather than from nothing."""


@dataclass(frozen=True, slots=True)
class Part:
    """320 ms of the programme in one codec.

    ``body`` is one CMAF chunk (``moof`` + ``mdat``) for Opus and AAC, raw MPEG frames for MP3.
    """

    codec: Codec
    number: PartNumber
    body: bytes

    @property
    def time(self) -> Samples:
        """Media time of the first sample."""
        return start_of(self.number)


@dataclass(frozen=True, slots=True)
class Segment:
    """One file on disk: up to six consecutive parts; fewer only where a show ended or broke."""

    codec: Codec
    number: SegmentNumber
    first: PartNumber
    parts: int
