"""A recording that goes on until it is killed: ``record_child DATA FIRST_PART``.

It records a made-up show through the studio's own recording, as fast as it can: media time is
virtual. It says ``made CODEC PART`` before it writes a part, and ``safe CODEC PART`` once it was
told that it is safe.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from vivavoce.app.recording import Recordings
from vivavoce.media import Frame, Part, Played
from vivavoce.mix.opus import Encoder
from vivavoce.package.packager import Packager
from vivavoce.package.rates import BITRATES
from vivavoce.record.onair import Batch, Tick, Voice
from vivavoce.units import FRAME_SAMPLES, FRAMES_PER_PART, PartNumber, Samples

SHOW: Final = "0123456789"
EPOCH: Final = datetime(2024, 8, 13, 0, 42, tzinfo=UTC)
SEAT: Final = "seat000000"

_BATCH: Final = 50


def sound(tick: int) -> Frame:
    """Return 20 ms of the one speaker: 60 ms of noise in each 200, each different."""
    if tick % 10 > 2:
        return np.zeros(FRAME_SAMPLES, dtype=np.int16)
    rng = np.random.default_rng(tick)
    return rng.normal(0, 4_000, FRAME_SAMPLES).astype(np.int16)


def record(data: Path, first: PartNumber) -> Iterator[tuple[list[Part], bool]]:
    """Record for ever from part ``first`` or later; yield parts before and after they are safe."""
    recordings = Recordings(data, BITRATES)
    programme = recordings.programme(SHOW, EPOCH, first)
    notes = recordings.notes(SHOW)
    first = max(first, programme.next_part)
    packager, encoder = Packager(first), Encoder(bitrate=48_000)
    ticks: list[Tick] = []
    tick = first * FRAMES_PER_PART
    while True:
        frame = sound(tick)
        heard = (Played(0, FRAME_SAMPLES, encoder.encode(frame)),)
        voice = Voice(SEAT, open=True, speaking=True, played=heard)
        ticks.append(Tick(Samples(tick * FRAME_SAMPLES), frame, (voice,)))
        tick += 1
        if parts := packager.feed([frame]):
            yield parts, False
            programme.append(parts)
            yield parts, True
        if len(ticks) == _BATCH:
            notes.append(Batch(tuple(ticks), {SEAT: "Ada"}, programme.breaks))
            ticks.clear()


def main(data: str, first: str) -> None:
    """Record, and say how far it is."""
    for parts, safe in record(Path(data), PartNumber(int(first))):
        for part in parts:
            sys.stdout.write(f"{'safe' if safe else 'made'} {part.codec} {part.number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
