"""What of a show's folders is to be copied to a bucket, in which order, and when. Pure.

The folder is the truth. A bucket that follows these rules never holds a playlist that names sound
which is not there, and is equal to the folder once the folder has been left alone for a while.
"""

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from posixpath import dirname, join, normpath
from typing import Final, NamedTuple

import msgspec

from vivavoce.errors import UNREADABLE
from vivavoce.record import layout

FOLDERS: Final = ("live", "record")
"""What is copied, by what it is called below the data folder; exports can be made again."""

BATCH: Final = 64
"""Files of one show in one round; the rest stays in the folder and is found by the next."""

DELETED: Final = 1_000
"""Files that are deleted in one round, of one show: as many as S3 takes in one request."""

# A file that grows or changes (a track, a waveform, a list) is copied again after a while that
# grows with it, so that none takes more than 64 KiB/s however long the show; left alone, at once.
_PAUSE_S: Final = 10.0
_RATE: Final = 65_536

_LIST: Final = ".m3u8"
_ENTRY: Final = re.compile(rb"^(?!#)[^\r\n]+", re.MULTILINE)


class Mark(NamedTuple):
    """By what a file is known to have changed."""

    size: int
    changed_ns: int
    """Its time of change, Unix nanoseconds; -1 if that is not known."""


class Held(NamedTuple):
    """What the bucket holds of a file."""

    mark: Mark
    at: float
    """When we put it there, monotonic seconds; minus infinity if somebody before us did."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One look at a show's folders. Keys are paths below the data folder, with slashes.

    Three hours have 11,250 segments, a new one each second: whatever is done at each look with all
    of them is done by sets, which is some hundred times quicker than one after the other.
    """

    files: Mapping[str, Mark]
    """All files but those of ``same``."""
    named: Set[str]
    """What the lists named before the files were looked at."""
    live: bool
    same: Set[str] = frozenset()
    """Segments that are there and that the bucket has: they never change."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done, in this order."""

    put: tuple[str, ...]
    drop: tuple[str, ...]
    """Only when all that is to be put was, and the bucket's lists are the folder's."""
    left: int
    """How many files that are due did not fit in; they are found again."""
    waiting: tuple[int, int]
    """Files and bytes that the bucket does not hold yet."""
    rest: tuple[int, int]
    """The same, once ``put`` is there."""
    missing: int
    """How many segments the lists name and the folder does not have: those are lost."""
    settled: bool
    """Whether the bucket is as the folder is."""


class Kept(msgspec.Struct, frozen=True):
    """What is noted of a show's copy, so that a restart need not copy all of it again."""

    bucket: str
    files: dict[str, tuple[int, int]]


def is_segment(key: str) -> bool:
    """Say whether a file never changes any more once a list names it."""
    return key.endswith(".m4s")


def is_list(key: str) -> bool:
    """Say whether a file names others."""
    return key.endswith(_LIST)


def is_gone(held: Iterable[str]) -> bool:
    """Say whether no more is held of a show than that it was deleted."""
    return all(key.endswith(f"/{layout.GONE}") for key in held)


def names_in(key: str, text: bytes) -> frozenset[str]:
    """Return the keys that the list ``key`` leads to."""
    if not is_list(key):
        return frozenset()
    place = dirname(key)
    found = (line.decode(errors="replace").strip() for line in _ENTRY.findall(text))
    # Three hours are 5,600 lines, read at each change: names with no folder, as all of ours, quick.
    return frozenset(
        normpath(join(place, name)) if "/" in name else f"{place}/{name}" for name in found if name
    )


def rank(key: str) -> int:
    """Return when a file comes: sound, what lies beside it, lists, the list of lists, the card."""
    name = key.rpartition("/")[2]
    if name in (layout.CARD, layout.GONE):
        return 4
    if is_list(key):
        return 3 if key.count("/") == 2 else 2  # live/SHOW/index.m3u8, live/SHOW/CODEC/…
    return 0 if key.endswith((".m4s", ".mp4")) else 1


