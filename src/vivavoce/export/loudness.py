"""Two passes to one loudness: measured over the whole file, then one gain and a limiter.

EBU R 128 and ITU-R BS.1770: integrated loudness by libavfilter's ``ebur128``. A gain alone would be
enough for some talk; where it would bring peaks above the ceiling, a limiter works too. What that
takes away of the loudness depends on the voices, so it is tried on excerpts, and the gain makes up
for it. Everything is pulled in big frames, so that Python costs nothing; of the sound only one
frame and the excerpts are held.
"""

import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import av
import av.filter
import numpy as np
from av.filter.context import FilterContext
from numpy.typing import NDArray

from vivavoce.units import SAMPLE_RATE

TARGET_LUFS: Final = -16.0
"""What Apple and others ask of podcasts in mono and stereo alike; AES TD1008 has it for speech."""

CEILING_DB: Final = -2.0
"""Where samples end: it leaves room for the peaks between them and for what lossy encoding adds,
so that true peaks of talk stay below the -1 dB of EBU R 128, section h."""

_MOST_DB: Final = 30.0  # what is so quiet that it would need more is noise
_MOST_MADE_UP_DB: Final = 4.0  # more than this, and the limiter would be heard
_QUIET_LUFS: Final = -70.0
# 100 s of a whole show tell what a limiter does to its voices to a tenth of a decibel.
_EXCERPT_S: Final = 5
_EXCERPTS: Final = 20
_CLOSE_DB: Final = 0.1
# Of a decibel of gain, the limiter lets some two thirds through.
_STRIDE: Final = 1.5

Filter = tuple[str, dict[str, str]]
Sound = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Measured:
    """What the first pass found. LUFS and dBFS; None where all is silence."""

    lufs: float | None
    peak_db: float | None
    made_up_db: float = 0.0
    """What the gain adds for what the limiter takes."""

    @property
    def gain_db(self) -> float:
        """What brings it to the target."""
        if self.lufs is None or self.lufs <= _QUIET_LUFS:
            return 0.0
        return min(_MOST_DB, TARGET_LUFS - self.lufs) + self.made_up_db

    @property
    def limits(self) -> bool:
        """Whether the gain alone would be too much."""
        return self.peak_db is not None and self.peak_db + self.gain_db > CEILING_DB

    @property
    def unlimited_gain_db(self) -> float:
        """The gain towards the target that keeps peaks below the ceiling without a limiter."""
        if self.peak_db is None or not self.limits:
            return self.gain_db
        # What is above the ceiling already stays as it is, and is not turned down for it.
        return min(self.gain_db, max(0.0, CEILING_DB - self.peak_db))

    def filters(self) -> list[Filter]:
        """Return the second pass."""
        chain: list[Filter] = [
            ("volume", {"volume": f"{self.gain_db:.3f}dB", "precision": "float"})
        ]
        if self.limits:
            # Fast, so that it takes the peaks and leaves the loudness.
            how = {"level": "0", "attack": "1", "release": "5", "latency": "1"}
            chain.append(("alimiter", {"limit": f"{10 ** (CEILING_DB / 20):.6f}", **how}))
        return chain


def frames(source: Path, filters: Sequence[Filter]) -> Iterator[av.AudioFrame]:
    """Yield the sound of the file ``source`` after ``filters``."""
    graph = av.filter.Graph()
    # The name is handed over as it is, not as part of a description of the graph.
    _chain(graph, graph.add("amovie", filename=str(source)), filters)
    return _pulled(graph)


def measure(
    source: Path, length: int = 0, tell: Callable[[int], None] = lambda _: None
) -> Measured:
    """Measure a file of ``length`` samples; ``tell`` is told the samples done, now and then."""
    every = max(1, length // (_EXCERPTS * _EXCERPT_S * SAMPLE_RATE))
    excerpts: list[Sound] = []
    newest: deque[av.AudioFrame] = deque(maxlen=2)
    done = 0
    for number, frame in enumerate(frames(source, [_METER])):
        if done // (_EXCERPT_S * SAMPLE_RATE) % every == 0 and len(excerpts) < _LIMIT_FRAMES:
            excerpts.append(frame.to_ndarray().astype(np.float32))
        done += frame.samples
        newest.append(frame)
        if number % 100 == 0:
            tell(done)
    # Each frame of a whole tenth of a second says what was found up to its end. There are ten a
    # second of sound, so only the last ones are read.
    told = [frame.metadata for frame in newest]
    lufs = next((m[_LUFS] for m in reversed(told) if _LUFS in m), None)
    peak = next((m[_PEAK] for m in reversed(told) if _PEAK in m), None)
    found = Measured(_number(lufs), _db(_number(peak)))
    return made_up(found, np.hstack(excerpts)) if found.limits else found


_LUFS: Final = "lavfi.r128.I"
_PEAK: Final = "lavfi.r128.sample_peak"
_METER: Final[Filter] = ("ebur128", {"peak": "sample", "metadata": "1", "framelog": "quiet"})
# The meter's frames are a tenth of a second; a file that is longer than was said costs no more.
_LIMIT_FRAMES: Final = 2 * _EXCERPTS * _EXCERPT_S * 10


def made_up(found: Measured, excerpts: Sound) -> Measured:
    """Return ``found`` with a gain that makes up for what the limiter takes of ``excerpts``."""
    plain = loudness_of(excerpts, [])
    for _ in range(4):
        limited = loudness_of(excerpts, found.filters())
        if plain is None or limited is None:
            break
        missing = plain + found.gain_db - found.made_up_db - limited
        if abs(missing) < _CLOSE_DB:
            break
        more = found.made_up_db + _STRIDE * missing
        found = replace(found, made_up_db=min(_MOST_MADE_UP_DB, max(0.0, more)))
    return found


def loudness_of(sound: Sound, filters: Sequence[Filter]) -> float | None:
    """Return the loudness of ``sound``, mono of shape (1, samples), after ``filters``, in LUFS."""
    graph = av.filter.Graph()
    _chain(
        graph,
        graph.add_abuffer(sample_rate=SAMPLE_RATE, format="flt", layout="mono"),
        [*filters, _METER],
    )
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound), format="flt", layout="mono")
    frame.sample_rate = SAMPLE_RATE
    graph.push(frame)
    graph.push(None)
    lufs = None
    for heard in _pulled(graph):
        lufs = heard.metadata.get(_LUFS, lufs)
    return _number(lufs)


def _chain(graph: av.filter.Graph, first: FilterContext, filters: Sequence[Filter]) -> None:
    last = first
    for name, options in filters:
        following = graph.add(name, **options)
        last.link_to(following)
        last = following
    last.link_to(graph.add("abuffersink"))
    graph.configure()


def _pulled(graph: av.filter.Graph) -> Iterator[av.AudioFrame]:
    while True:
        try:
            frame = graph.pull()
        except av.EOFError:
            return
        assert isinstance(frame, av.AudioFrame)
        yield frame


def _number(text: object) -> float | None:
    value = float(str(text)) if text is not None else math.nan
    return value if math.isfinite(value) else None


def _db(amplitude: float | None) -> float | None:
    return 20 * math.log10(amplitude) if amplitude else None
