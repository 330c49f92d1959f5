"""One look at a show's folders for its copy in a bucket. Blocking."""

import os
import re
import stat
from collections.abc import Iterator, Set
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from vivavoce.card import SHOW_ID, State
from vivavoce.errors import UNREADABLE
from vivavoce.record import files, layout, mirror
from vivavoce.record.mirror import Mark, Seen

_DEPTH: Final = 4  # live/SHOW/CODEC/FILE

# Names that mean the same file everywhere, as all of ours; drafts and strays are left alone.
SENDABLE: Final = re.compile(r"[\w][\w. ()+=,@-]*", re.ASCII)
"""What the files are called that are copied."""


class _Card(msgspec.Struct):
    state: State
    recorded: bool = True


class _List(NamedTuple):
    mark: Mark
    text: bytes
    names: set[str]


class Folders:
    """The shows below a data folder; lists that did not change are not read again."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._names: dict[str, _List] = {}

    def shows(self) -> list[str]:
        """Return every show that there is, or was."""
        try:
            found = [path.name for path in (self._data / "live").iterdir()]
        except OSError:
            return []
        return sorted(name for name in found if SHOW_ID.fullmatch(name))

    def signature(self, show: str) -> tuple[tuple[str, int], ...]:
        """Return what changes whenever a file of the show is made, replaced, renamed or deleted."""
        return tuple(
            (folder, _changed_ns(self._data / folder))
            for top in mirror.FOLDERS
            for folder in self._folders(f"{top}/{show}")
        )

    def look(self, show: str, known: Set[str]) -> Seen | None:
        """Return what is there; None where nothing says whether it may be copied.

        Segments that are ``known`` to be in the bucket do not change, and are not asked for their
        marks again. A folder with neither card nor ``gone.json`` may be one whose disk is missing:
        then nothing is copied, and above all nothing deleted.
        """
        folder = f"live/{show}"
        card = self._card(folder)
        gone = files.plain(self._data / folder / layout.GONE)
        if card is None and not gone:
            return None
        live = card is not None and card.state is State.LIVE
        marks: dict[str, Mark] = {}
        same: set[str] = set()
        if card is not None and not card.recorded:  # only its card is ever kept
            self._mark(folder, frozenset(), marks, same)
            key = f"{folder}/{layout.CARD}"
            return Seen({k: m for k, m in marks.items() if k == key}, frozenset(), live)
        named = self._named(folder)  # first the lists, then the files: what is named is looked for
        for top in mirror.FOLDERS:
            self._mark(f"{top}/{show}", known, marks, same)
        if f"{folder}/{layout.GONE if card is None else layout.CARD}" not in marks:
            return None  # taken away while we looked
        return Seen(marks, named, live, same)

    def forget(self, show: str) -> None:
        """Forget the lists of a show that nothing happens to."""
        start = f"live/{show}/"
        self._names = {key: one for key, one in self._names.items() if not key.startswith(start)}

    def _card(self, folder: str) -> _Card | None:
        try:
            data = files.read_small(self._data / folder / layout.CARD)
            return msgspec.json.decode(data, type=_Card)
        except (OSError, *UNREADABLE):
            return None

    def _named(self, folder: str) -> set[str]:
        found: set[str] = set()
        for place in self._folders(folder):
            for name in self._names_in(place):
                if mirror.is_list(name):
                    found |= self._list(f"{place}/{name}")
        return found

    def _list(self, key: str) -> set[str]:
        """Return what a list names; of one that only grew, no more than its new lines are read."""
        before = self._names.get(key)
        try:
            mark = mark_of(self._data / key)
            if before is not None and before.mark == mark:
                return before.names
            text = files.read_small(self._data / key)
        except OSError:
            return set()
        if before is not None and before.text.endswith(b"\n") and text.startswith(before.text):
            names = before.names
            names |= mirror.names_in(key, text[len(before.text) :])
        else:
            names = set(mirror.names_in(key, text))
        self._names[key] = _List(mark, text, names)
        return names

    def _folders(self, place: str) -> Iterator[str]:
        """Yield ``place``, if it is there, and the folders in it."""
        try:
            with os.scandir(self._data / place) as entries:
                inner = [e.name for e in entries if e.is_dir(follow_symlinks=False)]
        except OSError:
            return
        yield place
        for name in sorted(inner):
            yield f"{place}/{name}"

    def _mark(self, place: str, known: Set[str], marks: dict[str, Mark], same: set[str]) -> None:
        """Note the plain files below ``place``; links are not followed, drafts left out."""
        keys = {f"{place}/{name}" for name in self._names_in(place)}
        there = keys & known
        same |= there
        for key in keys - there:
            if not SENDABLE.fullmatch(key.rpartition("/")[2]):
                continue
            try:
                about = (self._data / key).stat(follow_symlinks=False)
            except OSError:
                continue  # gone meanwhile
            if stat.S_ISDIR(about.st_mode):
                if key.count("/") < _DEPTH:
                    self._mark(key, known, marks, same)
            elif stat.S_ISREG(about.st_mode):
                marks[key] = Mark(about.st_size, about.st_mtime_ns)

    def _names_in(self, place: str) -> list[str]:
        try:
            return os.listdir(self._data / place)  # noqa: PTH208  of thousands, the names alone
        except OSError:
            return []


def mark_of(path: Path) -> Mark:
    """Return a file's mark; raises ``OSError``."""
    about = path.stat(follow_symlinks=False)
    return Mark(about.st_size, about.st_mtime_ns)


def _changed_ns(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return -1
