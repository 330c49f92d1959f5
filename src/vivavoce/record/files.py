"""The few ways in which a recording touches the disk, and what to say when the disk refuses."""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Final

from vivavoce.errors import MachineError

Write = Callable[[int, bytes], int]
"""``os.write``: may write less than it was given."""

_FULL: Final = frozenset((errno.ENOSPC, errno.EDQUOT))


@contextmanager
def told() -> Iterator[None]:
    """Turn an ``OSError`` inside into a ``MachineError``: ``disk_full`` or ``disk_failed``."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise MachineError(
                "disk_full",
                "The disk with the recordings is full. The show goes on live; make room, and the"
                " recording goes on by itself.",
                status=507,
            ) from error
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        raise MachineError(
            "disk_failed",
            f"The recording cannot be written ({reason}). The show goes on live; see to the disk"
            " and the rights of the data folder.",
            status=500,
        ) from error


def append_whole(file: int, data: bytes, size: int, write: Write) -> None:
    """Append ``data`` to a file of ``size`` bytes: all of it, or ``OSError`` and nothing of it."""
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[write(file, bytes(rest)) :]
    except OSError:
        os.ftruncate(file, size)
        raise


def write_atomic(path: Path, data: bytes, *, durable: bool = False) -> None:
    """Replace ``path`` so that a reader sees the old or the new, never a half.

    ``durable`` waits until the disk has it, for what could not be made again.
    """
    if path.is_dir():
        set_aside(path, "damaged")
    draft = path.with_name(f".{path.name}.tmp")
    if draft.is_dir() and not draft.is_symlink():
        set_aside(draft, "damaged")
    draft.unlink(missing_ok=True)  # left by a crash, or a link to somewhere else
    try:
        with draft.open("xb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)  # on a full disk every byte counts
        raise


# A pipe would be waited for, a link would lead elsewhere.
_PLAIN: Final = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


def open_append(path: Path) -> int:
    """Open a file of our own to append to, made if need be; what is no plain file is set aside."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | _PLAIN
    if os.path.lexists(path) and not plain(path):
        set_aside(path, "damaged")
    return os.open(path, flags, 0o644)


def open_plain(path: Path) -> int:
    """Open a file of our own to write anywhere in, made if need be, as ``open_append``."""
    if os.path.lexists(path) and not plain(path):
        set_aside(path, "damaged")
    return os.open(path, os.O_WRONLY | os.O_CREAT | _PLAIN, 0o644)


def plain(path: Path) -> bool:
    """Say whether ``path`` is a file, and neither a link nor anything else."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def read_small(path: Path, most: int = 1 << 24) -> bytes:
    """Read a plain file of at most ``most`` bytes; raises ``OSError`` for anything else."""
    file = os.open(path, os.O_RDONLY | _PLAIN)
    with os.fdopen(file, "rb") as opened:
        about = os.fstat(file)
        if not stat.S_ISREG(about.st_mode) or about.st_size > most:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return opened.read()


def open_read(path: Path) -> BufferedReader:
    """Open a plain file to read piece by piece; raises ``OSError`` for anything else."""
    opened = os.fdopen(os.open(path, os.O_RDONLY | _PLAIN), "rb")
    if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
        opened.close()
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
    return opened


def set_aside(path: Path, why: str) -> Path:
    """Rename ``path`` to ``path.why`` (with a number if that is taken) and return the new path."""
    number = 1
    while os.path.lexists(
        aside := path.with_name(f"{path.name}.{why}{'' if number == 1 else number}")
    ):
        number += 1
    return path.rename(aside)


def make_folder(path: Path) -> None:
    """Make sure that ``path`` is a folder; a file in its place is set aside."""
    if not path.is_dir():
        if os.path.lexists(path):
            set_aside(path, "damaged")
        path.mkdir(parents=True)


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable."""
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
