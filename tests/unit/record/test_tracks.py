"""Tracks, proved on decoded sound: beside the programme, in virtual time, over bad lines."""

import random
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import pytest

from vivavoce.media import SILENCE, Frame, Pcm, Played
from vivavoce.mix.opus import Decoder, Encoder
from vivavoce.mix.voice import Voice
from vivavoce.record import onair
from vivavoce.record.onair import Tick
from vivavoce.record.tracks import TrackFile, Tracks
from vivavoce.testing.decode import decode
from vivavoce.units import FRAME_SAMPLES, Samples

NAMES = {"seat": "Ada"}
BURST = 2_400  # 50 ms of noise, each different, five a second: nothing else is like it


def encoder() -> Encoder:
    return Encoder(independent=True)


def noise(samples: int, seed: int) -> Pcm:
    rng = np.random.default_rng(seed)
    sound = np.zeros(samples, dtype=np.int16)
    for begin in range(0, samples - BURST, 9_600):
        sound[begin : begin + BURST] = rng.normal(0, 4_000, BURST).astype(np.int16)
    return sound


@dataclass
class Line:
    """A speaker whose clock is wrong, over a line that loses."""

    seconds: int
    ppm: float = 0.0
    loss: float = 0.0
    seed: int = 1
    bitrate: int = 48_000

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        coder = Encoder(bitrate=self.bitrate, loss_percent=10)
        sound = noise(self.seconds * 48_000, self.seed)
        frames = sound.reshape(-1, FRAME_SAMPLES)
        self.packets = [coder.encode(frame) for frame in frames]
        self.voice = Voice(Decoder())
        self.sent = 0

    def tick(self, now: float) -> Frame:
        period = 0.02 / (1 + self.ppm * 1e-6)
        while self.sent < len(self.packets) and self.sent * period <= now:
            if self.random.random() >= self.loss:
                at = self.sent * period + self.random.random() * 0.01
                number, packet = self.sent, self.packets[self.sent]
                self.voice.push(number, number * FRAME_SAMPLES, packet, False, at)
            self.sent += 1
        return self.voice.tick(now)

    def connect_again(self) -> None:
        self.voice = Voice(Decoder())


def lag(one: Pcm, other: Pcm) -> int:
    """Return by how many samples ``one`` is later than ``other``."""
    size = 1 << (2 * len(one)).bit_length()
    product = np.fft.rfft(one.astype(float), size) * np.conj(np.fft.rfft(other.astype(float), size))
    at = int(np.argmax(np.fft.irfft(product)))
    return at if at < size // 2 else at - size


def record(
    folder: Path,
    line: Line,
    *,
    gaps: range = range(0),
    muted: range = range(0),
    crash: bool = False,
) -> tuple[Pcm, Pcm]:
    """Return the track and what the mix played of the voice; ``gaps`` and ``muted`` in ticks."""
    tracks = Tracks(folder, encoder)
    mixed = []
    count = line.seconds * 50
    for n in range(count):
        if n in gaps:
            line.connect_again()
        frame = line.tick(n * 0.02)
        heard = n not in muted
        mixed.append(frame if heard else SILENCE)
        voice = onair.Voice("seat", heard, True, line.voice.played)
        voices = () if n in gaps else (voice,)
        tracks.take(Tick(Samples(n * FRAME_SAMPLES), frame, voices), NAMES)
        if n % 50 == 49:
            tracks.write()
            if crash and n % 250 == 249:
                tracks = Tracks(folder, encoder)
    tracks.finish(Samples(count * FRAME_SAMPLES))
    return decode(folder / "seat.opus"), np.concatenate(mixed)


def in_sync(track: Pcm, mixed: Pcm) -> list[int]:
    window = 2 * 48_000
    starts = range(0, min(len(track), len(mixed)) - window + 1, window)
    return [lag(track[at : at + window], mixed[at : at + window]) for at in starts]


@pytest.mark.parametrize(
    ("ppm", "loss"), [(0, 0), (200, 0.1), (-200, 0.1), (2_000, 0), (-2_000, 0.1)]
)
def test_a_track_lies_within_20_ms_of_the_programme(tmp_path: Path, ppm: int, loss: float) -> None:
    """2,000 ppm for half a minute are 200 ppm for five: three slots too many or too few."""
    track, mixed = record(tmp_path, Line(30, ppm, loss))
    assert abs(len(track) - len(mixed)) <= FRAME_SAMPLES
    assert max(map(abs, in_sync(track, mixed))) <= FRAME_SAMPLES


