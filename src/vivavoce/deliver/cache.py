"""Files of shows in memory: least recently used out, bounded in bytes. Pure.

``None`` stands for a file that is not there; that, too, is remembered, for a moment, so that a
crowd asking for what does not exist costs the disk one look.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from vivavoce.deliver.files import File

# 64 MiB hold two hours of a show's segments in both codecs.
BYTES_LIMIT: Final = 64 * 1024 * 1024
# What an entry costs beyond its body: key, tag and objects.
_OVERHEAD: Final = 512

_LIST: Final = ".m3u8"
# No reading takes longer than this.
_READING_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class _Entry:
    file: File | None
    read_at: float

    @property
    def cost(self) -> int:
        return _OVERHEAD + (len(self.file.body) if self.file is not None else 0)


class NotInMemory(Exception):  # noqa: N818  a wish, not an error: load it and ask again
    """The file ``name`` must be read first."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class FileCache:
    """Files by name, as they were when last read."""

    def __init__(self, limit: int = BYTES_LIMIT) -> None:
        self._limit = limit
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._changed_at: dict[str, float] = {}
        self.held = 0
        """Bytes held, with what the entries themselves cost."""

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, name: str, *, since: float) -> tuple[File | None] | None:
        """Return ``(file,)`` as read at ``since`` or later, or None if it must be read.

        ``(None,)`` says that it was not there.
        """
        entry = self._entries.get(name)
        if entry is None or entry.read_at < since:
            return None
        self._entries.move_to_end(name)
        return (entry.file,)

    def file(self, name: str, *, since: float) -> File | None:
        """Return the file ``name`` as read at ``since`` or later, or None if it was not there.

        Raises ``NotInMemory`` if that is not known. ``name`` is relative, made of parsed values.
        """
        found = self.get(name, since=since)
        if found is None:
            raise NotInMemory(name)
        return found[0]

    def put(self, name: str, file: File | None, *, now: float) -> None:
        """Remember a file as read at ``now``; the least recently used make room.

        A list whose reading began before ``lists_changed`` is not remembered.
        """
        self.drop(name)
        if name.endswith(_LIST) and now < self._changed_at.get(name.partition("/")[0], now):
            return
        entry = _Entry(file, now)
        self._entries[name] = entry
        self.held += entry.cost
        while self.held > self._limit and len(self._entries) > 1:
            self.drop(next(iter(self._entries)))

    def drop(self, name: str) -> None:
        """Forget one file; fine if it is not held."""
        entry = self._entries.pop(name, None)
        if entry is not None:
            self.held -= entry.cost

    def lists_changed(self, show: str, *, now: float) -> None:
        """Forget the lists of a show, also those that are being read: they are others by now."""
        for name in [name for name in self._entries if name.startswith(f"{show}/")]:
            if name.endswith(_LIST):
                self.drop(name)
        self._changed_at = {
            other: at for other, at in self._changed_at.items() if now - at < _READING_S
        }
        self._changed_at[show] = now

    def drop_show(self, show: str) -> None:
        """Forget all files of a show."""
        for name in [name for name in self._entries if name.startswith(f"{show}/")]:
            self.drop(name)
