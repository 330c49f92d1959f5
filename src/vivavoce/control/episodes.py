"""The episodes of podcasts, which lie beside the sound of their shows. Blocking.

Each says what it was made of. A show that has changed since has an episode that is made again; and
one that changed while its episode was being made does not get it: what a host has taken down must
not come back.
"""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from vivavoce.card import ShowCard, State
from vivavoce.errors import UNREADABLE
from vivavoce.export.chapters import Talk, read_chapters, read_talk
from vivavoce.export.facts import made_of, read_small
from vivavoce.export.feed import Entry, Episode, Person
from vivavoce.record.marks import WITHDRAWN, read_withdrawn
from vivavoce.record.playing import Playing, Range

_FILES: Final = ("episode.mp3", "episode.opus", "episode-chapters.json", "cover.png")
_FACTS: Final = "episode.json"


class Of(NamedTuple):
    """What the files that are made of a show have of its series."""

    author: str
    cover: str | None
    """The path of the cover that was sent."""


class Found(NamedTuple):
    """A show as a feed tells of it."""

    entry: Entry
    stale: str | None
    """What its episode would be made of now, if that is something else than it was made of."""


class _Told(msgspec.Struct, frozen=True):
    """``episode.json``."""

    length_ms: int
    skipped_ms: int = 0
    author: str = ""
    cover: str = ""
    """Name of the series' cover in it."""
    made_of: str = ""


def look(live: Path, card: ShowCard, of: Of, roles: Mapping[str, str]) -> Found:
    """Return what there is of a show in the folder ``live`` of all shows.

    ``of`` is what an episode made now would have of its series; ``roles`` are those of seats.
    """
    if card.state is not State.ENDED:
        return Found(Entry(card, [Person(one.name, one.role) for one in card.stage]), None)
    folder = live / card.show
    talk = _talk(folder / "talk.json")
    people = [
        Person(name, roles.get(seat, "")) for name, seat in zip(talk.names, talk.seats, strict=True)
    ]
    told = _told(folder)
    try:
        if told is None:
            raise FileNotFoundError
        size = (folder / "episode.mp3").stat().st_size
        opus = (folder / "episode.opus").stat().st_size
    except OSError:
        return Found(Entry(card, people), None)
    episode = Episode(
        bytes=size,
        opus_bytes=opus,
        length_ms=told.length_ms,
        chapters=read_chapters(read_small(folder / "episode-chapters.json")),
        cover=(folder / "cover.png").is_file(),
        withdrawn=_withdrawn(folder, talk, told.skipped_ms),
    )
    now = made_of(folder)
    name = Path(of.cover).name if of.cover else ""
    fresh = (told.made_of, told.author, told.cover) == (now, of.author, name)
    stale = None if fresh else f"{now} {of.author} {name}"
    return Found(Entry(card, people, episode), stale)


def place(live: Path, show: str, made: Path) -> None:
    """Put the episode in the folder ``made`` where listeners find it, if it is of the show still.

    The show may change at any moment: what has not been seen before is seen afterwards.
    """
    target, told = live / show, _told(made)
    # Without a card the show was deleted meanwhile.
    if told is None or not told.made_of or told.made_of != made_of(target):
        shutil.rmtree(made, ignore_errors=True)
        return
    for name in _FILES:
        if (made / name).exists():
            (made / name).replace(target / name)
        else:  # a picture of its own, from before its series had one
            (target / name).unlink(missing_ok=True)
    # Last: it says that all is there.
    (made / _FACTS).replace(target / _FACTS)
    if told.made_of != made_of(target):
        for name in (_FACTS, *_FILES):
            (target / name).unlink(missing_ok=True)


def _talk(path: Path) -> Talk:
    """Return names and breaks; the spans of three hours take five milliseconds to read."""
    try:
        found = path.lstat()
    except OSError:
        return Talk()
    return _talk_of(path, (found.st_ino, found.st_size, found.st_mtime_ns))


@lru_cache(maxsize=4_096)
def _talk_of(path: Path, _which: tuple[int, int, int]) -> Talk:
    return replace(read_talk(read_small(path)), spans=())


def _told(folder: Path) -> _Told | None:
    try:
        return msgspec.json.decode(read_small(folder / _FACTS) or b"", type=_Told)
    except UNREADABLE:
        return None


def _withdrawn(folder: Path, talk: Talk, skipped_ms: int) -> list[Range]:
    """Return the withdrawn clips, as the episode's clock goes."""
    playing = Playing.of(talk.breaks)
    found = (playing.playing_range(clip) for clip in read_withdrawn(read_small(folder / WITHDRAWN)))
    return [(begin - skipped_ms, end - skipped_ms) for begin, end in filter(None, found)]
