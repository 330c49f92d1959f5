"""The data folder: writable, with room, used by one server at a time; and the files of a start."""

import fcntl
import os
import secrets
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Final, Protocol

import msgspec

from vivavoce.errors import UNREADABLE, MachineError
from vivavoce.record import files

# An hour of a show in both codecs is some 45 MB; below this a show is likely to hit the end.
LEAST_FREE: Final = 64 * 1024 * 1024

SERVER_FILE: Final = "server.json"


class Space(Protocol):
    """The part of ``os.statvfs_result`` that is looked at."""

    @property
    def f_bavail(self) -> int:
        """Blocks free for us."""

    @property
    def f_frsize(self) -> int:
        """Bytes of a block."""


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """What ``server.json`` says of the running server; ``token`` is the command line's."""

    studio_url: str
    """Where this machine reaches the studio port."""
    pid: int
    token: str
    udp_port: int = 0
    """Where sound comes in, on each of ``hosts``."""
    hosts: tuple[str, ...] = ()


def check(folder: Path, *, statvfs: Callable[[Path], Space] = os.statvfs) -> None:
    """Make ``folder`` if need be; raise ``MachineError`` if it cannot be written or is full."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        space = statvfs(folder)
    except OSError as error:
        raise MachineError(
            "data_not_writable",
            f"The data folder {folder} cannot be written ({error.strerror}): mend its rights, or "
            "choose another with --data.",
        ) from None
    free = space.f_bavail * space.f_frsize
    if free < LEAST_FREE:
        raise MachineError(
            "disk_full",
            f"Only {free // 1024**2} MiB are free for the data folder {folder}, and 64 are needed: "
            "make room, or choose another with --data.",
        )


def try_lock(folder: Path) -> IO[bytes] | None:
    """Take the folder's lock; ``None`` while another server has it.

    The lock lasts until every process that inherited the file has ended, so the roles of a
    supervisor that was killed still hold it until they have stopped writing.
    """
    file = (folder / "server.lock").open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def edge_token(folder: Path) -> str:
    """Return the token that edges show to the feed; made at the first start, kept afterwards."""
    file = folder / "edge.token"
    with suppress(OSError, ValueError):  # none yet, or what is no token
        token = files.read_small(file).decode("ascii").strip()
        if token.isprintable() and token:
            return token
    token = secrets.token_urlsafe(32)
    write_private(file, token.encode() + b"\n")
    return token


def write_private(file: Path, body: bytes) -> None:
    """Write ``file`` in one step, readable by this user alone."""
    draft = file.with_name(file.name + ".new")
    for path in (file, draft):
        if path.is_dir() and not path.is_symlink():
            files.set_aside(path, "damaged")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as stream:  # noqa: PTH123  a descriptor has no path
        stream.write(body)
    draft.replace(file)


def write_running(folder: Path, running: Running) -> None:
    """Say in ``server.json`` where this server is."""
    write_private(folder / SERVER_FILE, msgspec.json.encode(running))


def forget_running(folder: Path, pid: int) -> None:
    """Take ``server.json`` away if it is of process ``pid``."""
    with suppress(MachineError):
        if read_running(folder).pid == pid:
            (folder / SERVER_FILE).unlink(missing_ok=True)


def is_running(folder: Path) -> bool:
    """Return whether the process that ``server.json`` names is there."""
    try:
        os.kill(read_running(folder).pid, 0)
    except PermissionError:
        return True  # there, and another user's
    except (MachineError, OSError):
        return False
    return True


def read_running(folder: Path) -> Running:
    """Return where the server of ``folder`` is.

    Raises ``MachineError`` (``server_not_running``, ``server_file_unreadable``).
    """
    try:
        return msgspec.json.decode(files.read_small(folder / SERVER_FILE), type=Running)
    except FileNotFoundError:
        raise MachineError(
            "server_not_running",
            f"No server is running with the data folder {folder}: start it with vivavoce serve, or "
            "name its folder with --data.",
        ) from None
    except (OSError, *UNREADABLE):
        raise MachineError(
            "server_file_unreadable",
            f"{folder / SERVER_FILE} cannot be read: run this as the user who runs the server.",
        ) from None
