"""Media time: integer counts of samples at 48 kHz since a show's epoch.

Everything that flows is cut on one grid, so that anybody who knows the epoch can number the next
part: that is how a restarted studio continues a show.
"""

from typing import Final, NewType

Samples = NewType("Samples", int)
"""Media time or duration, in samples at ``SAMPLE_RATE``."""

PartNumber = NewType("PartNumber", int)
"""A part's media time divided by ``PART_SAMPLES``; starts at 0, never reused within a show."""

SegmentNumber = NewType("SegmentNumber", int)
"""A segment's media time divided by ``SEGMENT_SAMPLES``."""

SAMPLE_RATE: Final = 48_000
FRAME_SAMPLES: Final = 960  # 20 ms: one Opus frame, one tick of the mix
AAC_SAMPLES: Final = 1_024  # one AAC-LC frame (ISO/IEC 14496-3)

# The least common multiple of an Opus and an AAC frame: 16 of one, 15 of the other, 320 ms.
# Both codecs therefore cut at the same sample.
PART_SAMPLES: Final = 15_360
FRAMES_PER_PART: Final = PART_SAMPLES // FRAME_SAMPLES

# 1.92 s: short enough to join quickly, long enough that a CDN sees one request in two seconds.
PARTS_PER_SEGMENT: Final = 6
SEGMENT_SAMPLES: Final = PARTS_PER_SEGMENT * PART_SAMPLES


def part_at(time: Samples) -> PartNumber:
    """Return the number of the part that holds the sample at ``time``."""
    return PartNumber(time // PART_SAMPLES)


def start_of(part: PartNumber) -> Samples:
    """Return the media time of the first sample of ``part``."""
    return Samples(part * PART_SAMPLES)


def segment_of(part: PartNumber) -> SegmentNumber:
    """Return the number of the segment that holds ``part``."""
    return SegmentNumber(part // PARTS_PER_SEGMENT)


def first_part_of(segment: SegmentNumber) -> PartNumber:
    """Return the number of the first part of ``segment``."""
    return PartNumber(segment * PARTS_PER_SEGMENT)


def seconds(duration: Samples) -> float:
    """Return ``duration`` in seconds."""
    return duration / SAMPLE_RATE


def samples(duration_s: float) -> Samples:
    """Return the whole number of samples in ``duration_s`` seconds, rounded down."""
    return Samples(int(duration_s * SAMPLE_RATE))
