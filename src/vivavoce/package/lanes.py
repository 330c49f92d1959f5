"""A lane is one codec's way through the packager: an encoder, and what waits for a part's end."""

from collections.abc import Callable

import av

from vivavoce.media import Codec, Part, Pcm
from vivavoce.package import cmaf
from vivavoce.package.encoder import Encoder
from vivavoce.package.silence import silent_part
from vivavoce.units import PartNumber

MakeEncoder = Callable[[Codec, int], Encoder]
"""Opens an encoder for a codec at a bit rate; raises ``av.FFmpegError`` if that fails."""


class _Lane:
    """One codec's encoder, which may fail and be made anew where a part begins."""

    def __init__(self, codec: Codec, bitrate: int, make: MakeEncoder) -> None:
        self.codec = codec
        self.failures = 0
        self._bitrate = bitrate
        self._make = make
        self._encoder: Encoder | None = None
        self._packets: list[bytes] = []

    def _open(self) -> None:
        self._packets.clear()
        try:
            self._encoder = self._make(self.codec, self._bitrate)
        except av.FFmpegError:
            self.failures += 1

    def _encode(self, pcm: Pcm) -> None:
        if self._encoder is None:
            return
        try:
            self._packets += self._encoder.encode(pcm)
        except av.FFmpegError:
            self.failures += 1
            self._encoder = None


class SegmentedLane(_Lane):
    """Opus or AAC: always as many packets as a part has."""

    def __init__(self, codec: Codec, first: PartNumber, bitrate: int, make: MakeEncoder) -> None:
        super().__init__(codec, bitrate, make)
        self._next = first
        self._size = cmaf.PACKETS_PER_PART[codec]

    def begin(self, number: PartNumber) -> list[Part]:
        """Make a missing encoder; return silence for what the one before it left undone."""
        if self._encoder is not None:
            return []
        missing = [silent_part(self.codec, PartNumber(n)) for n in range(self._next, number)]
        self._next = number
        self._open()
        return missing

    def take(self, pcm: Pcm) -> list[Part]:
        """Encode and return the parts that became whole."""
        self._encode(pcm)
        parts = []
        while len(self._packets) >= self._size:
            body = cmaf.chunk(self.codec, self._next, self._packets[: self._size])
            parts.append(Part(self.codec, self._next, body))
            del self._packets[: self._size]
            self._next = PartNumber(self._next + 1)
        return parts


class Mp3Lane(_Lane):
    """MP3, while somebody wants it.

    Its 1,152-sample frames do not divide a part: a part is the frames that came out meanwhile.
    """

    def __init__(self, bitrate: int, make: MakeEncoder) -> None:
        super().__init__(Codec.MP3, bitrate, make)
        self.wanted = False

    def begin(self, _number: PartNumber) -> list[Part]:
        """Start or stop as wanted."""
        if not self.wanted:
            self._encoder = None
        elif self._encoder is None:
            self._open()
        return []

    def take(self, pcm: Pcm) -> list[Part]:
        """Encode; the part is handed out at its end."""
        self._encode(pcm)
        return []

    def end(self, number: PartNumber) -> list[Part]:
        """Return what came out during part ``number``."""
        if self._encoder is None:
            return []
        body = b"".join(self._packets)
        self._packets.clear()
        return [Part(Codec.MP3, number, body)]
