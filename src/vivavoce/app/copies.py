"""Keeps a copy of what shows' files do not say: the database, beside it and in the bucket; and in
the bucket the podcasts' feeds and covers.
"""

import logging
from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread

from vivavoce.errors import MachineError
from vivavoce.launch import COPY, DATABASE
from vivavoce.record import podcasts
from vivavoce.record.bucket import Bucket
from vivavoce.record.mirror import Mark
from vivavoce.store.rescue import keep_copy

log = logging.getLogger(__name__)

_EVERY_S: Final = 300.0
_AGAIN_S: Final = 60.0


class Copies:
    """Copies the database and the podcasts of the data folder ``data`` when they changed."""

    def __init__(self, data: Path, bucket: Bucket | None) -> None:
        self._data = data
        self._podcasts: dict[str, Mark] = {}
        self._file, self._copy = data / DATABASE, data / COPY
        self._bucket = bucket
        self._copied: object = None
        self._sent: object = None
        self._well = True

    async def run(self) -> None:
        """Copy for ever."""
        while True:  # noqa: ASYNC110  it looks what changed, and waits for nothing
            await anyio.sleep(_EVERY_S if await self.once() else _AGAIN_S)

    async def once(self) -> bool:
        """Copy what is new; return whether all of it is copied."""
        try:
            mark = await anyio.to_thread.run_sync(_mark, self._file)
            if mark != self._copied:
                await anyio.to_thread.run_sync(keep_copy, self._file, self._copy)
                self._copied = mark
            if self._bucket is not None and self._sent != self._copied:
                await self._bucket.put(COPY, self._copy)
                self._sent = self._copied
            if self._bucket is not None:
                await self._send_podcasts(self._bucket)
        except (OSError, MachineError) as error:
            if self._well:
                code = error.code if isinstance(error, MachineError) else error.errno
                log.warning("the database or a podcast was not copied", extra={"code": code})
            self._well = False
        else:
            self._well = True
        return self._well

    async def _send_podcasts(self, bucket: Bucket) -> None:
        """Copy what is new, and delete what we have seen there: an empty disk empties no bucket."""
        there = await anyio.to_thread.run_sync(podcasts.found_in, self._data)
        for key, mark in there.items():
            if self._podcasts.get(key) != mark:
                await bucket.put(key, self._data / key)
                self._podcasts[key] = mark
        if not await anyio.Path(self._data, "live", "series").is_dir():
            return
        for key in self._podcasts.keys() - there.keys():
            await bucket.delete([key])
            del self._podcasts[key]


def _mark(file: Path) -> tuple[tuple[int, int], ...]:
    """Return what changes with the database: it and its journal."""
    found = []
    for path in (file, file.with_name(f"{file.name}-wal")):
        try:
            about = path.stat()
        except FileNotFoundError:
            continue
        found.append((about.st_size, about.st_mtime_ns))
    return tuple(found)
