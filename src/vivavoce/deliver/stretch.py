"""A stretch of a file that is too large for memory: an episode, read piece by piece."""

import os
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Self

from vivavoce.deliver.files import File


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Bytes ``start`` to ``stop`` of a large file, wherever it lies."""

    start: int
    stop: int

    def __len__(self) -> int:
        """Return how many bytes."""
        return self.stop - self.start

    def part(self, start: int, stop: int) -> Self:
        """Return a stretch of the stretch."""
        begin, end = (min(self.stop, self.start + at) for at in (start, stop))
        return replace(self, start=begin, stop=max(begin, end))


@dataclass(frozen=True, slots=True)
class Stretch(Bounds):
    """Bytes of a file, as long as it is the one that was found."""

    path: Path
    mark: tuple[int, int, int]
    """Which file it is, its size, and when it was written."""

    def read(self) -> bytes:
        """Return the bytes; ``OSError`` if they are no longer there. Blocking."""
        descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            data = os.pread(descriptor, len(self), self.start)
            if _mark(os.fstat(descriptor)) != self.mark or len(data) != len(self):
                raise OSError("another file lies there now")
            return data
        finally:
            os.close(descriptor)


def found(path: Path) -> File | None:
    """Return a large file by what the folder says of it; None if it is not there. Blocking."""
    try:
        status = path.lstat()
    except OSError:
        return None
    if not path.is_file() or path.is_symlink():
        return None
    mark = _mark(status)
    etag = blake2b(repr(mark).encode(), digest_size=12).hexdigest()
    return File(b"", f'"{etag}"', Stretch(path, mark, start=0, stop=status.st_size))


def _mark(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_ino, status.st_size, status.st_mtime_ns
