"""One file per seat: what could be heard of it on air. Blocking file I/O, but in ``write`` alone.

A packet goes in when all the ticks that it sounds in have been on air and open: not a sample of
what was said muted, or in the green room, is in a track.
"""

import os
import re
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import msgspec

from vivavoce.errors import UNREADABLE
from vivavoce.media import Pcm, Played
from vivavoce.package import ogg
from vivavoce.record import files
from vivavoce.record.onair import Tick, Voice
from vivavoce.record.talk import ms
from vivavoce.record.track import Track, concealed, last_page
from vivavoce.units import FRAME_SAMPLES, Samples

SPOOL: Final = 1 << 20
"""Bytes of a track that wait for the disk: four minutes. Beyond it, what comes is lost."""

_SEAT: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TAIL: Final = 1 << 17
_FIRST_PAGE: Final = 2
_MAX_MARKS: Final = 32 << 20
# What an Opus packet may be long, of what was made up for one that did not come.
_ENCODABLE: Final = frozenset((120, 240, 480, 960, 1920, 2880))

Mark = tuple[int, int, str]
"""From, to (ms of media time), and ``recovered``, ``concealed``, ``absent`` or ``lost``."""


class Encode(Protocol):
    """Encodes what was made up; ``vivavoce.mix.opus.Encoder`` does."""

    def encode(self, frame: Pcm) -> bytes:
        """Return a packet."""


class TrackFile(msgspec.Struct, frozen=True, kw_only=True):
    """``tracks/SEAT.json``."""

    version: int = 1
    seat: str
    name: str
    length_ms: int
    marks: list[Mark]


@dataclass(slots=True)
class _Waiting:
    time: Samples
    samples: int
    packet: bytes
    kind: str | None


@dataclass(slots=True)
class _Taken:
    """One seat."""

    name: str
    track: Track
    spool: bytearray
    marks: list[Mark] = field(default_factory=list)
    waiting: list[_Waiting] = field(default_factory=list)
    away: bool = True
    received: bytes = b""
    """How the last packet that came begins."""


