"""Anything that PyAV can open, as PCM: the ear at the end of every test."""

import io
from pathlib import Path

import av
import numpy as np

from vivavoce.media import Pcm
from vivavoce.units import SAMPLE_RATE, Samples

_TIMEOUT_S = 10.0


def decode(source: bytes | Path | str, *, limit: Samples | None = None) -> Pcm:
    """Decode the first audio stream to mono int16 at 48 kHz.

    ``source`` is the bytes of a file, its path, or an address (HTTP, HLS); ``limit`` stops after
    so many samples, as a stream that never ends needs. Raises ``av.FFmpegError`` on what is no
    sound at all; a damaged packet inside is an error too.
    """
    opened = io.BytesIO(source) if isinstance(source, bytes) else str(source)
    timeout = None if isinstance(source, bytes) else (_TIMEOUT_S, _TIMEOUT_S)
    pieces: list[Pcm] = []
    total = 0
    with av.open(opened, mode="r", timeout=timeout) as container:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
        for frame in container.decode(audio=0):
            new = _pcm(resampler.resample(frame))
            pieces += new
            total += sum(map(len, new))
            if limit is not None and total >= limit:
                break
        else:
            pieces += _pcm(resampler.resample(None))
    if not pieces:
        return np.zeros(0, dtype=np.int16)
    return np.concatenate(pieces)[:limit]


def _pcm(frames: list[av.AudioFrame]) -> list[Pcm]:
    return [frame.to_ndarray().reshape(-1).astype(np.int16, copy=False) for frame in frames]


def packets(source: bytes | Path) -> list[bytes]:
    """Return the payloads of the first audio stream's packets, such as Opus frames, undecoded."""
    opened = io.BytesIO(source) if isinstance(source, bytes) else str(source)
    with av.open(opened, mode="r") as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]