def is_due(key: str, seen: Seen, held: Held | None, now: float, wall_ns: int) -> bool:
    """Say whether a file that differs from the bucket's is to be copied now."""
    if is_segment(key):
        return key in seen.named or not seen.live  # otherwise it is being written
    if held is None or held.mark.changed_ns < 0:
        return True
    mark = seen.files[key]
    still_ns = wall_ns - mark.changed_ns
    if not 0 <= still_ns < _PAUSE_S * 1e9:  # also after a clock that was put back
        return True
    return now - held.at >= _PAUSE_S + mark.size / _RATE


def differs(seen: Seen, held: Mapping[str, Held]) -> list[str]:
    """Return the files that the bucket does not hold as they are, in the order of copying."""
    keys = (key for key, mark in seen.files.items() if key not in held or held[key].mark != mark)
    return sorted(keys, key=lambda key: (rank(key), key))


def plan(seen: Seen, held: Mapping[str, Held], now: float, wall_ns: int) -> Plan:
    """Return what is to be done for one show now; ``now`` is monotonic."""
    changed = differs(seen, held)
    due = [key for key in changed if is_due(key, seen, held.get(key), now, wall_ns)]
    put = due[:BATCH]
    # A list of the bucket that is behind the folder's may still name what is to go.
    behind = any(is_list(key) for key in set(changed) - set(put)) or len(due) > BATCH
    extra = held.keys() - seen.files.keys() - seen.same
    gone = () if behind else sorted(extra, key=lambda k: (-rank(k), k))
    return Plan(
        put=tuple(put),
        drop=tuple(gone[:DELETED]),
        left=len(due) - len(put),
        waiting=waiting(changed, seen),
        rest=waiting(set(changed) - set(put), seen),
        missing=missing(seen),
        settled=not changed and not gone,
    )


def found(
    listing: Mapping[str, int], seen: Seen, kept: Mapping[str, tuple[int, int]]
) -> dict[str, Held]:
    """Return what the bucket holds, from its ``listing`` (sizes) and what was noted.

    A segment never changes once it was copied, so its size is enough. Of anything else a copy that
    was not noted is unknown, and made again.
    """
    held = {}
    for key, size in listing.items():
        mark = Mark(size, -1)
        if is_segment(key) and key in seen.files and seen.files[key].size == size:
            mark = seen.files[key]
        elif key in kept and kept[key][0] == size:
            mark = Mark(*kept[key])
        held[key] = Held(mark, float("-inf"))
    return held


def known(held: Mapping[str, Held]) -> set[str]:
    """Return the segments that are in the bucket as they are in the folder."""
    return {key for key, one in held.items() if one.mark.changed_ns >= 0 and is_segment(key)}


def note(bucket: str, held: Mapping[str, Held]) -> bytes:
    """Return what is to be noted of a show's copy."""
    files = {
        key: (held.mark.size, held.mark.changed_ns)
        for key, held in held.items()
        if not is_segment(key)
    }
    return msgspec.json.encode(Kept(bucket, files))


def noted(bucket: str, data: bytes) -> dict[str, tuple[int, int]]:
    """Return what was noted; nothing if it was of another bucket, or is damaged."""
    try:
        kept = msgspec.json.decode(data, type=Kept)
    except UNREADABLE:
        return {}
    return kept.files if kept.bucket == bucket else {}


def missing(seen: Seen) -> int:
    """Count what the lists name and the folder does not have: that is lost."""
    return sum(map(is_segment, seen.named - seen.files.keys() - seen.same))


def waiting(changed: Iterable[str], seen: Seen) -> tuple[int, int]:
    """Return how many files, of how many bytes, wait for the bucket and not for their own end."""
    keys = [k for k in changed if not is_segment(k) or k in seen.named or not seen.live]
    return len(keys), sum(seen.files[key].size for key in keys)
