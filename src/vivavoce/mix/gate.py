"""Who is audible: a gate over each voice, open from its first loud frame to a while after. Pure.

The threshold lies above the noise that the voice brings with it, which is what its quietest moments
have; it stays between bounds, so that neither a silent line nor one long tone moves it away.
"""

from dataclasses import dataclass
from typing import Final

from vivavoce.mix.levels import SILENT_DB

HANGOVER_FRAMES: Final = 25
"""Half a second: longer than the pauses within a phrase."""

LOWEST_DB: Final = -60.0
HIGHEST_DB: Final = -42.0
_ABOVE_NOISE_DB: Final = 8.0

# Noise is followed down within some frames, and up by 1 dB a second: speech has pauses sooner.
_DOWN: Final = 0.2
_UP_DB: Final = 0.02
_FALL_DB: Final = 0.4
_LEAST_NOISE_DB: Final = -90.0  # one step of 16 bits


@dataclass(slots=True)
class Gate:
    """Judges one voice, a frame at a time; levels are RMS in dBFS."""

    noise_db: float = LOWEST_DB - _ABOVE_NOISE_DB
    recent_db: float = LOWEST_DB
    """The voice's level, followed up at once and down by 20 dB a second."""
    settled: bool = False
    """Silence has gone on for so long that more of it would change nothing."""
    _left: int = 0

    @property
    def audible(self) -> bool:
        """Whether the voice was above its threshold within the hangover."""
        return self._left > 0

    @property
    def threshold_db(self) -> float:
        """What a frame must reach."""
        return max(LOWEST_DB, min(HIGHEST_DB, self.noise_db + _ABOVE_NOISE_DB))

    def feed(self, level_db: float) -> bool:
        """Take the next frame's level; return ``audible``."""
        loud = level_db >= self.threshold_db
        self.recent_db = max(level_db, self.recent_db - _FALL_DB)
        self._left = HANGOVER_FRAMES if loud else max(0, self._left - 1)
        if level_db < self.noise_db:
            self.noise_db += _DOWN * (max(level_db, _LEAST_NOISE_DB) - self.noise_db)
        else:
            self.noise_db = min(self.noise_db + _UP_DB, level_db)
        self.settled = (
            not self._left
            and self.recent_db == level_db <= SILENT_DB
            and self.noise_db < _LEAST_NOISE_DB + 1
        )
        return self._left > 0

    def close(self) -> None:
        """Be silent at once: the voice was muted or has left."""
        self._left = 0
