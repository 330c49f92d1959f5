"""Covers of series: those that were sent, and drawn ones. Files in ``DATA/live/series``.

A sent one has a name of its own (``SERIES.HASH.jpg``), as Apple wants of one that changes: what
knows the old one by its address asks for the new one.
"""

import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread

from vivavoce.errors import UNREADABLE, UsageError
from vivavoce.export import cover, orders
from vivavoce.export.facts import read_small
from vivavoce.record.files import write_atomic
from vivavoce.store.series_rows import SeriesRow

Fit = Callable[[bytes], Awaitable[bytes]]
"""Makes a cover of what was sent; raises ``UsageError``."""

_COMMAND: Final = (sys.executable, "-m", "vivavoce", "role", "picture")
_FIT_S: Final = 60.0


async def fit(picture: bytes) -> bytes:
    """Let a process of its own make a cover of a picture."""
    said = None
    # As a file: one that dies of what it has read so far breaks no pipe.
    with tempfile.TemporaryFile() as sent, anyio.move_on_after(_FIT_S):
        await anyio.to_thread.run_sync(sent.write, picture)
        sent.seek(0)
        done = await anyio.run_process(_COMMAND, stdin=sent, check=False, stderr=subprocess.DEVNULL)
        if done.returncode == 0 and done.stdout:
            return done.stdout
        if done.returncode == orders.REFUSED:
            said = _said(done.stdout)
    if said is None:
        # Killed by a bound on its memory or time, or by the picture.
        raise UsageError("picture_unreadable", "That picture cannot be read. Send another one.")
    raise UsageError(said.code, said.message, status=413 if said.code in _TOO_MUCH else 400)


_TOO_MUCH: Final = frozenset({"picture_too_large", "picture_size"})


def _said(line: bytes) -> orders.Failed | None:
    try:
        found = orders.said(line)
    except UNREADABLE:
        return None
    return found if isinstance(found, orders.Failed) else None


class Covers:
    """The pictures of series in the folder ``live`` of all shows. Blocking."""

    def __init__(self, live: Path) -> None:
        self._folder = live / "series"

    def sent(self, row: SeriesRow) -> Path | None:
        """Return the cover that was sent, if there is one."""
        path = self._folder / row.image if row.image else None
        return path if path is not None and path.is_file() else None

    def shown(self, row: SeriesRow) -> Path:
        """Return where the cover is that listeners see."""
        return self.sent(row) or self._folder / f"{row.series}.png"

    def put(self, series: str, jpeg: bytes) -> str:
        """Keep a cover; return its name."""
        name = f"{series}.{sha256(jpeg).hexdigest()[:8]}.jpg"
        self._write(name, jpeg)
        return name

    def tidy(self, row: SeriesRow) -> None:
        """Delete covers that were sent before."""
        for path in self._folder.glob(f"{row.series}.*.jpg"):
            if path.name != row.image:
                path.unlink(missing_ok=True)

    def draw(self, row: SeriesRow) -> None:
        """Draw a cover, unless one was sent or the one that is there is of this title."""
        mark = f".{row.series}.title"
        title = f"{row.title}\n{row.author}".encode()
        if not self.sent(row) and read_small(self._folder / mark) != title:
            self._write(f"{row.series}.png", cover.drawn(row.title, row.author))
            self._write(mark, title)

    def forget(self, series: str) -> None:
        """Delete all covers of a series that is no more."""
        for path in (*self._folder.glob(f"{series}.*.jpg"), *self._drawn(series)):
            path.unlink(missing_ok=True)

    def _drawn(self, series: str) -> tuple[Path, Path]:
        return self._folder / f"{series}.png", self._folder / f".{series}.title"

    def _write(self, name: str, body: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        write_atomic(self._folder / name, body)