class Tracks:
    """The tracks of one show in ``folder``."""

    def __init__(
        self, folder: Path, new_encoder: Callable[[], Encode], write: files.Write = os.write
    ) -> None:
        self._folder = folder
        self._new_encoder = new_encoder
        self._encoder: Encode | None = None
        self._write = write
        self._seats: dict[str, _Taken] = {}
        self._next: Samples | None = None

    def take(self, tick: Tick, names: Mapping[str, str]) -> None:
        """Take what was heard of everybody in one tick."""
        here = {v.seat: v for v in tick.voices if v.open and _SEAT.fullmatch(v.seat)}
        whole = self._next == tick.time
        self._next = Samples(tick.time + FRAME_SAMPLES)
        for seat, taken in self._seats.items():
            if seat not in here or not whole:
                taken.waiting.clear()
                taken.away = True
        for seat, voice in here.items():
            if voice.played or seat in self._seats:
                self._heard(self._seat(seat, names.get(seat, "")), tick.time, voice)

    def write(self) -> None:
        """Bring all that waits to the disk; raises ``OSError``, and may be called again."""
        for seat, taken in self._seats.items():
            taken.spool += taken.track.pages()
            if taken.spool:
                self._append(self._folder / f"{seat}.opus", taken.spool)
                taken.spool.clear()
            if taken.marks:
                lines = b"".join(msgspec.json.encode(mark) + b"\n" for mark in taken.marks)
                self._append(self._folder / f"{seat}.marks", lines)
                taken.marks.clear()

    def finish(self, end: Samples) -> None:
        """Make all tracks, earlier runs' too, ``end`` long; raises ``OSError``."""
        if self._folder.is_dir():
            for path in sorted(self._folder.glob("*.opus")):
                if _SEAT.fullmatch(path.stem):
                    self._seat(path.stem, _name_in(path.with_suffix(".json")))
        for taken in self._seats.values():
            begin = taken.track.end
            taken.track.fill(end)
            _mark(taken, begin, taken.track.end, "absent")
        self.write()
        for seat, taken in self._seats.items():
            marks = self._folder / f"{seat}.marks"
            self._describe(seat, taken, _marks_in(marks))
            marks.unlink(missing_ok=True)

    def _heard(self, taken: _Taken, time: Samples, voice: Voice) -> None:
        for piece in voice.played:
            packet, kind = piece.payload, None
            if packet is None:
                packet, kind = self._made_up(taken, piece)
            else:
                taken.received = packet[:1]
            if packet is not None:
                at = Samples(time + piece.at)
                taken.waiting.append(_Waiting(at, piece.samples, packet, kind))
        if len(taken.spool) >= SPOOL:
            taken.waiting.clear()
            _mark(taken, time, Samples(time + FRAME_SAMPLES), "lost")
        while taken.waiting and _end(taken.waiting[0]) <= time + FRAME_SAMPLES:
            self._put(taken, taken.waiting.pop(0))

    def _put(self, taken: _Taken, one: _Waiting) -> None:
        begin = taken.track.put(one.time, one.samples, one.packet)
        if begin is not None and taken.away:
            _mark(taken, begin, one.time, "absent")
        taken.away = False
        if one.kind is not None:
            _mark(taken, one.time, Samples(one.time + one.samples), one.kind)

    def _made_up(self, taken: _Taken, piece: Played) -> tuple[bytes | None, str]:
        kind = "recovered" if piece.recovered else "concealed"
        packet = None if piece.recovered else concealed(taken.received, piece.samples)
        return packet or self._encoded(piece.pcm), kind

    def _encoded(self, pcm: Pcm | None) -> bytes | None:
        if pcm is None or len(pcm) not in _ENCODABLE:
            return None
        self._encoder = self._encoder or self._new_encoder()
        return self._encoder.encode(pcm)

    def _seat(self, seat: str, name: str) -> _Taken:
        taken = self._seats.get(seat)
        if taken is None:
            taken = self._seats[seat] = self._open(seat, name)
        elif name and taken.name != name:
            taken.name = name
        return taken

    def _open(self, seat: str, name: str) -> _Taken:
        """Continue the seat's file behind its last whole page, or begin one."""
        path = self._folder / f"{seat}.opus"
        found = None
        with suppress(OSError):  # told of when it is written
            files.make_folder(self._folder)
            found = _continue(path)
        if found is not None:
            return _Taken(name, found, bytearray())
        serial = int.from_bytes(os.urandom(4), "little")
        head = ogg.head_pages(serial, [f"TITLE={name[:200]}"])
        taken = _Taken(name, Track(serial, _FIRST_PAGE, Samples(0)), bytearray(head))
        with suppress(OSError):  # written again at the end
            self._describe(seat, taken, [])
        return taken

    def _describe(self, seat: str, taken: _Taken, marks: list[Mark]) -> None:
        length = ms(taken.track.end)
        about = TrackFile(seat=seat, name=taken.name, length_ms=length, marks=marks)
        files.write_atomic(self._folder / f"{seat}.json", msgspec.json.encode(about), durable=True)

    def _append(self, path: Path, data: bytes | bytearray) -> None:
        file = files.open_append(path)
        try:
            files.append_whole(file, bytes(data), os.fstat(file).st_size, self._write)
        finally:
            os.close(file)


def _end(one: _Waiting) -> int:
    return one.time + one.samples


def _mark(taken: _Taken, begin: Samples, end: Samples, kind: str) -> None:
    one = (ms(begin), ms(end), kind)
    if one[0] >= one[1]:
        return
    last = taken.marks[-1] if taken.marks else None
    if last is not None and last[2] == kind and one[0] - last[1] <= 1:
        taken.marks[-1] = (last[0], one[1], kind)
    else:
        taken.marks.append(one)


def _continue(path: Path) -> Track | None:
    """Cut a torn page off a track and return where it goes on; None for one to begin anew."""
    if not os.path.lexists(path):
        return None
    about = path.lstat()
    found, start = None, 0
    if stat.S_ISREG(about.st_mode):
        with path.open("rb") as file:
            head = file.read(4096)
            for tail in (_TAIL, 64 * _TAIL, about.st_size):
                start = max(0, about.st_size - tail)
                file.seek(start)
                found = last_page(file.read(tail))
                if found is not None or start == 0 or tail > 32 * _TAIL:
                    break
        if head[28:36] != b"OpusHead":
            found = None
    if found is None or found[1] >= 1 << 62:
        files.set_aside(path, "damaged")
        return None
    end, granule, serial, sequence = found
    if start + end < about.st_size:
        os.truncate(path, start + end)
    return Track(serial, sequence + 1, Samples(granule))


def _name_in(path: Path) -> str:
    try:
        return msgspec.json.decode(files.read_small(path), type=TrackFile).name
    except (OSError, *UNREADABLE):
        return ""


def _marks_in(path: Path) -> list[Mark]:
    try:
        lines = files.read_small(path, _MAX_MARKS).splitlines()
    except OSError:
        return []
    marks: list[Mark] = []
    for line in lines:
        try:
            marks.append(msgspec.json.decode(line, type=Mark))
        except UNREADABLE:
            continue  # torn by a crash
    return marks
