"""The first bytes of a database file (https://sqlite.org/fileformat2.html, 1.3). Pure.

A flipped bit can make them ask for a format that there is none of. SQLite calls it "unsupported",
as if a later SQLite had made it, or, of the version for writing, takes every write for forbidden.
But whoever writes a file says there which SQLite it is, and no SQLite makes what it does not know:
so who wrote it last tells a later format from damage.
"""

from enum import Enum
from typing import Final

LENGTH: Final = 100

_MAGIC: Final = b"SQLite format 3\0"

_WRITE_VERSION: Final = 18
_READ_VERSION: Final = 19
_SCHEMA_FORMAT: Final = 47  # the low byte of four: SQLite looks at no other
_WRITTEN_BY: Final = slice(96, 100)

_LATEST: Final = {_WRITE_VERSION: 2, _READ_VERSION: 2, _SCHEMA_FORMAT: 4}


class Formats(Enum):
    """What the formats that a file names are to a SQLite."""

    KNOWN = "known"
    NEWER = "newer"
    """Of a later SQLite."""
    NONE = "none"
    """Of none: damage."""


def formats(header: bytes | bytearray, sqlite: tuple[int, int, int]) -> Formats:
    """Judge the ``header`` of a file for this version of SQLite; what is none is not judged."""
    if len(header) < LENGTH or not header.startswith(_MAGIC):
        return Formats.KNOWN
    if all(header[at] <= latest for at, latest in _LATEST.items()):
        return Formats.KNOWN
    major, minor, patch = sqlite
    ours = major * 1_000_000 + minor * 1_000 + patch
    written_by = int.from_bytes(header[_WRITTEN_BY], "big")
    return Formats.NEWER if written_by > ours else Formats.NONE
