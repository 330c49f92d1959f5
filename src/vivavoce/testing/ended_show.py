"""A show that has ended, made in a moment: files as a studio leaves them, without the hours.

A few seconds are encoded once and repeated with the times of their places (``tfdt``), so three
hours take about as long as it takes to write eleven thousand files. The seam between two rounds is
that of two encoder runs, which every recording of a restarted studio has as well.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from vivavoce.card import ShowCard, State
from vivavoce.media import SEGMENTED, Codec, Pcm
from vivavoce.package import cmaf, playlist, rates
from vivavoce.package.encoder import PyAvEncoder
from vivavoce.package.heads import HEADS
from vivavoce.package.segmenter import Segmenter
from vivavoce.units import (
    PART_SAMPLES,
    PARTS_PER_SEGMENT,
    SEGMENT_SAMPLES,
    PartNumber,
    first_part_of,
    seconds,
)

SHOW: Final = "0123456789"
EPOCH: Final = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
PART_MS: Final = 320
SEGMENT_MS: Final = PART_MS * PARTS_PER_SEGMENT

Spans = Sequence[tuple[int, int, int]]
"""Speaker, from and to in milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedShow:
    """What the show is made of; times are milliseconds of media time."""

    round: Pcm
    """The sound that is repeated: whole segments, so a multiple of 92,160 samples."""
    rounds: int
    spans: Spans = ()
    """Who speaks where in each round."""
    speakers: Sequence[str] = ()
    breaks: Sequence[tuple[int, int]] = ()
    """Left out of the playlists, whole segments; sound goes on behind them."""
    quiet: Sequence[tuple[int, int]] = ()
    starts_ms: int = 0
    title: str = "An ended show"
    description: str = ""
    state: State = State.ENDED
    more: dict[str, Any] = field(default_factory=dict)
    """Further files beside the sound: name to what is written as JSON."""

    def write(self, live: Path, show: str = SHOW) -> ShowCard:
        """Write the show's folder below ``live`` (``DATA/live``) and return its card."""
        timeline = self._timeline()
        folder = live / show
        for codec in SEGMENTED:
            self._write_sound(folder / codec, codec, timeline)
        self._write_lists(folder, timeline)
        length_ms = timeline.next * PART_MS
        (folder / "peaks.bin").write_bytes(self._peaks(timeline))
        talk = {
            "version": 1,
            "speakers": [{"seat": f"seat{n}", "name": n} for n in self.speakers],
            "spans": self._spans(length_ms),
            "quiet": self.quiet,
            "breaks": self.breaks,
            "starts_ms": self.starts_ms,
            "length_ms": length_ms,
        }
        for name, content in ({"talk.json": talk} | self.more).items():
            (folder / name).write_bytes(msgspec.json.encode(content))
        card = self._card(show, timeline)
        (folder / "card.json").write_bytes(msgspec.json.encode(card))
        return card

    def _card(self, show: str, timeline: Segmenter) -> ShowCard:
        epoch_ms = int(EPOCH.timestamp() * 1000)
        ended = self.state is State.ENDED
        return ShowCard(
            show=show,
            version=1,
            title=self.title,
            description=self.description,
            language="en",
            state=self.state,
            epoch_ms=epoch_ms,
            ended_ms=epoch_ms + timeline.next * PART_MS if ended else None,
            duration_s=seconds(timeline.length) if ended else None,
        )

    def _timeline(self) -> Segmenter:
        if len(self.round) % SEGMENT_SAMPLES:
            raise ValueError("a round is made of whole segments")
        gone = [range(begin // SEGMENT_MS, end // SEGMENT_MS) for begin, end in self.breaks]
        wanted = self.rounds * len(self.round) // SEGMENT_SAMPLES
        timeline, number = Segmenter(), 0
        while len(timeline.numbers) < wanted:
            if not any(number in one for one in gone):
                for part in range(number * PARTS_PER_SEGMENT, (number + 1) * PARTS_PER_SEGMENT):
                    timeline.add(PartNumber(part))
            number += 1
        return timeline

    def _write_sound(self, folder: Path, codec: Codec, timeline: Segmenter) -> None:
        folder.mkdir(parents=True)
        (folder / "init.mp4").write_bytes(HEADS[codec])
        encoder = PyAvEncoder(codec, rates.BITRATES[codec])
        packets = encoder.encode(np.concatenate((self.round, self.round[:PART_SAMPLES])))
        size = cmaf.PACKETS_PER_PART[codec]
        parts = [
            packets[at : at + size] for at in range(0, len(self.round) // PART_SAMPLES * size, size)
        ]
        for place, segment in enumerate(timeline.numbers):
            first, heard = first_part_of(segment), place * PARTS_PER_SEGMENT
            body = b"".join(
                cmaf.chunk(codec, PartNumber(first + n), parts[(heard + n) % len(parts)])
                for n in range(PARTS_PER_SEGMENT)
            )
            (folder / playlist.segment_name(segment)).write_bytes(body)

    def _write_lists(self, folder: Path, timeline: Segmenter) -> None:
        count, ended = len(timeline.numbers), self.state is State.ENDED
        window = playlist.window_of(count)
        for codec in SEGMENTED:
            lists = {
                playlist.SHOW: playlist.show(timeline, count, EPOCH, ended=ended),
                playlist.LIVE: playlist.live(timeline, window, EPOCH, ended=ended),
            }
            if ended:
                lists[playlist.REPLAY] = playlist.replay(timeline, EPOCH)
            for name, text in lists.items():
                (folder / codec / name).write_text(text)
        declared = {codec: rates.declared(rates.BITRATES[codec]) for codec in SEGMENTED}
        for name, of in ((playlist.LIVE, playlist.REPLAY), (playlist.REWIND, playlist.REPLAY)):
            (folder / name).write_text(playlist.multivariant(declared, of))

    def _peaks(self, timeline: Segmenter) -> bytes:
        """One byte a part: its peak, -60 dBFS to 0, linear in decibels."""
        peaks = np.abs(self.round.astype(np.int32)).reshape(-1, PART_SAMPLES).max(axis=1)
        db = 20 * np.log10(np.maximum(peaks, 1) / 32_768)
        levels = np.clip(np.round(255 * (1 + db / 60)), 0, 255).astype(np.uint8)
        found = np.zeros(timeline.next, dtype=np.uint8)
        for place, segment in enumerate(timeline.numbers):
            heard = np.arange(PARTS_PER_SEGMENT) + place * PARTS_PER_SEGMENT
            first = first_part_of(segment)
            found[first : first + PARTS_PER_SEGMENT] = levels[heard % len(levels)]
        return found.tobytes()

    def _spans(self, length_ms: int) -> list[tuple[int, int, int]]:
        return list(self._repeated(length_ms))

    def _repeated(self, length_ms: int) -> Iterator[tuple[int, int, int]]:
        round_ms = len(self.round) // PART_SAMPLES * PART_MS
        shifted = 0
        for number in range(self.rounds):
            start = number * round_ms + shifted
            for begin, end in self.breaks:
                if begin <= start:
                    shifted, start = shifted + end - begin, start + end - begin
            for who, begin, end in self.spans:
                if start + end <= length_ms:
                    yield (who, start + begin, start + end)
