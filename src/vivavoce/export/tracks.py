"""All tracks of a show as one zip for an editor, with labels and a project that lays them out.

Tracks begin at sample 0 of the show, so laid at the same place they are in time with each other.
The zip is written as it goes; only its list of names is held.
"""

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from vivavoce.errors import UsageError
from vivavoce.export import editors, labels
from vivavoce.export.chapters import Chapter, Span
from vivavoce.export.encode import FLAC, WAV, Form, encode
from vivavoce.export.facts import Facts, TrackFile
from vivavoce.export.names import one_line, unique_stems
from vivavoce.export.orders import Done, Kind, Made, Order
from vivavoce.export.programme import Tags
from vivavoce.record.playing import Playing

Tell = Callable[[float, str], None]

_FORMS: Final[dict[Kind, Form]] = {Kind.TRACKS_FLAC: FLAC, Kind.TRACKS_WAV: WAV}
# Whatever is before the first packet, or was lost, is silence; so all begin at sample 0.
_ALIGNED: Final = [("aresample", {"async": "1", "first_pts": "0", "min_hard_comp": "0.001"})]
_README: Final = """\
The tracks of "{title}", one a speaker. All begin at the same moment.

Audacity   import the sound files, then File > Import > Labels: chapters.txt, speakers.txt
Reaper     open {stem}.rpp
others     {stem}.otio (OpenTimelineIO), or lay all files at 0:00
"""


def make(order: Order, facts: Facts, to: Path, stem: str, tell: Tell) -> Done:
    """Write the zip to the folder ``to``."""
    if not facts.tracks:
        raise UsageError("no_tracks", "Of this show there are no tracks of single speakers.")
    form = _FORMS.get(order.kind)
    stems = unique_stems([track.name for track in facts.tracks], "speaker")
    target = to / f"{stem}-tracks.zip"
    placed = []
    # Sound does not get smaller by packing.
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, allowZip64=True) as packed:
        for number, (track, name) in enumerate(zip(facts.tracks, stems, strict=True)):
            share = number / len(facts.tracks)
            tell(share, f"Track {number + 1} of {len(facts.tracks)}")
            file = _prepared(track, to, form)
            inside = f"{name}{file.suffix}"
            packed.write(file, f"{stem}/{inside}")
            placed.append(editors.Track(track.name, inside, _length_s(track.path)))
            if file != track.path:
                file.unlink()
        for name, text in _papers(facts, stem, placed).items():
            packed.writestr(f"{stem}/{name}", text)
    return Done((Made(target.name, target.stat().st_size),))


def _prepared(track: TrackFile, to: Path, form: Form | None) -> Path:
    if form is None:
        return track.path
    file = to / f".{track.seat}.{form.ending}"
    encode(track.path, file, form, list(_ALIGNED), Tags(title=track.name), 0)
    return file


def _length_s(path: Path) -> float:
    """Return the time of an Ogg Opus file's last granule (RFC 7845, section 4)."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - 70_000))  # a page is at most 65,307 bytes
        tail = file.read()
    at = tail.rfind(b"OggS")
    return int.from_bytes(tail[at + 6 : at + 14], "little") / 48_000 if at >= 0 else 0.0


def _papers(facts: Facts, stem: str, placed: list[editors.Track]) -> dict[str, str | bytes]:
    """Return the texts beside the sound. Tracks run in media time, and so do these."""
    playing = Playing.of(facts.talk.breaks)
    chapters = [Chapter(playing.media_ms(c.start_ms), c.title) for c in facts.chapters]
    spans = [Span(facts.talk.names[who], begin, end) for who, begin, end in facts.talk.spans]
    return {
        "chapters.txt": labels.chapter_labels(chapters),
        "speakers.txt": labels.speaker_labels(spans),
        f"{stem}.rpp": editors.reaper(placed, chapters),
        f"{stem}.otio": editors.otio(facts.card.title, placed, chapters),
        "README.txt": _README.format(title=one_line(facts.card.title), stem=stem),
    }


def copy_all(facts: Facts, to: Path) -> list[tuple[str, str]]:
    """Copy the tracks as they are to the folder ``to``; return names and files."""
    if not facts.tracks:
        return []
    to.mkdir()
    stems = unique_stems([track.name for track in facts.tracks], "speaker")
    placed = []
    for track, name in zip(facts.tracks, stems, strict=True):
        shutil.copyfile(track.path, to / f"{name}.opus")
        placed.append((track.name, f"{name}.opus"))
    return placed
