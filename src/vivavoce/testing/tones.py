"""Tones as oracles: each speaker is a frequency, so what is heard says who was heard, and how well.

Pure functions of PCM (mono, int16, 48 kHz). Levels are dBFS of the RMS, where a sine at full
scale is at -3.01 dB; times are samples.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from vivavoce.media import Pcm
from vivavoce.units import SAMPLE_RATE, Samples

FULL_SCALE: Final = 32_768.0
SILENT_DB: Final = -120.0
"""What is said of digital silence, instead of minus infinity."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a recording: ``length`` samples from ``start``."""

    start: Samples
    length: Samples

    @property
    def end(self) -> Samples:
        """The first sample after it."""
        return Samples(self.start + self.length)


@dataclass(frozen=True, slots=True)
class Match:
    """Where one recording lies in another, and how alike they are there."""

    offset: Samples
    """Position in the recording of the reference's first sample; negative if that is missing."""
    similarity: float
    """Normalised cross-correlation: 1 for the same sound at any level, near 0 for strangers."""


def tone(hz: float, length: Samples, *, db: float = -20.0, start: int = 0) -> Pcm:
    """Make a sine of ``db`` dBFS RMS; ``start`` continues the phase of an earlier piece."""
    amplitude = FULL_SCALE * math.sqrt(2) * 10 ** (db / 20)
    if amplitude > FULL_SCALE:
        raise ValueError("a sine cannot be louder than -3.01 dBFS RMS")
    phase = 2 * math.pi * hz * np.arange(start, start + length, dtype=np.float64) / SAMPLE_RATE
    return np.clip(np.round(amplitude * np.sin(phase)), -32_768, 32_767).astype(np.int16)


def level_db(pcm: Pcm) -> float:
    """Return the RMS of all of ``pcm`` in dBFS, ``SILENT_DB`` at the least."""
    if not len(pcm):
        return SILENT_DB
    rms = math.sqrt(float(np.mean(_scaled(pcm) ** 2)))
    return max(SILENT_DB, 20 * math.log10(rms)) if rms else SILENT_DB


def tone_level_db(pcm: Pcm, hz: float) -> float:
    """Return the level of the one frequency ``hz`` in ``pcm``, in dBFS RMS.

    One bin of a Hann-windowed Fourier sum: other tones more than ``2 * 48000 / len(pcm)`` Hz away
    do not count. At least 50 periods of ``hz`` give an answer good to 0.1 dB.
    """
    if not len(pcm):
        return SILENT_DB
    window = np.hanning(len(pcm))
    turn = np.exp(-2j * math.pi * hz * np.arange(len(pcm)) / SAMPLE_RATE)
    amplitude = 2 * abs(np.sum(_scaled(pcm) * window * turn)) / np.sum(window)
    rms = float(amplitude) / math.sqrt(2)
    return max(SILENT_DB, 20 * math.log10(rms)) if rms else SILENT_DB


def dominant_hz(pcm: Pcm) -> float:
    """Return the strongest frequency in ``pcm``, to about a tenth of a Fourier bin; 0 if silent."""
    power = np.abs(np.fft.rfft(_scaled(pcm) * np.hanning(len(pcm))))
    peak = int(np.argmax(power))
    if power[peak] == 0 or not 0 < peak < len(power) - 1:
        return peak * SAMPLE_RATE / len(pcm) if power[peak] else 0.0
    # The peak of a Hann-windowed sine is close to a parabola in decibels (3 points give its top).
    left, mid, right = np.log(np.maximum(power[peak - 1 : peak + 2], 1e-12))
    shift = float((left - right) / (2 * (left - 2 * mid + right)))
    return (peak + shift) * SAMPLE_RATE / len(pcm)


def gaps(pcm: Pcm, *, longer_than_ms: float = 5.0, below_db: float = -50.0) -> list[Run]:
    """Return the stretches of silence inside ``pcm``, its quiet beginning and end left out.

    Silence is every sample below the peak of a sine of ``below_db``. A sine's own passages
    through zero are shorter than ``longer_than_ms`` for any tone above 100 Hz.
    """
    inside = loud(pcm, below_db=below_db)
    if inside is None:
        return []
    shortest = longer_than_ms * SAMPLE_RATE / 1000
    quiet = np.abs(pcm[inside.start : inside.end].astype(np.int32)) < _peak(below_db)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], quiet.astype(np.int8), [0]))))
    runs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return [
        Run(Samples(inside.start + begin), Samples(end - begin))
        for begin, end in runs
        if end - begin > shortest
    ]


def loud(pcm: Pcm, *, below_db: float = -50.0) -> Run | None:
    """Return the stretch from the first to the last audible sample; None if there is none."""
    audible = np.flatnonzero(np.abs(pcm.astype(np.int32)) >= _peak(below_db))
    if not len(audible):
        return None
    return Run(Samples(int(audible[0])), Samples(int(audible[-1] - audible[0]) + 1))


def correlate(reference: Pcm, recording: Pcm) -> Match:
    """Find ``reference`` in ``recording``: the offset at which they are most alike.

    The two must overlap by at least half of the shorter one. Polarity counts: a phase-inverted
    copy has similarity near -1 and is not found.
    """
    if not (len(reference) and len(recording)):
        raise ValueError("nothing to compare")
    ref, rec = _scaled(reference), _scaled(recording)
    size = 1 << (len(ref) + len(rec) - 1).bit_length()
    spectrum = np.fft.rfft(rec, size) * np.conj(np.fft.rfft(ref, size))
    cyclic = np.fft.irfft(spectrum, size)
    least = min(len(ref), len(rec)) // 2
    offsets = np.arange(least - len(ref), len(rec) - least + 1)
    begin, end = np.maximum(0, offsets), np.minimum(len(rec), offsets + len(ref))
    energy = _energy(rec, begin, end) * _energy(ref, begin - offsets, end - offsets)
    scores = cyclic[offsets % size] / np.sqrt(np.maximum(energy, 1e-9))
    best = int(np.argmax(scores))
    return Match(Samples(int(offsets[best])), float(scores[best]))


def _scaled(pcm: Pcm) -> Floats:
    return pcm.astype(np.float64) / FULL_SCALE


def _peak(db: float) -> float:
    return FULL_SCALE * math.sqrt(2) * 10 ** (db / 20)


def _energy(sound: Floats, begin: npt.NDArray[np.int64], end: npt.NDArray[np.int64]) -> Floats:
    total = np.concatenate(([0.0], np.cumsum(sound**2)))
    energy: Floats = total[end] - total[begin]
    return energy
