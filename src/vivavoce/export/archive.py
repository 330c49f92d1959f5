"""The whole of a show as a folder that is read without this program.

SHOW-TITLE/
  index.html       plays it from the file system
  programme.opus   the programme, as it was recorded, dead air and all
  tracks/          one file a speaker
  hls/             what listeners were served: segments, playlists, seal, take-downs
  events/          what happened, as it was written down
  chapters.json  chapters.txt  speakers.txt  card.json  README.txt
  SHA256SUMS       sha256sum -c SHA256SUMS
"""

import hashlib
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from vivavoce.export import cover, labels, player, tracks
from vivavoce.export.chapters import json_chapters
from vivavoce.export.facts import Facts, read_small
from vivavoce.export.orders import Done, Made, Order
from vivavoce.export.programme import PART_MS, Tags, clock, write_opus

Tell = Callable[[float, str], None]

_SERVED: Final = re.compile(
    r"(opus|aac)/(\d{8}(\.t\d+)?\.m4s|init\.mp4|\w+\.m3u8)|\w+\.m3u8|seal\.jsonl|takedowns\.json|card\.json"
    r"|talk\.json|peaks\.bin|chapters\.json|withdrawn\.json",
    re.ASCII,
)
_EVENTS: Final = ("talk.jsonl", "events.jsonl")
_README: Final = """\
{title}
{day}  {length}

index.html       open it with a browser to hear the show
programme.opus   the programme as it was recorded
tracks/          one file for each speaker; all begin at the same moment
chapters.txt, speakers.txt   labels for Audacity (seconds, tabs between)
chapters.json    chapters for podcast players (JSON chapters 1.2.0)
hls/             what listeners were served: segments of 1.92 s, playlists, and seal.jsonl,
                 a hash chain over the segments: `vivavoce verify` checks it
events/          what happened, one JSON object a line
SHA256SUMS       checksums: sha256sum -c SHA256SUMS
"""


def make(order: Order, facts: Facts, to: Path, stem: str, tell: Tell) -> Done:
    """Write the archive as a folder in the folder ``to``."""
    live, record, root = Path(order.live), Path(order.record), to / stem
    root.mkdir()
    said = Tags(
        title=facts.card.title,
        author=order.author,
        date=facts.day,
        description=facts.card.description,
        language=facts.card.language,
        cover=cover.embedded(cover.drawn(facts.card.title, order.author)),
        chapters=facts.chapters,
    )
    programme = root / "programme.opus"
    written = write_opus(
        live, programme, said, tell=lambda d: tell(d * 0.3, "Putting the recording together")
    )
    tell(0.3, "Copying the tracks")
    placed = tracks.copy_all(facts, root / "tracks")
    tell(0.5, "Copying the segments")
    _copy_served(live, root / "hls")
    _copy_events(record, root / "events")
    _write_papers(facts, root, placed, written.length_ms)
    tell(0.8, "Writing checksums")
    (root / "SHA256SUMS").write_text("".join(_sums(root)), encoding="utf-8")
    root = _packed(root) if order.packed else root
    lost = written.silenced * PART_MS / 1000
    told = (f"{lost:.1f} s of the recording are damaged; programme.opus has silence there.",)
    return Done((Made(root.name, _size(root)),), told if lost else ())


def _write_papers(facts: Facts, root: Path, placed: list[tuple[str, str]], length_ms: int) -> None:
    spans = facts.talk.heard()
    papers = {
        "chapters.txt": labels.chapter_labels(facts.chapters),
        "speakers.txt": labels.speaker_labels(spans),
        "chapters.json": json_chapters(facts.chapters).decode(),
        "index.html": player.page(facts.card, facts.chapters, placed, length_ms),
        "README.txt": _README.format(
            title=player.one_line(facts.card.title), day=facts.day, length=clock(length_ms)[:8]
        ),
    }
    for name, text in papers.items():
        (root / name).write_text(text, encoding="utf-8", errors="replace")


def _copy_served(live: Path, to: Path) -> None:
    for path in sorted(live.rglob("*")):
        name = path.relative_to(live).as_posix()
        # Only what we know, and no links: whatever else lies there is not the show's.
        if _SERVED.fullmatch(name) and path.is_file() and not path.is_symlink():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, to / name)


def _copy_events(record: Path, to: Path) -> None:
    for name in _EVENTS:
        data = read_small(record / name)
        if data is not None:
            to.mkdir(exist_ok=True)
            (to / name).write_bytes(data)


def _packed(root: Path) -> Path:
    """Return the folder as one zip file; sound does not get smaller by packing."""
    target = root.with_name(f"{root.name}.zip")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, allowZip64=True) as packed:
        for path in sorted(root.rglob("*")):
            if path.is_file():
                packed.write(path, path.relative_to(root.parent).as_posix())
    shutil.rmtree(root)
    return target


def _size(root: Path) -> int:
    if root.is_file():
        return root.stat().st_size
    return sum(path.stat().st_size for path in root.rglob("*") if path.is_file())


def _sums(root: Path) -> Iterator[str]:
    for path in sorted(root.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            yield f"{digest}  {path.relative_to(root).as_posix()}\n"
