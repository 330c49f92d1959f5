"""What a role is told at its start: one JSON line on standard input. Pure.

Standard input also is the lifeline: it closes when the supervisor is gone, however it went, and a
role that reads its end stops in good order. On standard output a role says one line: ``READY``, or
why it cannot start.
"""

from pathlib import Path
from typing import Final

import msgspec

from vivavoce.config import Settings
from vivavoce.errors import Problem

READY: Final = b"ready\n"
_FAILED: Final = b"failed "

# Enough for any sentence of ours, and less than a pipe takes in one piece (PIPE_BUF).
_LONGEST: Final = 400

PAGES: Final = Path(__file__).parent / "pages"
"""The built pages of this installation."""

# Inside the data folder.
DATABASE: Final = "vivavoce.db"
COPY: Final = "database/vivavoce.db"
"""The database as it was some minutes ago, below the data folder and in the bucket."""
LIVE: Final = "live"
RECORD: Final = "record"
KEPT: Final = "kept"
"""Sound that an edge on another machine has had; may be deleted at any time."""


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """The start of one role. The secrets here are digests, but for the edge's own token."""

    role: str
    """``studio`` or ``edge``."""
    name: str
    """What it is called in logs: ``studio``, ``edge-1``."""
    settings: Settings
    sockets: tuple[int, ...]
    """Inherited descriptors of listening sockets."""
    public_url: str
    studio_url: str
    pages: str
    """The folder of the built pages."""
    log_file: str | None = None
    owner_key: bytes = b""
    """For the studio: digest of this start's one-time key."""
    command_line: bytes = b""
    """For the studio: digest of the command line's token."""
    edge_token: str = ""
    feed_url: str | None = None
    """For an edge: where the studio's feed is, as seen from this machine."""
    pulls: bool = False
    """For an edge: whether it is on another machine than the files of its shows."""


def encode(launch: Launch) -> bytes:
    """Return the line."""
    return msgspec.json.encode(launch) + b"\n"


def decode(line: bytes) -> Launch:
    """Return what the line says; ``msgspec.DecodeError`` if it is none."""
    return msgspec.json.decode(line, type=Launch)


def failed(error: BaseException) -> bytes:
    """Return what a role says that cannot start because of ``error``."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    words = error.message if isinstance(error, Problem) else f"{type(error).__name__}: {error}"
    return _FAILED + " ".join(words.split())[:_LONGEST].encode(errors="replace") + b"\n"


def reason(line: bytes) -> str | None:
    """Return why a role cannot start; ``None`` if ``line`` does not say it."""
    if not line.startswith(_FAILED):
        return None
    return line.removeprefix(_FAILED).decode(errors="replace").strip()
