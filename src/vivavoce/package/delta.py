"""Playlist delta updates (RFC 8216bis, 6.2.5.1): a list without what its reader has. Pure."""

from typing import Final

from vivavoce.package.playlist import END, FIXED, TARGET_S
from vivavoce.units import SAMPLE_RATE, SEGMENT_SAMPLES

SKIP_UNTIL_S: Final = 6 * TARGET_S
"""What CAN-SKIP-UNTIL promises: the least that it may be."""

VERSION: Final = 9
"""What EXT-X-SKIP needs (section 8)."""

# The newest segments that are not skipped: all that begin within the boundary, and the one on it.
_KEPT: Final = -(-SKIP_UNTIL_S * SAMPLE_RATE // SEGMENT_SAMPLES)

_LAST_OF_HEAD: Final = f"{FIXED[-1]}\n"


def skippable(text: str) -> str:
    """Return the playlist ``text`` with the offer of delta updates; one that has ended as it is.

    Only whoever answers ``_HLS_skip`` may make the offer, so it is not in the files themselves.
    """
    if text.endswith(f"{END}\n"):
        return text
    before, target, rest = text.partition("#EXT-X-TARGETDURATION:")
    line, _, after = rest.partition("\n")
    if "\n#EXT-X-SERVER-CONTROL:" in text:
        return text  # an edge before this one has offered it
    control = f"#EXT-X-SERVER-CONTROL:CAN-SKIP-UNTIL={SKIP_UNTIL_S:.1f}"
    return f"{before}{target}{line}\n{control}\n{after}"


def delta(text: str) -> str:
    """Return the delta update of ``text``, which has offered it; ``text`` where nothing is old.

    The last segments within the skip boundary stay, with their parts and whatever follows.
    """
    if text.endswith(f"{END}\n"):
        return text
    total = text.count("\n#EXTINF:")
    if total <= _KEPT:
        return text
    at = len(text)
    for _ in range(_KEPT + 1):
        at = text.rindex("\n#EXTINF:", 0, at)
    # Skipped is everything up to the address of that segment, two lines on.
    kept = text.index("\n", text.index("\n", at + 1) + 1) + 1
    start = text.index(_LAST_OF_HEAD) + len(_LAST_OF_HEAD)
    lines = text[:start].splitlines()
    lines[1] = f"#EXT-X-VERSION:{VERSION}"
    lines.append(f"#EXT-X-SKIP:SKIPPED-SEGMENTS={total - _KEPT}")
    return "\n".join(lines) + "\n" + text[kept:]
