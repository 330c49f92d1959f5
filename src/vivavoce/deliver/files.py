"""Answers from a whole file in memory: entity tags, conditional and range requests. Pure.

RFC 9110 sections 13 (conditional requests) and 14 (ranges).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from vivavoce.deliver.http import Fields, Response, Rest

CORS: Final = (("Access-Control-Allow-Origin", "*"),)
_READABLE: Final = ("Access-Control-Expose-Headers", "Content-Length, Content-Range, Date, ETag")

# A year, as RFC 9111 section 5.3 once bounded it: what has its number or its hash in its name
# never changes.
IMMUTABLE: Final = ("Cache-Control", "public, max-age=31536000, immutable")
# Stored by nobody without asking again; with the entity tag that costs a 304.
NO_CACHE: Final = ("Cache-Control", "no-cache")
# A type is what we say it is, and nothing that a browser guesses (WHATWG Fetch).
NOSNIFF: Final = ("X-Content-Type-Options", "nosniff")
NO_STORE: Final = ("Cache-Control", "no-store")

CONDITIONS: Final = frozenset(("if-none-match", "range", "if-range"))
"""Fields of a request that make a difference to the answer."""

_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class File:
    """A whole file, and the strong entity tag made of its content: the same on every edge."""

    body: bytes
    etag: str
    rest: Rest | None = None
    """The whole of a file that is too large for memory; ``body`` is empty then."""

    @classmethod
    def of(cls, body: bytes) -> "File":
        """Return ``body`` with its tag."""
        return cls(body, f'"{blake2b(body, digest_size=12).hexdigest()}"')


def answer(
    file: File,
    content_type: str,
    cache: tuple[str, str],
    headers: Mapping[str, str],
    *,
    ranges: bool = False,
    cors: bool = True,
) -> Response:
    """Answer a GET or HEAD for ``file``: 200, 206, 304 or 416.

    ``cors`` lets pages of other places read it, as their players must.
    """
    fields: Fields = (
        ("Content-Type", content_type),
        NOSNIFF,
        cache,
        ("ETag", file.etag),
    )
    if cors:
        fields += (*CORS, _READABLE)
    if _matches(headers.get("if-none-match"), file.etag):
        return Response(304, fields[1:])
    if not ranges:
        return Response(200, fields, file.body, file.rest)
    fields += (("Accept-Ranges", "bytes"),)
    wanted = headers.get("range")
    # RFC 9110 section 13.1.5: a range of another version than the one we have is not a range.
    if wanted is None or headers.get("if-range", file.etag) != file.etag:
        return Response(200, fields, file.body, file.rest)
    return _part(file, wanted, fields)


def _part(file: File, wanted: str, fields: Fields) -> Response:
    size = len(file.body) if file.rest is None else len(file.rest)
    found = _RANGE.fullmatch(wanted.replace(" ", ""))
    if found is None or found[0] == "bytes=-":
        # Several ranges at once, other units, nonsense: RFC 9110 section 14.2 lets a server ignore
        # them, and so nobody can make one small request cost many answers.
        return Response(200, fields, file.body, file.rest)
    if found[1]:
        first, last = int(found[1]), min(int(found[2] or size), size - 1)
        if found[2] and int(found[2]) < first:
            return Response(200, fields, file.body, file.rest)
    else:  # the last so many bytes
        first, last = max(0, size - int(found[2])), size - 1
    if first >= size or last < first:
        return Response(416, (*fields[1:], ("Content-Range", f"bytes */{size}")))
    span = ("Content-Range", f"bytes {first}-{last}/{size}")
    fields = (*fields, span)
    if file.rest is not None:
        return Response(206, fields, rest=file.rest.part(first, last + 1))
    return Response(206, fields, memoryview(file.body)[first : last + 1])


def _matches(condition: str | None, etag: str) -> bool:
    """RFC 9110 section 13.1.2; the comparison is the weak one."""
    if condition is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in condition.split(",")]
    return "*" in tags or etag in tags
