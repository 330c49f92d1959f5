"""The filler: what listeners hear while nobody is on air, rather than dead air. Pure.

Two soft low tones that swell and fade like breath, or a sound of one's own, again and again.
"""

from typing import Final

import numpy as np

from vivavoce.media import SILENCE, Frame, Pcm
from vivavoce.units import FRAME_SAMPLES, SAMPLE_RATE

_BREATH_S: Final = 8
_TONES: Final = ((220.0, 0.6), (330.0, 0.4))  # a fifth; whole periods fit into a breath
_LEVEL: Final = 0.03 * 32_768  # about -36 dBFS: there, and easily talked over
_FADE_FRAMES: Final = 25
_TICK_S: Final = FRAME_SAMPLES / SAMPLE_RATE


def breath() -> Pcm:
    """Return the calm tone: eight seconds that join their own beginning without a step."""
    time = np.arange(_BREATH_S * SAMPLE_RATE) / SAMPLE_RATE
    tones = sum(part * np.sin(2 * np.pi * hz * time) for hz, part in _TONES)
    swell = 0.5 - 0.5 * np.cos(2 * np.pi * time / _BREATH_S)
    return np.rint(_LEVEL * tones * swell).astype(np.int16)


class Filler:
    """Takes the programme's place ``after_s`` seconds after the last person left the air."""

    def __init__(self, after_s: float, sound: Pcm | None = None) -> None:
        self._after = round(after_s / _TICK_S)
        self._sound = sound
        self._frames: Pcm | None = None
        self._empty = 0
        self._place = 0
        self._gain = 0.0

    @property
    def on(self) -> bool:
        """Whether it is heard."""
        return self._empty > self._after

    def clear(self) -> None:
        """Begin to wait anew."""
        self._empty, self._gain = 0, 0.0

    def fill(self, frame: Frame, *, onstage: bool) -> Frame:
        """Return what listeners hear in place of ``frame``; itself while anybody is on air."""
        self._empty = 0 if onstage else self._empty + 1
        if not self.on and self._gain == 0.0:
            return frame
        if self._frames is None:
            sound = breath() if self._sound is None else self._sound
            whole = max(1, len(sound) // FRAME_SAMPLES) * FRAME_SAMPLES
            self._frames = np.resize(sound, whole).reshape(-1, FRAME_SAMPLES)
        if self._gain == 0.0:
            self._place = 0
        step = 1 / _FADE_FRAMES
        after = min(1.0, self._gain + step) if self.on else max(0.0, self._gain - 5 * step)
        ramp = np.linspace(self._gain, after, FRAME_SAMPLES, dtype=np.float32)
        filler = self._frames[self._place % len(self._frames)] * ramp
        self._gain, self._place = after, self._place + 1
        heard = filler if frame is SILENCE else frame + filler
        return np.asarray(np.clip(np.rint(heard), -32_768, 32_767), dtype=np.int16)
