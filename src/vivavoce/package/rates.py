"""Bit rates, in bits a second: what encoders are asked for, and what playlists promise of it."""

from collections.abc import Iterable, Mapping
from typing import Final

from vivavoce.media import Codec
from vivavoce.units import PART_SAMPLES, SAMPLE_RATE

BITRATES: Final[Mapping[Codec, int]] = {Codec.OPUS: 32_000, Codec.AAC: 64_000, Codec.MP3: 64_000}
"""Bits a second asked of each encoder: transparent for speech in mono, or nearly so."""


def declared(bitrate: int) -> int:
    """Return the peak rate that can be promised before anything is encoded.

    Boxes take 164 bytes a part (4 kbit/s). Speech stays near what was asked. After digital silence
    an AAC encoder spends what it saved, and most in noise that comes and goes: over the 1.92 s of a
    segment up to 2.3 times what was asked, and at the lowest rates, which noise cannot be coded in,
    up to 145 kbit/s.
    """
    most = max(bitrate * 5 // 2, _LEAST_PEAK)
    return most + 164 * 8 * SAMPLE_RATE // PART_SAMPLES


_LEAST_PEAK: Final = 160_000


def peak(segments: Iterable[tuple[int, int]]) -> int:
    """Return the highest rate, rounded up, of segments given as (bytes, parts); 0 if none."""
    return max(
        (-(-size * 8 * SAMPLE_RATE // (parts * PART_SAMPLES)) for size, parts in segments),
        default=0,
    )
