"""One look at a show's folders for its copy in a bucket. Blocking."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from vivavoce.card import SHOW_ID, State
from vivavoce.errors import UNREADABLE
from vivavoce.record import files, layout, mirror
from vivavoce.record.mirror import Held, Mark, Seen

_DEPTH: Final = 4  # live/SHOW/CODEC/FILE

# Names that mean the same file everywhere, as all of ours; drafts and strays are left alone.
_SENDABLE: Final = re.compile(r"[\w][\w. ()+=,@-]*", re.ASCII)


class _Card(msgspec.Struct):
    state: State
    recorded: bool = True


class Folders:
    """The shows below a data folder; lists that did not change are not read again."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._names: dict[str, tuple[Mark, frozenset[str]]] = {}

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

    def look(self, show: str, held: Mapping[str, Held]) -> Seen | None:
        """Return what is there; None where nothing says whether it may be copied.

        Segments that are ``held`` do not change, and are not asked for their marks again.
        A folder with neither card nor ``gone.json`` may be one whose disk is missing: then nothing
        is copied, and above all nothing deleted.
        """
        folder = f"live/{show}"
        card = self._card(folder)
        gone = files.plain(self._data / folder / layout.GONE)
        if card is None and not gone:
            return None
        live = card is not None and card.state is State.LIVE
        if card is not None and not card.recorded:  # only its card is ever kept
            key = f"{folder}/{layout.CARD}"
            return Seen({k: m for k, m in self._marks(folder, {}) if k == key}, frozenset(), live)
        named = self._named(folder)  # first the lists, then the files: what is named is looked for
        marks: dict[str, Mark] = {}
        for top in mirror.FOLDERS:
            marks.update(self._marks(f"{top}/{show}", held))
        if f"{folder}/{layout.GONE if card is None else layout.CARD}" not in marks:
            return None  # taken away while we looked
        return Seen(marks, named, live)

    def forget(self, show: str) -> None:
        """Forget the lists of a show that nothing happens to."""
        start = f"live/{show}/"
        self._names = {key: read for key, read in self._names.items() if not key.startswith(start)}

    def _card(self, folder: str) -> _Card | None:
        try:
            data = files.read_small(self._data / folder / layout.CARD)
            return msgspec.json.decode(data, type=_Card)
        except (OSError, *UNREADABLE):
            return None

    def _named(self, folder: str) -> frozenset[str]:
        found: set[str] = set()
        for place in self._folders(folder):
            for key, mark in self._marks(place, {}, only=".m3u8"):
                read = self._names.get(key)
                if read is None or read[0] != mark:
                    try:
                        text = files.read_small(self._data / key)
                    except OSError:
                        continue
                    read = self._names[key] = (mark, mirror.names_in(key, text))
                found |= read[1]
        return frozenset(found)

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

    def _marks(
        self, place: str, held: Mapping[str, Held], *, only: str = ""
    ) -> Iterator[tuple[str, Mark]]:
        """Yield the plain files below ``place``; links are not followed, drafts left out."""
        try:
            entries = list(os.scandir(self._data / place))
        except OSError:
            return
        for entry in entries:
            key = f"{place}/{entry.name}"
            if not entry.name.endswith(only) or not _SENDABLE.fullmatch(entry.name):
                continue
            known = held.get(key)
            if known is not None and known.mark.changed_ns >= 0 and mirror.is_segment(key):
                yield key, known.mark
                continue
            try:
                if entry.is_dir(follow_symlinks=False):
                    if not only and key.count("/") < _DEPTH:
                        yield from self._marks(key, held)
                elif entry.is_file(follow_symlinks=False):
                    about = entry.stat(follow_symlinks=False)
                    yield key, Mark(about.st_size, about.st_mtime_ns)
            except OSError:
                continue  # gone meanwhile


def mark_of(path: Path) -> Mark:
    """Return a file's mark; raises ``OSError``."""
    about = path.stat(follow_symlinks=False)
    return Mark(about.st_size, about.st_mtime_ns)


def _changed_ns(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return -1
