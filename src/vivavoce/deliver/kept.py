"""What an edge on another machine keeps of the sound: segments and heads, which never change.

A disk that is nearly full lets the oldest show go, and then keeps no more: whatever is not kept is
in memory or where the feed comes from.
"""

import logging
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Final, NoReturn, Protocol

import anyio
from anyio import CapacityLimiter, to_thread

from vivavoce.deliver.disk import read
from vivavoce.deliver.files import File
from vivavoce.deliver.totals import Totals

_log = logging.getLogger(__name__)

# Five hours of a show in both codecs; the rest of the disk may be others'.
LEAST_FREE: Final = 256 * 1024 * 1024

# Two codecs of ten shows for twenty seconds; beyond it the newest is not kept.
QUEUE: Final = 256


class Space(Protocol):
    """The part of ``os.statvfs_result`` that is looked at."""

    @property
    def f_bavail(self) -> int:
        """Blocks free for us."""

    @property
    def f_frsize(self) -> int:
        """Bytes of a block."""


class Kept:
    """A folder of shows like the studio's, with sound alone in it, and one way into it."""

    def __init__(
        self, folder: Path, totals: Totals, statvfs: Callable[[Path], Space] = os.statvfs
    ) -> None:
        self._folder = folder
        self._totals = totals
        self._statvfs = statvfs
        self._queue: deque[Callable[[], bool | None]] = deque()
        self._thread = CapacityLimiter(1)
        self._changed = anyio.Event()

    @property
    def waiting(self) -> int:
        """What was asked for and is not done yet."""
        return len(self._queue)

    def read(self, name: str) -> File | None:
        """Return a file that was kept; None if it was not. Blocking."""
        return read(self._folder / name) if _lasting(name) else None

    def put(self, name: str, body: bytes) -> None:
        """Keep a file soon; never waits. What may still change is not kept."""
        if _lasting(name):
            self._later(partial(self._write, name, body))

    def forget(self, show: str) -> None:
        """Let go of a show soon."""
        self._later(partial(self._remove, show))

    def forget_all_but(self, shows: Iterable[str]) -> None:
        """Let go, soon, of the shows that are no more."""
        self._later(partial(self._remove_all_but, frozenset(shows)))

    async def run(self) -> NoReturn:
        """Do what was asked for, one after the other, for ever."""
        while True:
            while not self._queue:
                self._changed = anyio.Event()
                await self._changed.wait()
            done = await to_thread.run_sync(self._queue[0], limiter=self._thread)
            self._queue.popleft()
            self._totals.files_kept += done is True
            self._totals.files_unkept += done is False

    def _later(self, work: Callable[[], bool | None]) -> None:
        if len(self._queue) >= QUEUE:
            self._totals.files_unkept += 1
            return
        self._queue.append(work)
        self._changed.set()

    def _write(self, name: str, body: bytes) -> bool | None:
        path = self._folder / name
        draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            if path.exists():
                return None
            path.parent.mkdir(parents=True, exist_ok=True)
            if not self._room(name.partition("/")[0]):
                return False
            draft.write_bytes(body)
            draft.replace(path)
        except OSError as error:
            _log.warning("sound cannot be kept", extra={"errno": error.errno})
            return False
        return True

    def _remove(self, show: str) -> None:
        shutil.rmtree(self._folder / show, ignore_errors=True)

    def _remove_all_but(self, shows: frozenset[str]) -> None:
        for show in self._shows() - shows:
            self._remove(show)

    def _shows(self) -> set[str]:
        return {path.name for path in self._folder.glob("*") if path.is_dir()}

    def _room(self, needed_by: str) -> bool:
        while self._free() < LEAST_FREE:
            others = self._shows() - {needed_by}
            if not others:
                return False
            self._remove(min(others, key=lambda show: (self._folder / show).stat().st_mtime))
        return True

    def _free(self) -> int:
        space = self._statvfs(self._folder)
        return space.f_bavail * space.f_frsize


def _lasting(name: str) -> bool:
    return name.endswith((".m4s", "/init.mp4"))
