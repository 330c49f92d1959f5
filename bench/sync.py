"""By how much one recording of speech is later than another of it, word by word. Pure.

A word of noise is like nothing else that was ever said: where it is found again, that is it. Whole
windows cannot be compared so: around a kill one recording has what the other lost, and somewhere
the most alike of what is different seems to fit.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vivavoce.media import Pcm
from vivavoce.units import SAMPLE_RATE

_BLOCK: Final = SAMPLE_RATE // 100
_WORD: Final = 4 * _BLOCK
"""40 ms, each quarter of which sounds: what sounds only in part fits to another's part."""

_SOUNDS: Final = 300.0  # RMS, -41 dBFS

# Below some 5 kHz, where Opus keeps to the waveform, a word found again is 0.8 to 0.9 alike. Within
# 50 ms of its place what is like it by chance is 0.4 at most; within 2 s, 0.64 was seen.
_SMOOTH: Final = np.ones(5) / 5
_NEAR: Final = (50 * SAMPLE_RATE // 1000, 0.5)
_FAR: Final = (2 * SAMPLE_RATE, 0.7)

Signal = NDArray[np.float64]


class Lag(NamedTuple):
    """A word of the first that begins at ``at``, which is ``samples`` later than the other's."""

    at: int
    samples: int


class Lags(NamedTuple):
    """All words of the first."""

    told: list[Lag]
    lost: list[int]
    """Where those begin of which nothing alike is within two seconds in the other."""

    @property
    def most(self) -> int:
        """The largest, either way."""
        return max((abs(lag.samples) for lag in self.told), default=0)


def lags(track: Pcm, programme: Pcm) -> Lags:
    """Look for each word of ``track`` in ``programme``, around its place first."""
    found = Lags([], [])
    for at in _words(track):
        word = _smooth(track[at : at + _WORD])
        place = _find(word, programme, at, *_NEAR)
        if place is None:
            place = _find(word, programme, at, *_FAR)
        if place is None:
            found.lost.append(at)
        else:
            found.told.append(Lag(at, at - place))
    return found


def _smooth(pcm: Pcm) -> Signal:
    return np.convolve(pcm.astype(np.float64), _SMOOTH, "same")


def _words(pcm: Pcm) -> list[int]:
    blocks = pcm[: len(pcm) // _BLOCK * _BLOCK].reshape(-1, _BLOCK)
    loud = [bool(np.mean(block.astype(np.float64) ** 2) > _SOUNDS**2) for block in blocks]
    found: list[int] = []
    run = 0
    for number, sounds in enumerate(loud):
        run = run + 1 if sounds else 0
        if run * _BLOCK == _WORD:
            found.append((number + 1) * _BLOCK - _WORD)
            run = 0
    return found


def _find(word: Signal, pcm: Pcm, at: int, reach: int, least: float) -> int | None:
    """Return where ``word`` is in ``pcm``, at most ``reach`` from ``at``; None if nowhere."""
    begin = max(0, at - reach)
    piece = _smooth(pcm[begin : at + reach + len(word)])
    if len(piece) < len(word):
        return None
    size = 1 << (len(piece) - 1).bit_length()  # longer than the piece: nothing comes round
    product = np.fft.rfft(piece, size) * np.conj(np.fft.rfft(word, size))
    together = np.fft.irfft(product, size)[: len(piece) - len(word) + 1]
    sums = np.concatenate(([0.0], np.cumsum(piece**2)))
    # What hardly sounds is no word, whatever it is like.
    energy = np.maximum(sums[len(word) :] - sums[: -len(word)], len(word) * _SOUNDS**2 / 10)
    alike = together / np.sqrt(energy * np.sum(word**2))
    place = int(np.argmax(alike))
    return begin + place if alike[place] > least else None
