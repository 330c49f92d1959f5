"""Who spoke when, and where nothing was said: notes that grow with the show. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from vivavoce.errors import UNREADABLE
from vivavoce.record.onair import Tick
from vivavoce.record.playing import Range
from vivavoce.units import FRAME_SAMPLES, SAMPLE_RATE

QUIET_MS: Final = 2_000
"""A pause that is worth skipping."""

# A long speech is written down while it lasts: a crash costs no more than this of it.
_PROGRESS_MS: Final = 5_000

Line = tuple[str, int | str, int | str, int | str]


class Speaker(msgspec.Struct, frozen=True):
    """One who spoke."""

    seat: str
    name: str


class TalkFile(msgspec.Struct, frozen=True, kw_only=True):
    """``talk.json``; times are media time in milliseconds."""

    version: int = 1
    speakers: list[Speaker]
    spans: list[tuple[int, int, int]]
    """Speaker (place in ``speakers``), from, to."""
    quiet: list[Range]
    breaks: list[Range]
    starts_ms: int
    """Where sound begins: the first word."""
    length_ms: int


class Talk:
    """Takes ticks; ``lines`` are what to append to ``talk.jsonl``."""

    def __init__(self, lines: Iterable[bytes] = ()) -> None:
        self.lines: list[bytes] = []
        self.speakers: list[Speaker] = []
        self.end_ms = 0
        self._spans: dict[tuple[int, int], int] = {}
        self._quiet: dict[int, int] = {}
        self._open: dict[str, tuple[int, int, int]] = {}
        self._quiet_since: int | None = None
        for line in lines:
            try:
                self._apply(msgspec.json.decode(line, type=Line))
            except (*UNREADABLE, IndexError, TypeError):
                continue  # a line that a crash has torn costs that line

    def take(self, tick: Tick, names: Mapping[str, str]) -> None:
        """Note who speaks in a tick."""
        now = ms(tick.time)
        if now != self.end_ms:
            self.pause()
        self.end_ms = ms(tick.time + FRAME_SAMPLES)
        speaking = {v.seat for v in tick.voices if v.speaking and v.open}
        for seat in speaking:
            if seat not in self._open:
                self._open[seat] = (self._speaker(seat, names.get(seat, "")), now, now)
        for seat in list(self._open):
            speaker, begin, told = self._open[seat]
            if seat not in speaking:
                self._close(seat, now)
            elif now - told >= _PROGRESS_MS:
                self._open[seat] = (speaker, begin, now)
                self._say(("span", speaker, begin, now))
        self._listen(now, quiet=not speaking)

    def pause(self) -> None:
        """End all that is under way: the show has, or the studio was away."""
        for seat in list(self._open):
            self._close(seat, self.end_ms)
        self._listen(self.end_ms, quiet=False)

    def file(self, breaks: Iterable[Range]) -> TalkFile:
        """Return all that is known up to now."""
        spans = dict(self._spans)
        spans |= {(who, begin): self.end_ms for who, begin, _ in self._open.values()}
        quiet = dict(self._quiet)
        if self._quiet_since is not None and self.end_ms - self._quiet_since >= QUIET_MS:
            quiet[self._quiet_since] = self.end_ms
        listed = sorted((who, begin, end) for (who, begin), end in spans.items() if end > begin)
        listed.sort(key=lambda span: span[1])
        return TalkFile(
            speakers=self.speakers,
            spans=listed,
            quiet=sorted(quiet.items()),
            breaks=list(breaks),
            starts_ms=listed[0][1] if listed else 0,
            length_ms=self.end_ms,
        )

    def _speaker(self, seat: str, name: str) -> int:
        speaker = Speaker(seat, name)
        if speaker not in self.speakers:
            self._say(("speaker", len(self.speakers), seat, name))
        return self.speakers.index(speaker)

    def _close(self, seat: str, now: int) -> None:
        speaker, begin, _ = self._open.pop(seat)
        self._say(("span", speaker, begin, now))

    def _listen(self, now: int, *, quiet: bool) -> None:
        if quiet and self._quiet_since is None:
            self._quiet_since = now
        elif not quiet and self._quiet_since is not None:
            if now - self._quiet_since >= QUIET_MS:
                self._say(("quiet", 0, self._quiet_since, now))
            self._quiet_since = None

    def _say(self, line: Line) -> None:
        self._apply(line)
        self.lines.append(msgspec.json.encode(line))

    def _apply(self, line: Line) -> None:
        match line:
            case ("speaker", _, str(seat), str(name)):
                self.speakers.append(Speaker(seat, name))
            case ("span", int(who), int(begin), int(end)) if 0 <= who < len(self.speakers):
                self._spans[who, begin] = end
                self.end_ms = max(self.end_ms, end)
            case ("quiet", _, int(begin), int(end)):
                self._quiet[begin] = end
                self.end_ms = max(self.end_ms, end)
            case _:
                pass


def without(talk: TalkFile, gone: Range) -> TalkFile:
    """Return who spoke when, but not within ``gone``."""
    spans = [(who, *piece) for who, *span in talk.spans for piece in _outside(span, gone)]
    return msgspec.structs.replace(talk, spans=spans)


def lines_without(lines: Iterable[bytes], gone: Range) -> bytes:
    """Return the lines of ``talk.jsonl``, but not who spoke within ``gone``."""
    kept = []
    for line in lines:
        try:
            found = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue  # torn by a crash: it could say anything
        match found:
            case ["span", int(who), int(begin), int(end)]:
                pieces = _outside((begin, end), gone)
                kept += [msgspec.json.encode(("span", who, *piece)) for piece in pieces]
            case _:
                kept.append(line)
    return b"".join(line + b"\n" for line in kept)


def _outside(span: Sequence[int], gone: Range) -> list[Range]:
    begin, end = span
    pieces = [(begin, min(end, gone[0])), (max(begin, gone[1]), end)]
    return [piece for piece in pieces if piece[0] < piece[1]]


def ms(time: int) -> int:
    """Return whole milliseconds of media time."""
    return time * 1000 // SAMPLE_RATE
