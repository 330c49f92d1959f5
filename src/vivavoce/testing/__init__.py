"""Public fakes and oracles: time that obeys, tones that can be recognised, links that lose packets.

They ship with the package so that whoever builds on Viva Voce can prove things by the same means.
"""

from vivavoce.testing.clock import FakeClock
from vivavoce.testing.lossy import Fate, LossyLink
from vivavoce.testing.tones import (
    Match,
    Run,
    correlate,
    dominant_hz,
    gaps,
    level_db,
    loud,
    tone,
    tone_level_db,
)

__all__ = [
    "FakeClock",
    "Fate",
    "LossyLink",
    "Match",
    "Run",
    "correlate",
    "dominant_hz",
    "gaps",
    "level_db",
    "loud",
    "tone",
    "tone_level_db",
]
