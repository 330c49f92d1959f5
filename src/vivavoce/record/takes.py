"""What is recorded beside the programme: tracks, who spoke, peaks, what happened.

Blocking file I/O, one call at a time. A disk that refuses costs nothing but time: what waits for
it is bounded (``SPOOL`` and so on) and written when it works again.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from vivavoce.record import files
from vivavoce.record.onair import Batch, Tick
from vivavoce.record.peaks import Peaks
from vivavoce.record.playing import Range
from vivavoce.record.talk import Talk, ms
from vivavoce.record.tracks import Encode, Tracks
from vivavoce.units import Samples

TALK: Final = "talk.json"
PEAKS: Final = "peaks.bin"

_RENEW_BATCHES: Final = 8  # of a second each: listeners' pages are to know within ten
_MOST_LINES: Final = 10_000


class Takes:
    """Writes ``public`` (a show's folder in live/) and ``private`` (in record/)."""

    def __init__(
        self,
        public: Path,
        private: Path,
        new_encoder: Callable[[], Encode],
        write: files.Write = os.write,
    ) -> None:
        self._public, self._private = public, private
        self._write = write
        self._tracks = Tracks(private / "tracks", new_encoder, write)
        self._talk = Talk(_lines(private / "talk.jsonl"))
        self._peaks = Peaks()
        self._events: list[bytes] = []
        self._on_air: dict[str, bool] = {}
        self._breaks: tuple[Range, ...] = ()
        self._batches = 0
        self._began = False
        self._appended: set[str] = set()

    def append(self, batch: Batch) -> None:
        """Take what happened in about a second and write it; raises ``MachineError``.

        An empty batch only tries to write what waits.
        """
        self._breaks = batch.breaks or self._breaks
        if batch.lost:
            self._say(self._talk.end_ms, "lost", ticks=batch.lost)
        for tick in batch.ticks:
            if not self._began:
                self._began = True
                self._say(ms(tick.time), "recording")
            self._talk.take(tick, batch.names)
            self._peaks.take(tick.time, tick.frame)
            self._tracks.take(tick, batch.names)
            self._follow(tick, batch)
        with files.told():
            self._flush()

    def finish(self, end: Samples) -> None:
        """Make everything as long as the show; raises ``MachineError``; may be repeated."""
        self._talk.pause()
        with files.told():
            self._peaks.close()
            self._flush(renew=True)
            self._tracks.finish(end)
            self._say(ms(end), "ended")
            self._flush()

    def _follow(self, tick: Tick, batch: Batch) -> None:
        now = {voice.seat: voice.open for voice in tick.voices}
        if now == self._on_air:
            return
        at = ms(tick.time)
        for seat in self._on_air.keys() - now.keys():
            self._say(at, "left", seat, batch.names.get(seat, ""))
        for seat, is_open in now.items():
            name = batch.names.get(seat, "")
            if seat not in self._on_air:
                self._say(at, "came", seat, name)
            if is_open != self._on_air.get(seat, True):
                self._say(at, "unmuted" if is_open else "muted", seat, name)
        self._on_air = now

    def _say(self, at_ms: int, event: str, seat: str = "", name: str = "", ticks: int = 0) -> None:
        line: dict[str, object] = {"at_ms": at_ms, "event": event}
        if seat:
            line |= {"seat": seat, "name": name}
        if ticks:
            line["lost_ms"] = ticks * 20
        if len(self._events) < _MOST_LINES:
            self._events.append(msgspec.json.encode(line))

    def _flush(self, *, renew: bool = False) -> None:
        files.make_folder(self._private)
        files.make_folder(self._public)
        self._tracks.write()
        self._append("events.jsonl", self._events)
        self._append("talk.jsonl", self._talk.lines)
        self._write_peaks()
        self._batches += 1
        if renew or self._batches % _RENEW_BATCHES == 1:
            talk = msgspec.json.encode(self._talk.file(self._breaks))
            files.write_atomic(self._public / TALK, talk)

    def _append(self, name: str, lines: list[bytes]) -> None:
        if not lines:
            return
        data = b"\n" * self._first(name) + b"".join(line + b"\n" for line in lines)
        file = files.open_append(self._private / name)
        try:
            size = os.fstat(file).st_size
            files.append_whole(file, data, size, self._write)
        finally:
            os.close(file)
        lines.clear()

    def _first(self, name: str) -> bool:
        """Say whether this run appends for the first time: a torn line stays a line of its own."""
        first = name not in self._appended
        self._appended.add(name)
        return first

    def _write_peaks(self) -> None:
        if not self._peaks.made:
            return
        file = files.open_plain(self._public / PEAKS)
        try:
            for part, value in self._peaks.made:
                os.pwrite(file, bytes((value,)), part)
        finally:
            os.close(file)
        self._peaks.made.clear()


def _lines(path: Path) -> list[bytes]:
    try:
        return files.read_small(path).splitlines()
    except OSError:
        return []
