"""How far a tone may move on its way from a microphone to an ear, by design.

The jitter buffer catches up by leaving out or putting in samples, up to 48 in a frame of 960
(``mix/jitter.py``); a listener's page plays up to 3 % faster or slower (``listen/latency.ts``).
Both splice, so a tone is heard higher or lower by no more than that. Oracles are further apart.
"""

from typing import Final

from vivavoce.mix.jitter import STEPS
from vivavoce.units import FRAME_SAMPLES

STRETCH: Final = STEPS[-1][1] / FRAME_SAMPLES
PAGE: Final = 0.03


def is_tone(heard_hz: float, hz: float) -> bool:
    """Whether what is heard at ``heard_hz`` may have been spoken at ``hz``."""
    return abs(heard_hz / hz - 1) <= STRETCH + PAGE
