"""Two passes to one loudness: measured over the whole file, then one gain and a limiter.

EBU R 128 and ITU-R BS.1770: integrated loudness and true peak by libavfilter's ``ebur128``. A gain
alone would be enough for most talk; where it would bring the true peak above the ceiling, a limiter
works at four times the rate, where peaks between samples are seen. Everything is pulled in big
frames, so that Python costs nothing, and nothing but one frame is held.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import av.filter

from vivavoce.units import SAMPLE_RATE

TARGET_LUFS: Final = -16.0
"""What Apple and others ask of podcasts in mono and stereo alike; AES TD1008 has it for speech."""

CEILING_DBTP: Final = -1.0
"""EBU R 128, section h; lossy encoding adds some."""

# Fast, so that it takes the peaks and leaves the loudness: of talk with peaks 5 dB too high, half
# a decibel goes. 0.2 dB of room is for the way back to 48 kHz.
_LIMIT_DB: Final = CEILING_DBTP - 0.2
_OVERSAMPLED: Final = 4 * SAMPLE_RATE
_MOST_DB: Final = 30.0  # what is so quiet that it would need more is noise
_QUIET_LUFS: Final = -70.0

Filter = tuple[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Measured:
    """What the first pass found. LUFS and dBTP; None where all is silence."""

    lufs: float | None
    peak_db: float | None

    @property
    def gain_db(self) -> float:
        """What brings it to the target."""
        if self.lufs is None or self.lufs <= _QUIET_LUFS:
            return 0.0
        return min(_MOST_DB, TARGET_LUFS - self.lufs)

    @property
    def limits(self) -> bool:
        """Whether the gain alone would be too much."""
        return self.peak_db is not None and self.peak_db + self.gain_db > CEILING_DBTP

    def filters(self) -> list[Filter]:
        """Return the second pass."""
        chain: list[Filter] = [
            ("volume", {"volume": f"{self.gain_db:.3f}dB", "precision": "float"})
        ]
        if self.limits:
            limit = f"{10 ** (_LIMIT_DB / 20):.6f}"
            chain += [
                ("aresample", {"sample_rate": str(_OVERSAMPLED)}),
                (
                    "alimiter",
                    {"limit": limit, "level": "0", "attack": "1", "release": "5", "latency": "1"},
                ),
                ("aresample", {"sample_rate": str(SAMPLE_RATE)}),
            ]
        return chain


def frames(source: Path, filters: Sequence[Filter]) -> Iterator[av.AudioFrame]:
    """Yield the sound of the file ``source`` after ``filters``."""
    graph = av.filter.Graph()
    # The name is handed over as it is, not as part of a description of the graph.
    last = graph.add("amovie", filename=str(source))
    for name, options in filters:
        following = graph.add(name, **options)
        last.link_to(following)
        last = following
    sink = graph.add("abuffersink")
    last.link_to(sink)
    graph.configure()
    while True:
        try:
            frame = graph.pull()
        except av.EOFError:
            return
        assert isinstance(frame, av.AudioFrame)
        yield frame


def measure(source: Path, tell: Callable[[int], None] = lambda _: None) -> Measured:
    """Measure a file; ``tell`` is told the samples done, now and then."""
    meter = ("ebur128", {"peak": "true", "metadata": "1", "framelog": "quiet"})
    lufs = peak = None
    done = 0
    for number, frame in enumerate(frames(source, [meter])):
        done += frame.samples
        if number % 100 == 0:
            tell(done)
        # Each frame says what was found up to its end; the last one says it of all.
        said = frame.metadata
        lufs, peak = said.get("lavfi.r128.I", lufs), said.get("lavfi.r128.true_peak", peak)
    return Measured(_number(lufs), _db(_number(peak)))


def _number(text: object) -> float | None:
    value = float(str(text)) if text is not None else math.nan
    return value if math.isfinite(value) else None


def _db(amplitude: float | None) -> float | None:
    return 20 * math.log10(amplitude) if amplitude else None
