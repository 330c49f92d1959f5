"""Other forms of a file (packed, a delta of it), made once for all who ask. Pure."""

import gzip
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from vivavoce.deliver.files import File

# The list of a day in its three forms is 4 MB; a quiet edge needs a few kilobytes of this.
BYTES_LIMIT: Final = 16 * 1024 * 1024

# Below this a packed body and its heads are no smaller on the wire.
_PACKED_FROM: Final = 400

# zlib's own compromise. A list of three hours takes 2 ms, once per version.
_LEVEL: Final = 6


class Renderings:
    """Files made from files, by the source's entity tag; the least recently used make room."""

    def __init__(self, limit: int = BYTES_LIMIT) -> None:
        self._limit = limit
        self._made: OrderedDict[tuple[str, str], File] = OrderedDict()
        self.held = 0
        """Bytes held."""
        self.renders = 0
        """How many were made."""

    def get(self, source: File, form: str, make: Callable[[bytes], bytes]) -> File:
        """Return what ``make`` gives for ``source``; ``form`` names ``make``."""
        key = (source.etag, form)
        made = self._made.get(key)
        if made is not None:
            self._made.move_to_end(key)
            return made
        self.renders += 1
        body = make(source.body)
        made = self._made[key] = source if body == source.body else File.of(body)
        self.held += len(made.body)
        while self.held > self._limit and len(self._made) > 1:
            _, gone = self._made.popitem(last=False)
            self.held -= len(gone.body)
        return made

    def packed(self, source: File, headers: Mapping[str, str]) -> tuple[File, bool]:
        """Return ``source``, packed if the peer takes that and it pays, and whether it is."""
        if len(source.body) < _PACKED_FROM or not takes_gzip(headers):
            return source, False
        return self.get(source, "gzip", _pack), True


def takes_gzip(headers: Mapping[str, str]) -> bool:
    """Return whether a peer takes gzip (RFC 9110, 12.5.3); a weight of 0 is a refusal."""
    codings = headers.get("accept-encoding")
    return codings is not None and _names_gzip(codings)


@lru_cache(maxsize=64)  # browsers have few ways to say it
def _names_gzip(codings: str) -> bool:
    for coding in codings.lower().split(","):
        name, _, weight = coding.partition(";")
        if name.strip() == "gzip":
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def _pack(body: bytes) -> bytes:
    # mtime 0: equal content gives equal bytes, and so the same entity tag on every edge.
    return gzip.compress(body, _LEVEL, mtime=0)
