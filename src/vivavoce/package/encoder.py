"""The encoders: whole frames in, codec packets out, each exactly on its place in the grid.

An encoder delays what it is given. Players undo that by edit lists, which exist once per file and
so forbid joining parts of two encoder runs. Here the delay is made exactly one packet, and that one
is thrown away: packet ``k`` decodes to samples ``k * size`` to ``(k + 1) * size`` of what was fed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext

from vivavoce.media import Codec, Pcm
from vivavoce.package import heads
from vivavoce.units import AAC_SAMPLES, FRAME_SAMPLES, SAMPLE_RATE


class Encoder(Protocol):
    """One run of one codec."""

    @property
    def head(self) -> bytes:
        """The initialisation segment, empty for MP3."""

    def encode(self, pcm: Pcm) -> list[bytes]:
        """Take any number of samples and return the packets that are ready, oldest first."""


@dataclass(frozen=True, slots=True)
class _Recipe:
    name: str
    format: str
    block: int
    options: Mapping[str, str] = field(default_factory=dict)


_RECIPES: Final = {
    # FEC is for lossy links: HTTP has none, and it would cost bits.
    Codec.OPUS: _Recipe(
        "libopus",
        "s16",
        FRAME_SAMPLES,
        {"application": "audio", "frame_duration": "20", "vbr": "constrained", "fec": "0"},
    ),
    # FFmpeg's own choice, "twoloop", takes two to three times as long, and speech comes out further
    # from what it was (docs/CAPACITY.md, "The stage").
    Codec.AAC: _Recipe("aac", "fltp", AAC_SAMPLES, {"aac_coder": "fast"}),
    # Without the bit reservoir every MPEG frame stands alone: a listener may join at any of them.
    Codec.MP3: _Recipe("libmp3lame", "fltp", 1_152, {"reservoir": "0"}),
}


class PyAvEncoder:
    """An FFmpeg encoder by way of PyAV. CPU-bound; used from one thread at a time."""

    def __init__(self, codec: Codec, bitrate: int) -> None:
        self.codec = codec
        self._recipe = _RECIPES[codec]
        self._context = _open(self._recipe, bitrate)
        self._time = 0
        self._drop = 0 if codec is Codec.MP3 else 1
        self._waiting: Pcm = np.zeros(0, dtype=np.int16)
        if codec is Codec.OPUS:
            # Lookahead + padding = one whole packet, which is then dropped.
            self._waiting = np.zeros(FRAME_SAMPLES - _lookahead(bitrate), dtype=np.int16)

    @property
    def head(self) -> bytes:
        """The initialisation segment, empty for MP3."""
        return heads.HEADS.get(self.codec, b"")

    def encode(self, pcm: Pcm) -> list[bytes]:
        """Take samples, return finished packets; raises ``av.FFmpegError`` if the codec fails."""
        block = self._recipe.block
        waiting = np.concatenate((self._waiting, pcm))
        whole = len(waiting) // block * block
        self._waiting = waiting[whole:]
        packets = [
            packet for row in waiting[:whole].reshape(-1, block) for packet in self._block(row)
        ]
        dropped = packets[: self._drop]
        self._drop -= len(dropped)
        return packets[len(dropped) :]

    def _block(self, pcm: Pcm) -> list[bytes]:
        frame = _frame(pcm, self._recipe.format)
        frame.pts = self._time
        self._time += len(pcm)
        return [bytes(packet) for packet in self._context.encode(frame)]


def _open(recipe: _Recipe, bitrate: int) -> AudioCodecContext:
    context = av.CodecContext.create(recipe.name, "w")
    assert isinstance(context, AudioCodecContext)
    context.sample_rate = SAMPLE_RATE
    context.layout = "mono"
    context.format = recipe.format
    context.bit_rate = bitrate
    context.options = dict(recipe.options)
    context.open()
    return context


def _frame(pcm: Pcm, layout: str) -> av.AudioFrame:
    planes = pcm if layout == "s16" else pcm.astype(np.float32) / 32_768
    frame = av.AudioFrame.from_ndarray(planes[np.newaxis], format=layout, layout="mono")
    frame.sample_rate = SAMPLE_RATE
    return frame


def _lookahead(bitrate: int) -> int:
    """Return libopus' delay in samples: it stamps its first packet with minus that."""
    recipe = _RECIPES[Codec.OPUS]
    frame = _frame(np.zeros(recipe.block, dtype=np.int16), recipe.format)
    frame.pts = 0
    first = next(iter(_open(recipe, bitrate).encode(frame)))
    assert first.pts is not None
    return -first.pts
