"""Reading the files of shows in worker threads; equal wishes are read once.

The fan-out's loop never waits for a disk: it is told ``NotInMemory`` and asks again after ``load``.
"""

import errno
import logging
import os
import stat
from pathlib import Path
from typing import Final, Protocol

import anyio
from anyio import CapacityLimiter, to_thread

from vivavoce.clock import Clock
from vivavoce.deliver import stretch
from vivavoce.deliver.cache import FileCache
from vivavoce.deliver.cutting import Cutter, is_clip
from vivavoce.deliver.files import File
from vivavoce.deliver.http import Rest
from vivavoce.deliver.routes import LARGE
from vivavoce.deliver.totals import Totals
from vivavoce.deliver.upstream import Distant, Upstream
from vivavoce.errors import PeerError

_log = logging.getLogger(__name__)

# A link would lead out of the folder, a pipe would be waited for.
_FLAGS: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_THREADS: Final = 4
# Different files under way at once; beyond it a disk is drowning and more wishes would not help.
_READS_LIMIT: Final = 512
# Different clips that wait to be cut, one after the other: about a second, then others are refused.
_CUTS_LIMIT: Final = 32
# A playlist of a day is 1.5 MB. Nothing in a show's folder is larger than this.
_SIZE_LIMIT: Final = 8 * 1024 * 1024


class Keeper(Protocol):
    """Where files that were asked of elsewhere are kept."""

    def read(self, name: str) -> File | None:
        """Return a file that was kept. Blocking."""

    def put(self, name: str, body: bytes) -> None:
        """Keep a file; never waits."""


class Disk:
    """The folder of all shows, read-only, through a cache."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        totals: Totals,
        upstream: Upstream | None = None,
        kept: Keeper | None = None,
        *,
        cutter: Cutter,
    ) -> None:
        self._cutter = cutter
        self._upstream = upstream
        self._kept = kept
        self._folder = folder
        self._clock = clock
        self._totals = totals
        self._threads = CapacityLimiter(_THREADS)
        self._fetchers = CapacityLimiter(_THREADS)
        self._cutters = CapacityLimiter(1)
        self._reading: dict[str, anyio.Event] = {}
        self.cache = FileCache()

    async def load(self, name: str) -> None:
        """Read ``name`` into the cache; whoever wants the same meanwhile waits for this reading.

        Raises ``PeerError`` (503) when too many readings are under way.
        """
        under_way = self._reading.get(name)
        if under_way is not None:
            await under_way.wait()
            return
        full = is_clip(name) and sum(map(is_clip, self._reading)) >= _CUTS_LIMIT
        if full or len(self._reading) >= _READS_LIMIT:
            self._totals.files_refused += 1
            raise PeerError("busy", "This server is busy. Try again in a second.", status=503)
        done = self._reading[name] = anyio.Event()
        try:
            began = self._clock.now()
            limiter = self._cutters if is_clip(name) else self._threads
            file = await to_thread.run_sync(self._read, name, limiter=limiter)
            if file is None and self._upstream is not None and not is_clip(name):
                ask = self._upstream.find if _is_large(name) else self._upstream.read
                file = await to_thread.run_sync(ask, name, limiter=self._threads)
                self._pulled(name, file)
            self.cache.put(name, file, now=began)
            self._totals.files_read += 1
        finally:
            del self._reading[name]
            done.set()

    async def piece(self, piece: Rest) -> bytes | None:
        """Return what ``piece`` is; None if it is gone."""
        # Whoever fetches an episode through here does not keep others from a live show.
        limiter = self._fetchers if isinstance(piece, Distant) else self._threads
        try:
            return await to_thread.run_sync(piece.read, limiter=limiter)
        except OSError:
            return None

    def _read(self, name: str) -> File | None:
        if _is_large(name):
            return stretch.found(self._folder / name)
        if is_clip(name):
            return self._cutter.make(name, self._whole)
        file = read(self._folder / name)
        return self._kept.read(name) if file is None and self._kept else file

    def _whole(self, name: str) -> File | None:
        file = self._read(name)
        return self._upstream.read(name) if file is None and self._upstream else file

    def _pulled(self, name: str, file: File | None) -> None:
        if file is not None:
            self._totals.files_pulled += 1
            if self._kept is not None and file.rest is None:
                self._kept.put(name, file.body)


def _is_large(name: str) -> bool:
    return name.rpartition("/")[2] in LARGE


def read(path: Path) -> File | None:
    """Return a regular file with its tag; None for whatever cannot be served."""
    try:
        descriptor = os.open(path, _FLAGS)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return None
            body = file.read(_SIZE_LIMIT + 1)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as error:
        if error.errno == errno.ELOOP:  # a link
            return None
        _log.warning("a file of a show cannot be read", extra={"errno": error.errno})
        return None
    if len(body) > _SIZE_LIMIT:
        _log.warning("a file of a show is too large", extra={"bytes": len(body)})
        return None
    return File.of(body)
