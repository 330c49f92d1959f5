"""Taking a range of a recording down, on disk. Blocking.

What is to be done is written down first and struck out last, and every step may be repeated: a
crash half-way is finished at the next start. Until the lists name the new files, the old ones
stand; once the old ones are gone, nothing of the range is left in any file of the show.
"""

import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from vivavoce.card import SHOW_ID, ShowCard
from vivavoce.errors import UNREADABLE, UsageError
from vivavoce.media import SEGMENTED, Codec
from vivavoce.package import playlist
from vivavoce.package.cmaf import parts_in
from vivavoce.package.silence import silent_part
from vivavoce.record import files, layout, seal, sealed
from vivavoce.record.places import Places
from vivavoce.record.quiet import silenced_track
from vivavoce.record.seal import PRIVATE
from vivavoce.record.takedowns import (
    PART_MS,
    TAKEDOWNS,
    Takedown,
    name_of,
    names,
    parts_touched,
    quietened,
    read_takedowns,
    relisted,
    replaced_name,
    segments_touched,
    silenced,
)
from vivavoce.record.talk import TalkFile, lines_without, without
from vivavoce.units import (
    PART_SAMPLES,
    PARTS_PER_SEGMENT,
    PartNumber,
    Samples,
    SegmentNumber,
    first_part_of,
)

JOURNAL: Final = "takedown.json"

_LISTS: Final = (playlist.REPLAY, playlist.SHOW, playlist.LIVE)
_PEAKS: Final = "peaks.bin"
_TALK: Final = "talk.json"
# Made of the recording; remade by whoever made them.
_DERIVED: Final = ("episode.json", "episode.mp3", "episode.opus", "episode-chapters.json")
_BESIDE: Final = re.compile(r"(\d{8})\.m4s\.\w+", re.ASCII)


class Journal(msgspec.Struct, frozen=True, kw_only=True):
    """A take-down under way; ``number`` counts the show's take-downs from 1."""

    number: int
    range: Takedown


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What a take-down did; names are those below the show's public folder."""

    range: Takedown
    replaced: tuple[str, ...]
    """Files that are no more; caches elsewhere are to forget them."""
    dropped: tuple[str, ...]
    """What had been made of the recording and is no more."""


def begin(places: Places, show: str, from_ms: int, to_ms: int, at_ms: int) -> Journal:
    """Write down what is to be taken down; raises ``UsageError`` and ``MachineError``."""
    if from_ms >= to_ms:
        raise UsageError("range_empty", "The range ends before it begins.", status=422)
    folder = places.public(show)
    told = read_takedowns(_read(folder / TAKEDOWNS))
    numbers = _numbers(folder)
    gone = parts_touched(from_ms, to_ms, _end(folder, numbers, told))
    segments = segments_touched(gone, numbers)
    if not segments:
        raise UsageError("range_empty", "There is no sound in that range.", status=422)
    journal = Journal(
        number=len(told) + 1,
        range=Takedown(
            from_ms=gone.start * PART_MS,
            to_ms=gone.stop * PART_MS,
            at_ms=at_ms,
            segments=tuple(segments),
        ),
    )
    with files.told():
        files.make_folder(places.private(show))
        data = msgspec.json.encode(journal)
        files.write_atomic(places.private(show) / JOURNAL, data, durable=True)
        files.sync_folder(places.private(show))
    return journal


def under_way(places: Places) -> list[str]:
    """Return the shows in which a take-down was begun and not finished."""
    found = places.private("x").parent.glob(f"*/{JOURNAL}")
    return sorted(path.parent.name for path in found if SHOW_ID.fullmatch(path.parent.name))


def carry_out(places: Places, card: ShowCard) -> Done | None:
    """Do what the journal of a show says; None if there is none. Raises ``MachineError``."""
    path = places.private(card.show) / JOURNAL
    try:
        journal = msgspec.json.decode(files.read_small(path), type=Journal)
    except FileNotFoundError:
        return None
    except (OSError, *UNREADABLE):
        with files.told():
            files.set_aside(path, "damaged")
        return None
    with files.told():
        done = _Work(places, card, journal).run()
        path.unlink()
        return done


