"""Titles and names as parts of files: of file names, of XML, of lines. Pure.

What people typed never is a path. What is left here of a title is letters, digits and single
hyphens, short enough for every file system, and no name that Windows keeps for itself.
"""

import re
import unicodedata
from typing import Final

_LONGEST: Final = 60
# Names of devices on Windows, with any ending.
_DEVICES: Final = re.compile(r"con|prn|aux|nul|com\d|lpt\d", re.IGNORECASE)
# XML 1.0, section 2.2: the characters that a document may hold at all.
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def file_stem(text: str, fallback: str) -> str:
    """Return ``text`` as a file name without ending; ``fallback`` if nothing is left of it."""
    flat = unicodedata.normalize("NFC", text)
    kept = "".join(c if unicodedata.category(c)[0] in "LN" else "-" for c in flat)
    stem = re.sub("-+", "-", kept).strip("-")[:_LONGEST].strip("-")
    while len(stem.encode()) > 2 * _LONGEST:  # names are bounded in bytes
        stem = stem[:-1].strip("-")
    if not stem or _DEVICES.fullmatch(stem):
        return fallback
    return stem


def unique_stems(texts: list[str], fallback: str) -> list[str]:
    """Return a file stem for each of ``texts``, all different where case does not count."""
    taken: set[str] = set()
    stems = []
    for text in texts:
        first = stem = file_stem(text, fallback)
        number = 1
        while stem.casefold() in taken:
            number += 1
            stem = f"{first}-{number}"
        taken.add(stem.casefold())
        stems.append(stem)
    return stems


def one_line(text: str) -> str:
    """Return ``text`` without control characters and line breaks, for a field of a text file."""
    flat = "".join(" " if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} else c for c in text)
    return " ".join(flat.split())


def xml_text(text: str) -> str:
    """Return ``text`` without what XML 1.0 cannot hold."""
    return _NOT_XML.sub("", text)