def test_what_follows_a_lost_packet_is_no_louder_in_the_track_than_in_the_mix(
    tmp_path: Path,
) -> None:
    """Words in both layers of Opus, whose packets are encoded in the knowledge of those before."""
    for seed in (2, 7):
        line = Line(20, loss=0.3, seed=seed, bitrate=32_000)
        track, mixed = record(tmp_path / str(seed), line)
        loudest = [
            np.sqrt(np.mean(pcm[: 20 * 48_000].reshape(-1, FRAME_SAMPLES) ** 2.0, axis=1)).max()
            for pcm in (track, mixed)
        ]
        assert loudest[0] < 1.6 * loudest[1]


def test_who_is_away_and_comes_back_and_a_recorder_that_is_killed_leave_one_track_in_sync(
    tmp_path: Path,
) -> None:
    line = Line(20, 200, 0.1)
    track, mixed = record(tmp_path, line, gaps=range(300, 400), crash=True)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["seat.json", "seat.opus"]
    lags = in_sync(track, mixed)
    assert max(map(abs, lags[:2] + lags[4:])) <= FRAME_SAMPLES
    about = msgspec.json.decode((tmp_path / "seat.json").read_bytes(), type=TrackFile)
    assert about.name == "Ada"
    kinds = {kind for _, _, kind in about.marks}
    assert {"absent", "recovered"} <= kinds <= {"absent", "recovered", "concealed"}
    away = max((mark for mark in about.marks if mark[2] == "absent"), key=lambda m: m[1] - m[0])
    assert away[0] == pytest.approx(6_000, abs=60)
    assert away[1] == pytest.approx(8_000, abs=100)


def test_not_a_sample_of_what_was_said_muted_is_in_the_track(tmp_path: Path) -> None:
    muted = range(101, 263)
    track, mixed = record(tmp_path, Line(10), muted=muted)
    begin, end = muted.start * FRAME_SAMPLES, muted.stop * FRAME_SAMPLES
    # Codecs ring out; nothing that can be heard is left after 20 ms.
    assert np.abs(track[begin + FRAME_SAMPLES : end - FRAME_SAMPLES]).max() <= 3
    assert max(map(abs, in_sync(track[end:], mixed[end:]))) <= FRAME_SAMPLES


def test_a_packet_that_is_longer_than_what_was_open_stays_out(tmp_path: Path) -> None:
    tracks = Tracks(tmp_path, encoder)
    long = Played(0, 2_880, b"\x18" + bytes(20))
    for n, played in enumerate([(), (long,), (), ()]):
        voices = (onair.Voice("seat", n != 3, True, played),)
        tracks.take(Tick(Samples(n * FRAME_SAMPLES), SILENCE, voices), NAMES)
    tracks.finish(Samples(4 * FRAME_SAMPLES))
    assert bytes(20) not in (tmp_path / "seat.opus").read_bytes()[100:]


@pytest.mark.parametrize("cut", [1, 20, 200, 3_000])
def test_a_torn_page_costs_that_page(tmp_path: Path, cut: int) -> None:
    record(tmp_path, Line(6))
    path = tmp_path / "seat.opus"
    whole = decode(path)
    data = path.read_bytes()
    path.write_bytes(data[:-cut])
    tracks = Tracks(tmp_path, encoder)
    tracks.finish(Samples(len(whole)))
    again = decode(path)
    assert len(again) == len(whole)
    same = len(whole) - 48_000 - FRAME_SAMPLES
    assert np.array_equal(again[:same], whole[:same])


@pytest.mark.parametrize("what", ["folder", "link", "rubbish"])
def test_what_is_no_track_is_set_aside(tmp_path: Path, what: str) -> None:
    path, elsewhere = tmp_path / "seat.opus", tmp_path / "elsewhere"
    elsewhere.write_bytes(b"mine")
    if what == "folder":
        path.mkdir()
    elif what == "link":
        path.symlink_to(elsewhere)
    else:
        path.write_bytes(b"OggS" * 100)
    track, mixed = record(tmp_path, Line(4))
    assert len(track) == len(mixed)
    assert elsewhere.read_bytes() == b"mine"
    assert (tmp_path / "seat.opus.damaged").exists()
