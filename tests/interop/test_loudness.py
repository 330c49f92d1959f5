"""Loudness as FFmpeg's ebur128 measures it: a quiet and a loud guest, and the whole programme."""

import re
import subprocess

import numpy as np
import pytest

from vivavoce.demo.voices import VOICES
from vivavoce.media import Frame, Pcm
from vivavoce.mix.console import Bus, Console, Strip
from vivavoce.mix.loudness import Loudness, energy
from vivavoce.mix.opus import Encoder
from vivavoce.testing.decode import decode
from vivavoce.units import FRAME_SAMPLES

pytestmark = pytest.mark.interop
SPEECH = [decode(voice.path) for voice in VOICES]
TURN_S, TURNS = 6, 16


def ebur128(pcm: Pcm) -> float:
    command = "ffmpeg -hide_banner -f s16le -ar 48000 -ac 1 -i - -af ebur128 -f null -"
    said = subprocess.run(command.split(), input=pcm.tobytes(), capture_output=True, check=True)
    return float(re.findall(r"I:\s+(-?[\d.]+) LUFS", said.stderr.decode())[-1])


def spoken(pcm: Pcm, gain_db: float) -> list[Frame]:
    """Return the recording's spoken frames, louder or quieter, without its long pauses."""
    frames = pcm[: len(pcm) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    loud = np.abs(frames).max(axis=1) > 300
    kept = [f for n, f in enumerate(frames) if loud[max(0, n - 15) : n + 15].any()]
    scaled = [np.clip(f * 10 ** (gain_db / 20), -32_768, 32_767) for f in kept]
    return [np.asarray(f, dtype=np.int16) for f in scaled]


def test_our_measure_is_ebur128s() -> None:
    for pcm in SPEECH:
        loudness = Loudness(memory=10**6)
        for frame in pcm[: len(pcm) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES):
            loudness.feed(energy(frame.astype(np.float32)))
        assert loudness.integrated == pytest.approx(ebur128(pcm), abs=0.2)


@pytest.mark.parametrize("gains", [(0.0, 0.0), (-4.0, 8.0), (8.0, -4.0), (4.0, 4.0)])
def test_a_quiet_and_a_loud_guest_come_out_alike_and_the_programme_at_its_target(
    gains: tuple[float, float],
) -> None:
    console = Console(Encoder)
    console.strips = {"0": Strip(Bus.AIR), "1": Strip(Bus.AIR)}
    says = [spoken(pcm, gain) for pcm, gain in zip(SPEECH, gains, strict=True)]
    places = [0, 0]
    air: list[Frame] = []
    kept: tuple[list[Frame], list[Frame]] = ([], [])
    for tick in range(TURNS * TURN_S * 50):
        who = tick // (TURN_S * 50) % 2
        frame = says[who][places[who] % len(says[who])]
        places[who] += 1
        air.append(console.tick({str(who): frame}))
        kept[who].append(air[-1])
    one, two = (ebur128(np.concatenate(frames)) for frames in kept)
    assert abs(one - two) <= 2
    assert ebur128(np.concatenate(air)) == pytest.approx(-16, abs=1)
