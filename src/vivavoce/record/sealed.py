"""A recording that is sealed while it is made: the programme's files, and ``seal.jsonl`` beside.

Blocking, in the recorder's thread. A seal that cannot be written holds up no sound: it is tried
again with the next parts, and loses nothing, since it is made of what lies on disk.
"""

import hashlib
import logging
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from vivavoce.card import Seal
from vivavoce.clock import unix_ms
from vivavoce.media import Codec, Part
from vivavoce.package import playlist
from vivavoce.package.playlist import segment_name
from vivavoce.record import files, layout, seal
from vivavoce.record.playing import Range
from vivavoce.record.programme import Programme
from vivavoce.record.seal import PRIVATE
from vivavoce.units import PartNumber, Samples, SegmentNumber

log = logging.getLogger(__name__)

# A segment's link is 230 bytes, the last one, which names all files, some thousands.
_TAIL: Final = 16 * 1024

REPLAY_LIST: Final = f"{Codec.OPUS}/{playlist.REPLAY}"
_LISTS: Final = (playlist.LIVE, playlist.REPLAY, playlist.SHOW)
_FINAL: Final = (
    playlist.LIVE,
    playlist.REWIND,
    *(f"{codec}/{name}" for codec in (Codec.OPUS, Codec.AAC) for name in (layout.HEAD, *_LISTS)),
    "peaks.bin",
    "talk.json",
)
_TRACKS: Final = frozenset((".opus", ".json"))


class Sealed:
    """``programme``, whose whole segments are put into the chain in ``folder``."""

    def __init__(self, programme: Programme, folder: Path, show: str, epoch: datetime) -> None:
        self._programme = programme
        self._folder = folder
        self._show = show
        self._epoch_ms = unix_ms(epoch)
        self._chain: seal.Chain | None = None
        self._behind = False

    @property
    def next_part(self) -> PartNumber:
        """The part after the last one on disk."""
        return self._programme.next_part

    @property
    def breaks(self) -> tuple[Range, ...]:
        """See ``Programme.breaks``."""
        return self._programme.breaks

    def append(self, parts: Sequence[Part]) -> None:
        """Write parts down and seal what became whole; raises what the programme raises."""
        try:
            self._programme.append(parts)
        finally:
            self._keep_up()

    def finish(self, last: PartNumber | None = None) -> Samples:
        """Make the replay and seal all of it, and what was cut off its end."""
        length = self._programme.finish(last)
        self._keep_up(finished=True)
        return length

    def _keep_up(self, *, finished: bool = False) -> None:
        try:
            chain = self._chain = self._chain or self._open()
            whole = self._programme.whole_after(chain.segment)
            links = [_link(self._folder, chain, segment) for segment in whole]
            if finished and self._programme.last < chain.segment:
                links.append(chain.cut(SegmentNumber(self._programme.last + 1)))
            append(self._folder, links)
        except OSError as error:
            self._chain = None  # read again what is there, and go on from it
            if not self._behind:
                log.warning("the seal is behind", extra={"show": self._show, "errno": error.errno})
            self._behind = True
        else:
            self._behind = False

    def _open(self) -> seal.Chain:
        return read_chain(self._folder, self._show, self._epoch_ms)


def end(folder: Path, private: Path, show: str, epoch_ms: int) -> Seal | None:
    """Seal the lists and all else of a show that has ended; return the final head.

    May be called again. ``private`` has the folder of the speakers' tracks. Raises ``OSError``.
    """
    if (folder / REPLAY_LIST).is_file():
        chain = read_chain(folder, show, epoch_ms)
        links = []
        if not chain.ended:
            listed = layout.listed(_read(folder / REPLAY_LIST))
            rest = (segment for segment in listed if segment > chain.segment)
            links = [_link(folder, chain, segment) for segment in rest]
            links.append(chain.end(digests(folder, private)))
        append(folder, links)
        if links:
            files.sync_folder(folder)
    return newest(folder)


def take_down(
    folder: Path, show: str, epoch_ms: int, number: int, files_now: Mapping[str, str]
) -> None:
    """Seal what take-down ``number`` put there, unless it is sealed already; raises ``OSError``."""
    lines = _read(folder / seal.SEAL).splitlines(keepends=True)
    if any(link is not None and link.down == number for link in map(seal.parse, lines)):
        return
    chain = read_chain(folder, show, epoch_ms)
    append(folder, [chain.take_down(number, files_now)])
    files.sync_folder(folder)


def digests(folder: Path, private: Path) -> dict[str, str]:
    """Return the digests of all that is sealed at a show's end, by name."""
    tracks = private / PRIVATE
    paths = {name: folder / name for name in _FINAL}
    if tracks.is_dir():
        found = (path for path in sorted(tracks.iterdir()) if path.suffix in _TRACKS)
        paths |= {f"{PRIVATE}{path.name}": path for path in found}
    return {name: file_digest(path) for name, path in paths.items() if files.plain(path)}


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file of any size, in hexadecimal."""
    with files.open_read(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _link(folder: Path, chain: seal.Chain, segment: SegmentNumber) -> seal.Link:
    name = segment_name(segment)
    opus, aac = (_read(folder / codec / name) for codec in (Codec.OPUS, Codec.AAC))
    return chain.add(segment, seal.digest(opus), seal.digest(aac))


def _read(path: Path) -> bytes:
    if not files.plain(path):
        return b""  # somebody took it: sealed as nothing, so that the rest can be sealed
    return files.read_small(path)


def read_chain(folder: Path, show: str, epoch_ms: int) -> seal.Chain:
    """Return the chain in ``folder``, ready to be gone on with; raises ``OSError``.

    A line that a crash tore off is taken away. A damaged chain is set aside to be seen, and made
    anew from the segments: it is the same if they are.
    """
    path = folder / seal.SEAL
    if not os.path.lexists(path):
        return seal.Chain(show, epoch_ms)
    if not files.plain(path):
        files.set_aside(path, "damaged")
        return seal.Chain(show, epoch_ms)
    data = files.read_small(path)
    chain, size = seal.Chain.read(show, epoch_ms, data)
    if size == len(data):
        return chain
    if b"\n" in data[size:]:
        files.set_aside(path, "damaged")
        return seal.Chain(show, epoch_ms)
    os.truncate(path, size)
    return chain


def append(folder: Path, links: Sequence[seal.Link]) -> None:
    """Write links down, all or none; raises ``OSError``."""
    if not links:
        return
    file = files.open_append(folder / seal.SEAL)
    try:
        lines = b"".join(link.line() for link in links)
        files.append_whole(file, lines, os.fstat(file).st_size, os.write)
    finally:
        os.close(file)


def newest(folder: Path) -> Seal | None:
    """Return the head of the chain in ``folder`` for a show's card; None if there is none."""
    path = folder / seal.SEAL
    try:
        with files.open_read(path) as file:
            size = file.seek(0, os.SEEK_END)
            for tail in (_TAIL, size):
                file.seek(max(0, size - tail))
                found = seal.newest(file.read())
                if found is not None:
                    return found
    except OSError:
        pass
    return None
