"""An hour over a line that loses a tenth, with twenty reconnects: one track, in sync at the end."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import av
import msgspec
import numpy as np
import pytest
from tests.unit.record.test_tracks import NAMES, encoder, lag, noise

from vivavoce.media import Frame, Pcm
from vivavoce.mix.opus import Decoder, Encoder
from vivavoce.mix.voice import Voice
from vivavoce.record import onair
from vivavoce.record.onair import Tick
from vivavoce.record.tracks import TrackFile, Tracks
from vivavoce.units import FRAME_SAMPLES, Samples

HOUR: Final = 3_600 * 50  # ticks
WINDOW: Final = 2 * 48_000
LOSS: Final = 0.1
PPM: Final = 200  # 0.72 s in the hour, which must not add up
ROUND: Final = 20 * 50
"""Frames that are said again and again: twenty seconds, in which no two are alike."""

# Looked at: each two minutes, and the last seconds.
LOOKS: Final = [*range(60 * 48_000, HOUR * FRAME_SAMPLES, 120 * 48_000)]
LAST: Final = HOUR * FRAME_SAMPLES - 2 * WINDOW


class Line:
    """A speaker who is cut off twenty times, for one to five seconds, and comes back."""

    def __init__(self) -> None:
        self.random = random.Random(5)
        coder = Encoder(bitrate=48_000, loss_percent=10)
        sound = noise(ROUND * FRAME_SAMPLES, 5).reshape(-1, FRAME_SAMPLES)
        self.packets = [coder.encode(frame) for frame in sound]
        self.voice = Voice(Decoder())
        self.sent = self.first = 0
        self.away = {
            tick
            for begin in range(4_000, HOUR - 2_000, (HOUR - 6_000) // 20)
            for tick in range(begin, begin + self.random.randrange(50, 250))
        }

    def tick(self, number: int) -> Frame:
        """Let 20 ms pass, and return what the mix plays."""
        now, period = number * 0.02, 0.02 / (1 + PPM * 1e-6)
        away = number in self.away
        while self.sent * period <= now:
            if not away and self.random.random() >= LOSS:
                at = self.sent * period + self.random.random() * 0.01
                rtp = self.sent - self.first
                packet = self.packets[self.sent % ROUND]
                self.voice.push(rtp, rtp * FRAME_SAMPLES, packet, False, at)
            self.sent += 1
        if away and number - 1 not in self.away:
            self.voice = Voice(Decoder())
        if away:
            self.first = self.sent
        return self.voice.tick(now)


def windows(path: Path, starts: list[int]) -> Iterator[Pcm]:
    """Decode a track as a stream; yield two seconds from each of ``starts``."""
    waiting, kept, at = iter(starts), np.zeros(0, dtype=np.float32), 0
    start = next(waiting)
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            assert isinstance(frame, av.AudioFrame)
            pcm = frame.to_ndarray().reshape(-1)
            begin, at = at, at + len(pcm)
            kept = np.append(kept, pcm[max(0, start - begin) :])
            if len(kept) >= WINDOW:
                yield (kept[:WINDOW] * 32_767).astype(np.int16)
                kept = kept[:0]
                start = next(waiting, 1 << 60)


@pytest.mark.timeout(1_200)  # twenty seconds of one core, which a machine may be busy with
def test_an_hour_with_twenty_reconnects_leaves_one_track_in_sync(tmp_path: Path) -> None:
    line, tracks = Line(), Tracks(tmp_path, encoder)
    starts = [*LOOKS, LAST]
    mixed: dict[int, list[Frame]] = {start: [] for start in starts}
    for number in range(HOUR):
        frame = line.tick(number)
        voice = onair.Voice("seat", True, True, line.voice.played)
        voices = () if number in line.away else (voice,)
        tracks.take(Tick(Samples(number * FRAME_SAMPLES), frame, voices), NAMES)
        if number % 50 == 49:
            tracks.write()
        start = next((s for s in starts if s <= number * FRAME_SAMPLES < s + WINDOW), None)
        if start is not None:
            mixed[start].append(frame)
    tracks.finish(Samples(HOUR * FRAME_SAMPLES))

    assert [path.name for path in sorted(tmp_path.iterdir())] == ["seat.json", "seat.opus"]
    about = msgspec.json.decode((tmp_path / "seat.json").read_bytes(), type=TrackFile)
    breaks = [mark for mark in about.marks if mark[2] == "absent" and mark[1] - mark[0] > 900]
    assert len(breaks) == 20
    lags = [
        lag(track, np.concatenate(mixed[start]))
        for start, track in zip(starts, windows(tmp_path / "seat.opus", starts), strict=True)
        if not line.away & set(range(start // FRAME_SAMPLES, (start + WINDOW) // FRAME_SAMPLES))
    ]
    assert len(lags) > 20
    assert max(map(abs, lags)) <= FRAME_SAMPLES, "20 ms"
