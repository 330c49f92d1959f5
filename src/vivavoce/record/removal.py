"""Deleting a show's files for good, and counting what is there. Blocking.

Deletion begins by moving everything into ``DATA/trash/SHOW``, out of everybody's reach; whatever
interrupts it, the next start finds the folder and goes on. What stays is ``gone.json`` in the
show's public folder, by which edges know that there was a show: it says nothing else.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec

from vivavoce.card import SHOW_ID
from vivavoce.record import files, layout
from vivavoce.record.places import Places


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """How many bytes a show's files take, by what they are."""

    programme: int = 0
    tracks: int = 0
    exports: int = 0
    files: int = 0
    """How many files these are."""

    @property
    def total(self) -> int:
        """All of it."""
        return self.programme + self.tracks + self.exports


def usage(places: Places, show: str) -> Usage:
    """Return what a show takes on this disk."""
    found = {name: list(_sizes(folder)) for name, folder in places.all(show).items()}
    return Usage(
        programme=sum(found["live"]),
        tracks=sum(found["record"]),
        exports=sum(found["exports"]),
        files=sum(map(len, found.values())),
    )


def free(places: Places) -> int:
    """Return the bytes that the disk of the data folder has left for us."""
    return shutil.disk_usage(places.data).free


def take_away(places: Places, show: str) -> None:
    """Move all files of a show out of everybody's reach; raises ``MachineError``."""
    with files.told():
        files.make_folder(places.trash(show))
        for name, folder in places.all(show).items():
            if os.path.lexists(folder) and not _only_gone(folder):
                goal = places.trash(show) / name
                if goal.exists():  # of an attempt before
                    shutil.rmtree(goal)
                folder.rename(goal)
        files.make_folder(places.public(show))
        files.write_atomic(places.public(show) / layout.GONE, b"{}", durable=True)


def _only_gone(folder: Path) -> bool:
    return folder.is_dir() and [path.name for path in folder.iterdir()] == [layout.GONE]


def gone(places: Places) -> set[str]:
    """Return the shows that were deleted."""
    found = places.public("x").parent.glob(f"*/{layout.GONE}")
    return {path.parent.name for path in found if SHOW_ID.fullmatch(path.parent.name)}


def taken_away(places: Places) -> list[str]:
    """Return the shows whose deletion was begun."""
    folder = places.trash()
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if SHOW_ID.fullmatch(path.name))


def destroy(places: Places, show: str) -> None:
    """Delete what ``take_away`` moved; raises ``MachineError``."""
    with files.told():
        if places.trash(show).is_dir():
            shutil.rmtree(places.trash(show))


def drop_sound(places: Places, show: str) -> None:
    """Delete all but the card of a show that was not to be recorded; raises ``MachineError``."""
    keep = places.public(show) / layout.CARD
    with files.told():
        for folder in places.all(show).values():
            for path in list(folder.iterdir()) if folder.is_dir() else ():
                if path == keep:
                    continue
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)


def _sizes(folder: Path) -> Iterator[int]:
    """Yield the size of every file below ``folder``; links are not followed."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        try:
            if entry.is_dir(follow_symlinks=False):
                yield from _sizes(Path(entry.path))
            else:
                yield entry.stat(follow_symlinks=False).st_size
        except OSError:
            continue  # gone meanwhile
