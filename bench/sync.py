"""By how much one recording of a sound is later than another of it. Pure."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vivavoce.media import Pcm
from vivavoce.units import SAMPLE_RATE

WINDOW: Final = 2 * SAMPLE_RATE

_SOUNDS: Final = 100.0  # -50 dBFS, mean over a window

# Of noise in Opus: 10 ms that are the same reach 12 and 60 ms reach 26; where nothing is the same
# the largest of all lags is 4 to 6.5.
_SURE: Final = 10.0

Signal = NDArray[np.float64]


class Lag(NamedTuple):
    """For one window that begins at ``at``: by how many samples the first is the later one."""

    at: int
    samples: int


class Lags(NamedTuple):
    """All windows in which both sound."""

    told: list[Lag]
    untold: list[int]
    """Where the windows begin that have nothing in both by which to tell."""

    @property
    def most(self) -> int:
        """The largest, either way."""
        return max((abs(lag.samples) for lag in self.told), default=0)


def lags(track: Pcm, programme: Pcm) -> Lags:
    """Look at each two seconds where both sound.

    Around a kill a window may have nothing that is in both: one has the end of a word, the other
    the beginning of the next, and somewhere these pieces are still most alike. How much they are so
    by chance depends on how little they are, so likeness in proportion to what the windows hold
    says nothing. Were the two independent, the sum of products at a lag would have as its variance
    the sum of the products of squares: beside that, what is the same stands out, however short.
    """
    found = Lags([], [])
    for at in range(0, min(len(track), len(programme)) - WINDOW + 1, WINDOW):
        one, other = (pcm[at : at + WINDOW].astype(np.float64) for pcm in (track, programme))
        if min(np.mean(one**2), np.mean(other**2)) > _SOUNDS:
            place, sure = _alike(one, other)
            if sure > _SURE:
                found.told.append(Lag(at, place))
            else:
                found.untold.append(at)
    return found


def _alike(one: Signal, other: Signal) -> tuple[int, float]:
    """Return the lag at which they are most alike, and by how many standard deviations."""
    variance = _correlation(one**2, other**2)
    # Where nothing overlaps there is the rounding of what does elsewhere.
    floor = 1e-9 * float(variance.max()) + 1
    sure = _correlation(one, other) / np.sqrt(np.maximum(variance, floor))
    place = int(np.argmax(sure))
    return (place if place < WINDOW else place - 2 * WINDOW), float(sure[place])


def _correlation(one: Signal, other: Signal) -> Signal:
    size = 2 * WINDOW  # with room, or the end would meet the beginning
    product = np.fft.rfft(one, size) * np.conj(np.fft.rfft(other, size))
    return np.asarray(np.fft.irfft(product))
