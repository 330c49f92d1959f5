"""What of podcasts is kept in a bucket beside the shows: feeds, and covers that were sent.

A feed holds the number by which apps know it, and a sent cover is nowhere else; drawn covers are
drawn again. Blocking.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from vivavoce.card import SHOW_ID
from vivavoce.record.folders import mark_of
from vivavoce.record.mirror import Mark

_SERIES: Final = rf"(?:all|{SHOW_ID.pattern})"  # series have numbers as shows have
_KEY: Final = re.compile(rf"live/(?:feed\.xml|series/{_SERIES}\.(?:xml|[0-9a-f]{{8}}\.jpg))")
# A feed of 300 episodes is 1 MB; a cover that was fitted, 3 MB at most.
_LARGEST: Final = 32 << 20


def found_in(data: Path) -> dict[str, Mark]:
    """Return the files below the data folder, by key."""
    live = data / "live"
    found: dict[str, Mark] = {}
    for path in (live / "feed.xml", *(live / "series").glob("*")):
        key = path.relative_to(data).as_posix()
        if _KEY.fullmatch(key) and path.is_file() and not path.is_symlink():
            found[key] = mark_of(path)
    return found


def wanted(sizes: Mapping[str, int], data: Path) -> list[str]:
    """Return which of a bucket's objects are such files and are not in the folder."""
    named = [key for key, size in sizes.items() if _KEY.fullmatch(key) and size <= _LARGEST]
    return sorted(key for key in named if not (data / key).exists())
