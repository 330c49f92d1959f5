"""What a player asks of a playlist in its address (RFC 8216bis, 6.2.5). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from vivavoce.errors import PeerError

SKIPS: Final = frozenset(("YES", "v2"))
"""Values of ``_HLS_skip``. There are no date ranges here, so both mean the same."""


@dataclass(frozen=True, slots=True)
class Directives:
    """What is asked for; unknown directives are nobody's business."""

    sequence: int | None = None
    """``_HLS_msn``: answer once this segment is listed."""
    part: int | None = None
    """``_HLS_part``: answer once this part of it is."""
    skip: bool = False
    """``_HLS_skip``: a delta update will do."""


_NONE: Final = Directives()
_NAMES: Final = frozenset(("_HLS_msn", "_HLS_part", "_HLS_skip"))
_UPPER: Final = frozenset(name.upper() for name in _NAMES)


def read_directives(query: Mapping[str, str]) -> Directives:
    """Return the directives of an address; ``PeerError`` 400 for those that cannot be."""
    if not query:
        return _NONE
    for name in query:
        if name not in _NAMES and name.upper() in _UPPER:  # see ``http``: one thing to all
            raise PeerError("bad_directive", "A directive of the playlist is misspelled.")
    sequence, part = _number(query.get("_HLS_msn")), _number(query.get("_HLS_part"))
    if part is not None and sequence is None:  # RFC 8216bis, 6.2.5.2
        raise PeerError("bad_directive", "_HLS_part needs _HLS_msn.")
    return Directives(sequence, part, query.get("_HLS_skip") in SKIPS)


@lru_cache(maxsize=64)  # a crowd asks for the same part
def _number(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise PeerError("bad_directive", "A directive of the playlist is no number.")
    return int(text)
