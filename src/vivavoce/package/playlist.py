"""HLS playlists (RFC 8216bis): text from numbers.

A segment's media sequence number is its place in the show, counted from 0. As long as there was no
break that is the segment's own number.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from vivavoce.media import Codec
from vivavoce.package.segmenter import Segmenter
from vivavoce.units import (
    PART_SAMPLES,
    PARTS_PER_SEGMENT,
    SAMPLE_RATE,
    SEGMENT_SAMPLES,
    SegmentNumber,
    first_part_of,
    start_of,
)

WINDOW: Final = 16
"""Segments in a live playlist: 31 s, five times the three target durations a player must have."""

LIVE: Final = "index.m3u8"
"""The name of every codec's live playlist, and of the multivariant one."""

REPLAY: Final = "replay.m3u8"
"""The name of every codec's playlist of the whole show, once it has ended."""

SHOW: Final = "show.m3u8"
"""The name of every codec's playlist of all that there is of a show, from its first segment on."""

REWIND: Final = "rewind.m3u8"
"""The name of the multivariant playlist of a show that one can go back in while it is live."""

MIME: Final = "application/vnd.apple.mpegurl"

TARGET_S: Final = -(-SEGMENT_SAMPLES // SAMPLE_RATE)
"""The target duration: 1.92 s, rounded up to whole seconds."""

# EXT-X-MAP outside I-frame playlists needs 6 (RFC 8216bis, section 8), and nothing more than that.
VERSION: Final = 6

END: Final = "#EXT-X-ENDLIST"

_PLACE: Final = re.compile(
    r"^#EXT-X-MEDIA-SEQUENCE:(\d{1,9})\n#EXT-X-DISCONTINUITY-SEQUENCE:(\d{1,9})\n(?:#.*\n)*"
    r"(\d{8})\.m4s$",
    re.MULTILINE | re.ASCII,
)

# RFC 6381 names. AAC comes first: players begin with the first variant that they believe they can
# play (RFC 8216bis, 4.4.6.2 leaves them free, Safari, ffmpeg, VLC and hls.js do so), and AAC is the
# one that all of them can. Opus is for players without AAC, and for those that prefer it.
_VARIANTS: Final[Mapping[Codec, str]] = {Codec.AAC: "mp4a.40.2", Codec.OPUS: "opus"}


def segment_name(number: SegmentNumber) -> str:
    """Return the file name of a segment; eight digits are 6 years of sound."""
    return f"{number:08d}.m4s"


def live(timeline: Segmenter, window: range, epoch: datetime, *, ended: bool = False) -> str:
    """Return the media playlist of the segments at ``window``, all whole unless the show ``ended``.

    Players that followed a show live read here that it is over. What came before the window is not
    put back in: a media sequence must not run backwards under them (RFC 8216bis, 6.2.1). The whole
    show is another playlist, which the multivariant one names from then on.
    """
    return _media(timeline, window, epoch, ended=ended)


def window_of(count: int) -> range:
    """Return the places of the newest of ``count`` segments, those that a live playlist has."""
    return range(max(0, count - WINDOW), count)


def place_of(text: str) -> tuple[SegmentNumber, int, int] | None:
    """Return a live playlist's first segment, its place in the show, and the breaks gone before.

    None for what is no such playlist.
    """
    found = _PLACE.search(text)
    return (SegmentNumber(int(found[3])), int(found[1]), int(found[2])) if found else None


def replay(timeline: Segmenter, epoch: datetime) -> str:
    """Return the media playlist of the whole show, which has ended."""
    whole = range(len(timeline.numbers))
    return _media(timeline, whole, epoch, ended=True, kind="VOD")


def show(timeline: Segmenter, count: int, epoch: datetime, *, ended: bool = False) -> str:
    """Return the media playlist of the first ``count`` segments, which only grows (``EVENT``).

    The list of ``n`` more segments is this text with ``more`` of them at its end.
    """
    return _media(timeline, range(count), epoch, ended=ended, kind="EVENT")


def more(timeline: Segmenter, added: range, epoch: datetime) -> str:
    """Return the lines of the segments at ``added``, to be put at the end of ``show``'s text."""
    return "".join(f"{line}\n" for line in _entries(timeline, added, epoch))


def multivariant(rates: Mapping[Codec, int], name: str = LIVE) -> str:
    """Return the playlist that names every codec's playlist ``name``; ``rates`` are peaks.

    All variants state the same BANDWIDTH, the highest, and no AVERAGE-BANDWIDTH: they are the same
    sound, and no player gains by changing codec midway. VLC 3.0 begins with the lowest rate, climbs
    to the next (by AVERAGE-BANDWIDTH where there is one), and is silent once the codec changes; so
    it is in any order of variants, with SCORE, and with codecs in groups of EXT-X-MEDIA. RFC
    8216bis 4.4.6.2 asks for an upper bound while a show is live, which this is, and afterwards for
    the peak itself, which for Opus it is above: all that a player does with it is to leave more
    room than it needs.
    """
    lines = ["#EXTM3U", "#EXT-X-INDEPENDENT-SEGMENTS"]  # nothing here is newer than version 1
    for codec in filter(rates.__contains__, _VARIANTS):
        lines += [
            f'#EXT-X-STREAM-INF:BANDWIDTH={max(rates.values())},CODECS="{_VARIANTS[codec]}"',
            f"{codec}/{name}",
        ]
    return "\n".join(lines) + "\n"


def _media(
    timeline: Segmenter, window: range, epoch: datetime, *, ended: bool, kind: str | None = None
) -> str:
    gone = bisect_left(timeline.breaks, window.start)
    lines = header(window.start, gone)
    if kind is not None:  # nothing ever leaves such a list: instead of the number of breaks gone
        lines[-1] = f"#EXT-X-PLAYLIST-TYPE:{kind}"
    lines += FIXED
    lines += _entries(timeline, window, epoch, dated=window.start)
    if ended:
        lines.append(END)
    return "\n".join(lines) + "\n"


def header(sequence: int, breaks_gone: int, version: int = VERSION) -> list[str]:
    """Return the first lines of a live playlist that begins with segment ``sequence``.

    ``breaks_gone`` is how many breaks have left the window (one right before its first segment has
    not). It is said even while it is 0: a list with a break must say it before the first segment
    leaves (RFC 8216bis, 6.2.2), and a line that is always there never has to be added.
    """
    return [
        "#EXTM3U",
        f"#EXT-X-VERSION:{version}",
        f"#EXT-X-TARGETDURATION:{TARGET_S}",
        f"#EXT-X-MEDIA-SEQUENCE:{sequence}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{breaks_gone}",
    ]


FIXED: Final = ("#EXT-X-INDEPENDENT-SEGMENTS", '#EXT-X-MAP:URI="init.mp4"')
"""The last lines before the segments, the same in every media playlist."""


def _entries(timeline: Segmenter, window: range, epoch: datetime, dated: int = 0) -> Iterator[str]:
    for index in window:
        after_break = _holds(timeline.breaks, index)
        number = timeline.numbers[index]
        yield from before(number, epoch, after_break=after_break, dated=index == dated)
        yield from segment(number, timeline.parts_of(index))


def before(
    number: SegmentNumber, epoch: datetime, *, after_break: bool, dated: bool
) -> Iterator[str]:
    """Yield what stands before a segment's own lines: that there was a break, and its date."""
    if after_break:
        yield "#EXT-X-DISCONTINUITY"
    if dated or after_break:
        yield f"#EXT-X-PROGRAM-DATE-TIME:{_date(epoch, number)}"


def segment(number: SegmentNumber, parts: int = PARTS_PER_SEGMENT) -> Iterator[str]:
    """Yield the two lines of a segment: how long it plays, and its address."""
    yield f"#EXTINF:{parts * PART_SAMPLES / SAMPLE_RATE:.2f},"
    yield segment_name(number)


def _holds(ascending: list[int], value: int) -> bool:
    place = bisect_left(ascending, value)
    return place < len(ascending) and ascending[place] == value


def _date(epoch: datetime, number: SegmentNumber) -> str:
    time = start_of(first_part_of(number))
    moment = epoch.astimezone(UTC) + timedelta(milliseconds=time * 1000 // SAMPLE_RATE)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
