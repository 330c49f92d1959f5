"""The rules of HLS between playlists: from one version to the next, and side by side. Pure.

Each function returns what is broken of RFC 8216bis as ``"6.2.1: …"``; an empty list is praise.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from vivavoce.testing.hls_text import (
    BASIC,
    BOTH,
    VARIANTS,
    Attributes,
    Media,
    attributes,
    read,
    text_rules,
    whole,
)


def renewed(before_text: str, after_text: str) -> list[str]:
    """Return what the next version of a media playlist breaks that players have read before."""
    before, after = read(before_text), read(after_text)
    return [*_kept_tags(before, after), *_kept_segments(before, after), *_kept_parts(before, after)]


def _kept_tags(before: Media, after: Media) -> Iterator[str]:
    if before.target_s != after.target_s:
        yield "6.2.1: the target duration changes"
    if before.tags.get("#EXT-X-PLAYLIST-TYPE") != after.tags.get("#EXT-X-PLAYLIST-TYPE"):
        yield "6.2.1: the type changes"
    if before.ended and not after.ended:
        yield "6.2.1: the list goes on after its end"
    if after.first < before.first:
        yield "6.2.2: the media sequence runs backwards"
    gone = [
        whole(found.tags.get("#EXT-X-DISCONTINUITY-SEQUENCE", "0")) or 0
        for found in (before, after)
    ]
    if gone[1] < gone[0]:
        yield "6.2.2: the discontinuity sequence runs backwards"


def _kept_segments(before: Media, after: Media) -> Iterator[str]:
    kept = {segment.sequence: segment for segment in after.segments}
    start = after.first + after.skipped
    for old in before.segments:
        new = kept.get(old.sequence)
        if new is None:
            if old.sequence >= start:
                yield f"6.2.1: {old.uri} is gone, and not from the front"
            elif "#EXT-X-PLAYLIST-TYPE" in before.tags and not after.skipped:
                yield f"6.2.1: {old.uri} is gone from a list that loses nothing"
            continue
        if (old.uri, old.duration_s) != (new.uri, new.duration_s):
            yield f"6.2.1: segment {old.sequence} changes from {old.uri} to {new.uri}"
        if old.discontinuity != new.discontinuity and not after.skipped:
            yield f"6.2.2: the discontinuity sequence number of {old.uri} changes"
        if old.date and new.date and old.date != new.date:
            yield f"6.2.1: the date of {old.uri} changes"


def _kept_parts(before: Media, after: Media) -> Iterator[str]:
    if before.open is None or not before.open.parts:
        return
    new = next((s for s in after.segments if s.sequence == before.open.sequence), after.open)
    if new is None or new.sequence < before.open.sequence:
        yield "6.2.1: parts are gone before their segment is there"
        return
    same = new.sequence == before.open.sequence and new.parts
    if same and new.parts[: len(before.open.parts)] != before.open.parts:
        yield "6.2.1: a part changes"


def variants(text: str) -> dict[str, Attributes]:
    """Return the attributes of each variant by its URI."""
    lines = text.splitlines()
    return {
        uri: attributes(line.partition(":")[2])
        for line, uri in pairwise(lines)
        if line.startswith("#EXT-X-STREAM-INF:")
    }


def multivariant(text: str) -> list[str]:
    """Return what a multivariant playlist breaks."""
    broken = list(text_rules(text))
    names = [line.partition(":")[0] for line in text.splitlines() if line.startswith("#EXT")]
    broken += [
        f"4.4.6: {name} does not belong into a multivariant playlist"
        for name in names
        if name not in BASIC | BOTH | VARIANTS
    ]
    found = variants(text)
    if not found or len(found) != names.count("#EXT-X-STREAM-INF"):
        broken.append("4.4.6.2: every EXT-X-STREAM-INF is followed by a URI of its own")
    for uri, said in found.items():
        if uri.startswith("#"):
            broken.append("4.4.6.2: EXT-X-STREAM-INF without a URI after it")
        if not whole(said.get("BANDWIDTH", "")):
            broken.append(f"4.4.6.2: {uri} has no BANDWIDTH")
        average = whole(said.get("AVERAGE-BANDWIDTH", "0")) or 0
        if average > (whole(said.get("BANDWIDTH", "")) or 0):
            broken.append(f"4.4.6.2: {uri} is on average above its peak")
        if not said.get("CODECS", "").startswith('"'):
            broken.append(f"4.4.6.2: {uri} should have CODECS")
    return broken


def bandwidth(said: int, segments: Sequence[tuple[int, float]]) -> list[str]:
    """Return what a variant's BANDWIDTH breaks, given its segments as (bytes, seconds).

    The peak is taken over every run of segments between half and one and a half times the target
    duration, which with ours are single segments. More than the peak is let pass (see
    ``package.playlist.multivariant``): less would stall a player.
    """
    peak = max((size * 8 / length for size, length in segments if length >= 1.0), default=0.0)
    return [] if said >= int(peak) else [f"4.4.6.2: BANDWIDTH {said} and the peak is {peak:.0f}"]


def together(texts: Sequence[str]) -> list[str]:
    """Return what the media playlists of one multivariant playlist break between them."""
    lists = [read(text) for text in texts]
    broken: list[str] = []
    for tag, what in (
        ("#EXT-X-TARGETDURATION", "target durations"),
        ("#EXT-X-PLAYLIST-TYPE", "types"),
        ("#EXT-X-SERVER-CONTROL", "server controls"),
    ):
        if len({found.tags.get(tag) for found in lists}) > 1:
            broken.append(f"6.2.4: {what} differ")
    dated = {any(s.date for s in found.segments) for found in lists if found.segments}
    if len(dated) > 1:
        broken.append("6.2.4: some lists are dated, some are not")
    places: dict[int, tuple[int, datetime | None]] = {}
    for found in lists:
        for s in found.segments:
            known = places.setdefault(s.sequence, (s.discontinuity, s.date))
            if known[0] != s.discontinuity and not found.skipped:
                broken.append(f"6.2.4: segment {s.sequence} has two discontinuity numbers")
            if known[1] and s.date and known[1] != s.date:
                broken.append(f"6.2.4: segment {s.sequence} has two dates")
    return broken