class _Work:
    """One take-down, step by step."""

    def __init__(self, places: Places, card: ShowCard, journal: Journal) -> None:
        self._places = places
        self._card = card
        self._folder = places.public(card.show)
        self._range, self._number = journal.range, journal.number
        told = read_takedowns(_read(self._folder / TAKEDOWNS))
        self._before: Sequence[Takedown] = told[: journal.number - 1]
        self._gone = range(self._range.from_ms // PART_MS, self._range.to_ms // PART_MS)

    def run(self) -> Done:
        changed = [*self._segments(), *self._tracks(), *self._peaks(), *self._talk()]
        changed += self._lists()
        told = msgspec.json.encode([*self._before, self._range])
        files.write_atomic(self._folder / TAKEDOWNS, told, durable=True)
        self._seal([*changed, TAKEDOWNS])
        replaced = tuple(self._forget())
        return Done(range=self._range, replaced=replaced, dropped=tuple(self._drop()))

    def _names(self) -> Iterator[tuple[SegmentNumber, str, str]]:
        """Yield each segment with its old and its new name."""
        old = names(self._before)
        for number in map(SegmentNumber, self._range.segments):
            now = old.get(number) or playlist.segment_name(number)
            yield number, now, replaced_name(number, self._number)

    def _segments(self) -> Iterator[str]:
        for codec in SEGMENTED:
            for number, old, new in self._names():
                data = _read(self._folder / codec / old)
                if data is not None:
                    body = silenced(codec, data, self._gone) or _silence(codec, number)
                    files.write_atomic(self._folder / codec / new, body, durable=True)
                elif not (self._folder / codec / new).exists():
                    body = _silence(codec, number)
                    files.write_atomic(self._folder / codec / new, body, durable=True)
                yield f"{codec}/{new}"
            files.sync_folder(self._folder / codec)

    def _tracks(self) -> Iterator[str]:
        begin = Samples(self._gone.start * PART_SAMPLES)
        end = Samples(self._gone.stop * PART_SAMPLES)
        for path in sorted((self._places.private(self._card.show) / PRIVATE).glob("*.opus")):
            data = _read(path)
            if data is not None:
                files.write_atomic(path, silenced_track(data, begin, end), durable=True)
                yield f"{PRIVATE}{path.name}"

    def _peaks(self) -> Iterator[str]:
        data = _read(self._folder / _PEAKS)
        if data is not None:
            files.write_atomic(self._folder / _PEAKS, quietened(data, self._gone), durable=True)
            yield _PEAKS

    def _talk(self) -> Iterator[str]:
        gone = (self._range.from_ms, self._range.to_ms)
        lines = self._places.private(self._card.show) / "talk.jsonl"
        data = _read(lines)
        if data is not None:
            said = lines_without(data.splitlines(), gone)
            files.write_atomic(lines, said, durable=True)
        data = _read(self._folder / _TALK)
        if data is None:
            return
        try:
            talk = without(msgspec.json.decode(data, type=TalkFile), gone)
        except UNREADABLE:
            files.set_aside(self._folder / _TALK, "damaged")
        else:
            files.write_atomic(self._folder / _TALK, msgspec.json.encode(talk), durable=True)
            yield _TALK

    def _lists(self) -> Iterator[str]:
        renamed = {old: new for _, old, new in self._names()}
        for codec in SEGMENTED:
            for name in _LISTS:
                path = self._folder / codec / name
                data = _read(path)
                if data is not None:
                    text = relisted(data.decode(errors="replace"), renamed)
                    files.write_atomic(path, text.encode(), durable=True)
                    yield f"{codec}/{name}"
            files.sync_folder(self._folder / codec)

    def _seal(self, changed: Sequence[str]) -> None:
        epoch_ms = self._card.epoch_ms
        if epoch_ms is None or not (self._folder / seal.SEAL).exists():
            return
        sealed.end(self._folder, self._places.private(self._card.show), self._card.show, epoch_ms)
        paths = {name: self._path(name) for name in changed}
        digests = {name: sealed.file_digest(path) for name, path in paths.items()}
        sealed.take_down(self._folder, self._card.show, epoch_ms, self._number, digests)

    def _path(self, name: str) -> Path:
        private = name.startswith(PRIVATE)
        return (self._places.private(self._card.show) if private else self._folder) / name

    def _forget(self) -> Iterator[str]:
        """Delete the old sound, also what of it was once set aside; yield the names of the old."""
        span = range(self._range.segments[0], self._range.segments[-1] + 1)
        for codec in SEGMENTED:
            folder = self._folder / codec
            for _, old, _ in self._names():
                (folder / old).unlink(missing_ok=True)
                yield f"{codec}/{old}"
            for path in list(folder.iterdir()):
                beside = _BESIDE.fullmatch(path.name)
                if beside and int(beside[1]) in span and not path.is_dir():
                    path.unlink()
            files.sync_folder(folder)

    def _drop(self) -> Iterator[str]:
        for name in _DERIVED:
            if (self._folder / name).exists():
                (self._folder / name).unlink()
                yield name
        exports = self._places.exports(self._card.show)
        if exports.is_dir():
            jobs = sorted(path.name for path in exports.iterdir())
            shutil.rmtree(exports)
            yield from (f"exports/{job}" for job in jobs)


def _silence(codec: Codec, segment: SegmentNumber) -> bytes:
    first = first_part_of(segment)
    parts = range(first, first + PARTS_PER_SEGMENT)
    return b"".join(silent_part(codec, PartNumber(number)).body for number in parts)


def _numbers(folder: Path) -> list[SegmentNumber]:
    data = _read(folder / sealed.REPLAY_LIST)
    return [] if data is None else layout.listed(data)


def _end(folder: Path, numbers: Sequence[SegmentNumber], told: Sequence[Takedown]) -> PartNumber:
    """Return the part after a show's last one."""
    if not numbers:
        return PartNumber(0)
    data = _read(folder / Codec.OPUS / name_of(numbers[-1], told)) or b""
    count = sum(1 for _ in parts_in(Codec.OPUS, data)) or PARTS_PER_SEGMENT
    return PartNumber(first_part_of(numbers[-1]) + count)


def _read(path: Path) -> bytes | None:
    try:
        return files.read_small(path) if files.plain(path) else None
    except FileNotFoundError:
        return None
