"""The packager: frames of the mix in, parts of every codec out, on the show's part grid.

CPU-bound (some 6 ms for 320 ms of sound), so it is called in a worker thread, one call at a time.
A part comes out once its last packet does: Opus one frame after the part's end, AAC three. An
encoder that fails costs the rest of its part: silence stands in, and a new one begins at the next.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from vivavoce.media import SEGMENTED, SILENCE, Codec, Frame, Part
from vivavoce.package.encoder import PyAvEncoder
from vivavoce.package.heads import HEADS
from vivavoce.package.lanes import MakeEncoder, Mp3Lane, SegmentedLane
from vivavoce.package.rates import BITRATES
from vivavoce.package.silence import silent_part
from vivavoce.units import FRAMES_PER_PART, PartNumber

# AAC holds back one priming frame and one in its look-ahead: 2,048 samples, rounded up to frames.
_PUSH_OUT: Final = 3


class Packager:
    """Cuts one show's programme into parts; the first frame fed begins part ``first``."""

    def __init__(
        self,
        first: PartNumber,
        codecs: Sequence[Codec] = SEGMENTED,
        *,
        bitrates: Mapping[Codec, int] = BITRATES,
        make: MakeEncoder = PyAvEncoder,
    ) -> None:
        self._number = first
        self._in_part = 0
        self._lanes = [SegmentedLane(codec, first, bitrates[codec], make) for codec in codecs]
        self._mp3 = Mp3Lane(bitrates[Codec.MP3], make)
        self.heads: Final[Mapping[Codec, bytes]] = {codec: HEADS[codec] for codec in codecs}
        """The initialisation segment of each segmented codec."""

    @property
    def next_part(self) -> PartNumber:
        """The part that the next frame belongs to."""
        return self._number

    @property
    def failures(self) -> int:
        """How many times an encoder failed and was made anew."""
        return self._mp3.failures + sum(lane.failures for lane in self._lanes)

    def want(self, codec: Codec, wanted: bool) -> None:
        """Switch MP3 on or off at the next part boundary; may be called from another thread."""
        if codec is not Codec.MP3:
            raise ValueError(f"{codec} is always made")
        self._mp3.wanted = wanted

    def feed(self, frames: Sequence[Frame]) -> list[Part]:
        """Take the next frames and return the parts that became whole, each codec's in order."""
        return [part for run in self._runs(frames) for part in self._take(run)]

    def flush(self) -> list[Part]:
        """Fill the part begun with silence and return all that is still inside; the last call."""
        rest = -self._in_part % FRAMES_PER_PART
        last = self._number + bool(rest)
        parts = self.feed([SILENCE] * (rest + _PUSH_OUT))
        return [part for part in parts if part.number < last]

    def silence(self, number: PartNumber, codec: Codec) -> Part:
        """Return a ready-made silent part."""
        return silent_part(codec, number)

    def _runs(self, frames: Sequence[Frame]) -> Iterator[Sequence[Frame]]:
        """Split ``frames`` where parts end."""
        start = 0
        while start < len(frames):
            end = start + FRAMES_PER_PART - self._in_part
            yield frames[start:end]
            start = end

    def _take(self, run: Sequence[Frame]) -> list[Part]:
        """Feed frames that lie in one part."""
        pcm = np.concatenate(run)
        parts: list[Part] = []
        lanes: tuple[SegmentedLane | Mp3Lane, ...] = (*self._lanes, self._mp3)
        for lane in lanes:
            if self._in_part == 0:
                parts += lane.begin(self._number)
            parts += lane.take(pcm)
        self._in_part += len(run)
        if self._in_part == FRAMES_PER_PART:
            parts += self._mp3.end(self._number)
            self._in_part = 0
            self._number = PartNumber(self._number + 1)
        return parts
