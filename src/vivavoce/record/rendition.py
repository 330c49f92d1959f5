"""One codec's folder of a show: ``init.mp4``, segments that grow part by part, a playlist.

Blocking file I/O; raises ``OSError`` and is left as it was, or with one whole part more.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from vivavoce.media import Codec, Part
from vivavoce.package.playlist import segment_name
from vivavoce.package.segmenter import Segmenter
from vivavoce.package.silence import silent_part
from vivavoce.record import files, layout
from vivavoce.units import PARTS_PER_SEGMENT, PartNumber, SegmentNumber, first_part_of, segment_of


class Rendition:
    """Writes one codec's files. ``next`` is the part after the last one on disk."""

    def __init__(
        self, folder: Path, codec: Codec, head: bytes, write: files.Write = os.write
    ) -> None:
        self.codec = codec
        self.next = PartNumber(0)
        self.set_aside = 0
        """Damaged or foreign files that stood in the way and were renamed."""
        self._folder = folder / codec
        self._head = head
        self._write = write
        self._file: int | None = None
        self._segment = SegmentNumber(-1)
        self._size = 0
        self._sound = False  # whether the open segment holds more than ready-made silence

    # ------------------------------------------------------------------ after a crash, or at first

    def scan(self) -> dict[SegmentNumber, int]:
        """Make the folder fit to be written to; return each segment's count of whole parts.

        A torn tail is cut off. What is not ours is renamed, and what can be saved of it is saved.
        """
        self._close()
        files.make_folder(self._folder.parent)
        files.make_folder(self._folder)
        self._ensure_head()
        found = {}
        for path in sorted(self._folder.iterdir()):
            segment = layout.segment_in(path.name)
            if segment is not None and (parts := self._mend(path, segment)):
                found[segment] = parts
        return found

    def complete(
        self, timeline: Segmenter, found: dict[SegmentNumber, int], *, kept: bool = True
    ) -> None:
        """Bring the files from what was ``found`` up to ``timeline``, with silence.

        Of a show that is not ``kept``, what came before is not made again.
        """
        oldest = min(found, default=SegmentNumber(0))
        for index, segment in enumerate(timeline.numbers):
            if segment < oldest and not kept:
                continue  # it was there, and is not to be any more
            first = first_part_of(segment)
            have, wanted = found.get(segment, 0), timeline.parts_of(index)
            if have < wanted:
                self.next = PartNumber(first + have)
                self.silence(PartNumber(n) for n in range(first + have, first + wanted))
        self.next = timeline.next

    def _ensure_head(self) -> None:
        path = self._folder / layout.HEAD
        try:
            if files.read_small(path) == self._head:
                return
        except OSError:
            pass
        # The head is the same for every run of a codec, so ours decodes what is there already.
        if os.path.lexists(path):
            self._aside(path)
        files.write_atomic(path, self._head, durable=True)

    def _mend(self, path: Path, segment: SegmentNumber) -> int:
        try:
            data = files.read_small(path)
        except OSError:  # a folder, a pipe, a link, far too large, or unreadable
            self._aside(path)
            return 0
        count, size = layout.leading_parts(self.codec, segment, data)
        if size == len(data) and count:
            return count
        parts = layout.salvage(self.codec, segment, data)
        if len(parts) == count and _torn(self.codec, data[size:]):
            os.truncate(path, size)
            if not size:
                path.unlink()
        else:
            self._aside(path)
            if parts:
                files.write_atomic(path, b"".join(part.body for part in parts), durable=True)
        return len(parts)

    def _aside(self, path: Path) -> None:
        files.set_aside(path, "damaged")
        self.set_aside += 1

    # ------------------------------------------------------------------------------------- writing

    def append(self, part: Part) -> None:
        """Write ``part``, which must be the next on the timeline; complete its segment if last."""
        self._put(part.number, part.body, sound=True)

    def silence(self, numbers: Iterable[PartNumber]) -> None:
        """Write silence as parts ``numbers``, which must be the next on the timeline."""
        run: list[PartNumber] = []
        for number in numbers:
            if run and segment_of(number) != segment_of(run[0]):
                self._put_silence(run)
                run = []
            run.append(number)
        if run:
            self._put_silence(run)

    def _put_silence(self, run: list[PartNumber]) -> None:
        body = b"".join(silent_part(self.codec, number).body for number in run)
        self._put(run[-1], body, sound=False)

    def _put(self, last: PartNumber, body: bytes, *, sound: bool) -> None:
        file = self._open(segment_of(last))
        files.append_whole(file, body, self._size, self._write)
        self._size += len(body)
        self._sound |= sound
        self.next = PartNumber(last + 1)
        if self.next % PARTS_PER_SEGMENT == 0:
            self.close()

    def _open(self, segment: SegmentNumber) -> int:
        if self._file is None or self._segment != segment:
            self._close()
            path = self._folder / segment_name(segment)
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
            self._segment = segment
            self._size = os.fstat(self._file).st_size
            self._sound = self._size > 0
        return self._file

    def close(self) -> None:
        """Let go of the open segment; if there is sound in it, wait until the disk has it."""
        try:
            if self._file is not None and self._sound:
                os.fsync(self._file)
                files.sync_folder(self._folder)
        finally:
            self._close()

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
        self._file = None

    # --------------------------------------------------------------------------- lists, at the end

    def publish(self, name: str, playlist: str, *, durable: bool = False) -> None:
        """Replace the media playlist called ``name``."""
        files.write_atomic(self._folder / name, playlist.encode(), durable=durable)

    def extend(self, name: str, lines: str) -> None:
        """Append ``lines`` to the media playlist called ``name``: all of them, or ``OSError``."""
        file = os.open(self._folder / name, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        try:
            files.append_whole(file, lines.encode(), os.fstat(file).st_size, self._write)
        finally:
            os.close(file)

    def drop(self, gone: Iterable[SegmentNumber]) -> None:
        """Delete segments."""
        for segment in gone:
            (self._folder / segment_name(segment)).unlink(missing_ok=True)

    def text(self, name: str) -> str:
        """Return what the playlist called ``name`` says; nothing if it cannot be read."""
        try:
            return files.read_small(self._folder / name).decode(errors="replace")
        except OSError:
            return ""

    def sizes(self, timeline: Segmenter) -> list[tuple[int, int]]:
        """Return (bytes, parts) of every segment on ``timeline``."""
        return [
            ((self._folder / segment_name(segment)).stat().st_size, timeline.parts_of(index))
            for index, segment in enumerate(timeline.numbers)
        ]


def _torn(codec: Codec, tail: bytes) -> bool:
    """Whether ``tail`` may be the beginning of a part, cut off by a crash."""
    silent = silent_part(codec, PartNumber(0)).body
    head = silent[: silent.index(b"mfhd") + 4]
    return tail[: len(head)] == head[: len(tail)] and tail.count(b"moof") <= 1
