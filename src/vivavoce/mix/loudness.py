"""Loudness of one sound, after ITU-R BS.1770-4 and EBU R 128, taken frame by frame. Pure.

K-weighting is applied in the frequency domain: only energies are wanted, and the energy of a frame
is that of its spectrum (Parseval), each bin weighted by the filter's gain there.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from vivavoce.units import FRAME_SAMPLES, SAMPLE_RATE

Sound = npt.NDArray[np.float32]
"""One frame in steps of int16, shape ``(960,)``."""

SILENT_LUFS: Final = -120.0

_FULL_SCALE: Final = 32_768.0
_OFFSET_DB: Final = -0.691  # BS.1770-4 annex 1: a 997 Hz sine of 0 dBFS peak is -3.01 LUFS
_BLOCK_FRAMES: Final = 20  # 400 ms
STEP_FRAMES: Final = 5
"""Blocks overlap by 75 %: with each so many frames another one is judged."""
_ABSOLUTE_LUFS: Final = -70.0
_RELATIVE: Final = 10 ** (-10.0 / 10)  # 10 LU below


def _gain(numerator: tuple[float, ...], denominator: tuple[float, ...]) -> npt.NDArray[np.float64]:
    turns = np.exp(-2j * np.pi * np.fft.rfftfreq(FRAME_SAMPLES))
    top = sum(b * turns**n for n, b in enumerate(numerator))
    bottom = sum(a * turns**n for n, a in enumerate(denominator))
    return np.asarray(np.abs(top / bottom) ** 2, dtype=np.float64)


def _weights() -> npt.NDArray[np.float32]:
    """Return what each bin of a frame's spectrum adds to its K-weighted mean square."""
    assert SAMPLE_RATE == 48_000, "the coefficients of BS.1770-4 tables 1 and 2 are for 48 kHz"
    shelf = _gain(
        (1.53512485958697, -2.69169618940638, 1.19839281085285),
        (1.0, -1.69065929318241, 0.73248077421585),
    )
    high_pass = _gain((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
    weights = 2 * shelf * high_pass / (FRAME_SAMPLES * _FULL_SCALE) ** 2
    weights[[0, -1]] /= 2  # DC and half the sample rate have no mirror image
    return np.asarray(weights, dtype=np.float32)


_WEIGHTS: Final = np.repeat(_weights(), 2)  # of real and imaginary parts, one after the other


def energy(frame: Sound) -> float:
    """Return the K-weighted mean square of a frame; full scale is 1."""
    return energies([frame])[0]


def energies(frames: Sequence[Sound]) -> list[float]:
    """Return the ``energy`` of each frame: five at once take little more than one alone."""
    spectra = np.fft.rfft(np.concatenate(frames).reshape(-1, FRAME_SAMPLES)).view(np.float32)
    found: list[float] = np.dot(spectra * spectra, _WEIGHTS).tolist()
    return found


def lufs(mean_square: float) -> float:
    """Return a K-weighted mean square in LUFS."""
    if mean_square <= 0:
        return SILENT_LUFS
    return max(SILENT_LUFS, _OFFSET_DB + 10 * math.log10(mean_square))


@dataclass(slots=True)
class Loudness:
    """Gated loudness of the newest speech: what lies below the gates (pauses) does not count.

    ``memory`` is in blocks, of which speech makes ten a second; ``floor`` is the absolute gate.
    """

    memory: int = 150
    floor: float = _ABSOLUTE_LUFS
    integrated: float | None = None
    """LUFS over the memory; ``None`` before anything was loud enough."""
    speaking: bool = False
    """Whether the newest block lies above both gates."""
    blocks: int = 0
    """Blocks above the absolute gate so far."""
    _frames: deque[float] = field(default_factory=lambda: deque(maxlen=_BLOCK_FRAMES))
    _blocks: deque[float] = field(default_factory=deque)
    _since: int = 0

    def feed(self, mean_square: float) -> bool:
        """Take the ``energy`` of the next frame; say whether a block has been judged."""
        self._frames.append(mean_square)
        self._since += 1
        if self._since < STEP_FRAMES or len(self._frames) < _BLOCK_FRAMES:
            return False
        self._since = 0
        self._judge(sum(self._frames) / _BLOCK_FRAMES)
        return True

    def _judge(self, block: float) -> None:
        if lufs(block) < self.floor:
            self.speaking = False
            return
        self.blocks += 1
        self._blocks.append(block)
        if len(self._blocks) > self.memory:
            self._blocks.popleft()
        # Plain numbers: for so few of them numpy takes longer to begin than this takes in all.
        gate = sum(self._blocks) / len(self._blocks) * _RELATIVE
        loud = [known for known in self._blocks if known >= gate]
        self.integrated = lufs(sum(loud) / len(loud))
        self.speaking = block >= gate
