"""What the folders of a show say of it. Whatever lies there may be missing, torn or hostile."""

import re
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from vivavoce.card import SHOW_ID, ShowCard
from vivavoce.errors import UNREADABLE, UsageError
from vivavoce.export.chapters import Chapter, Talk, read_chapters, read_talk
from vivavoce.export.names import one_line
from vivavoce.record import layout
from vivavoce.record.marks import CHAPTERS
from vivavoce.record.takedowns import TAKEDOWNS

# Names and times of a day of talk are some 10 MB.
_LARGEST: Final = 32 * 1024 * 1024
_SEAT: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True, slots=True)
class TrackFile:
    """One speaker's track."""

    seat: str
    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Facts:
    """A show, as its files tell it."""

    card: ShowCard
    chapters: list[Chapter]
    """In playing time of the whole show."""
    talk: Talk
    tracks: list[TrackFile]

    @property
    def day(self) -> str:
        """The day of the show, ISO 8601, UTC."""
        if self.card.epoch_ms is None:
            return ""
        return datetime.fromtimestamp(self.card.epoch_ms / 1000, UTC).date().isoformat()


def read_facts(live: Path, record: Path) -> Facts:
    """Read a show's folders; ``UsageError`` (``show_unknown``) if there is no card."""
    return Facts(
        card=_card(live),
        chapters=read_chapters(read_small(live / CHAPTERS)),
        talk=read_talk(read_small(live / "talk.json")),
        tracks=_tracks(record / "tracks"),
    )


def made_of(live: Path) -> str:
    """Return in short what an episode is made of: a show's words, chapters and take-downs.

    Empty if there is no show.
    """
    try:
        card = _card(live)
    except UsageError:
        return ""
    sources = [msgspec.json.encode((card.title, card.description, card.language))]
    sources += [read_small(live / name) or b"" for name in (CHAPTERS, TAKEDOWNS)]
    return sha256(b"".join(sha256(source).digest() for source in sources)).hexdigest()


def read_small(path: Path) -> bytes | None:
    """Return a plain file that is not absurdly large; None for everything else."""
    try:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGEST:
            return None
        return path.read_bytes()
    except OSError:
        return None


def _card(live: Path) -> ShowCard:
    try:
        card = msgspec.json.decode(read_small(live / layout.CARD) or b"", type=ShowCard)
    except UNREADABLE:
        card = None
    if card is None or card.show != live.name or not SHOW_ID.fullmatch(live.name):
        raise UsageError(
            "show_unknown",
            "There is no such show. Look at the link again, or list the shows.",
            status=404,
        )
    return card


def _tracks(folder: Path) -> list[TrackFile]:
    try:
        paths = sorted(folder.glob("*.opus"))
    except OSError:
        return []
    found = []
    for path in paths:
        # A link could lead out of the folder.
        if path.is_file() and not path.is_symlink() and _SEAT.fullmatch(path.stem):
            found.append(TrackFile(path.stem, _name_of(path), path))
    return found


def _name_of(track: Path) -> str:
    try:
        told = msgspec.json.decode(read_small(track.with_suffix(".json")) or b"{}")
    except UNREADABLE:
        told = {}
    name = told.get("name") if isinstance(told, dict) else None
    return one_line(name)[:80] if isinstance(name, str) and one_line(name) else track.stem
