"""Bit rates, in bits a second: what encoders are asked for, and what playlists promise of it."""

from collections.abc import Iterable, Mapping
from typing import Final

from vivavoce.media import Codec
from vivavoce.units import PART_SAMPLES, SAMPLE_RATE

BITRATES: Final[Mapping[Codec, int]] = {Codec.OPUS: 32_000, Codec.AAC: 64_000, Codec.MP3: 64_000}
"""Bits a second asked of each encoder: transparent for speech in mono, or nearly so."""


def declared(bitrate: int) -> int:
    """Return the peak rate that can be promised before anything is encoded.

    Boxes take 164 bytes a part (4 kbit/s). Over the 1.92 s of a segment the encoders stay within
    half above what was asked: AAC spends in noise after silence what it saved there (a third more).
    """
    return bitrate * 3 // 2 + 164 * 8 * SAMPLE_RATE // PART_SAMPLES


def peak(segments: Iterable[tuple[int, int]]) -> int:
    """Return the highest rate, rounded up, of segments given as (bytes, parts); 0 if none."""
    return max(
        (-(-size * 8 * SAMPLE_RATE // (parts * PART_SAMPLES)) for size, parts in segments),
        default=0,
    )
