"""MP3: what a decoder gives back has the length of the sound, to the sample, and its place."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from vivavoce.export.chapters import Chapter
from vivavoce.export.encode import MP3, encode
from vivavoce.export.programme import Tags
from vivavoce.testing import tone
from vivavoce.testing.decode import decode
from vivavoce.units import Samples


@pytest.mark.parametrize("samples", [15_360, 16_175, 16_176, 16_177, 48_000, 100_001])
def test_an_mp3_is_as_long_as_its_sound_and_begins_with_it(tmp_path: Path, samples: int) -> None:
    pcm = tone(440, Samples(samples), db=-12)
    source, file = tmp_path / "source.wav", tmp_path / "made.mp3"
    wav(source, pcm.tobytes())
    tags = Tags(title="One frame or many", chapters=[Chapter(0, "All")])
    assert encode(source, file, MP3, [], tags, samples) == samples
    said = foreign("ffmpeg", "-v", "warning", "-xerror", "-i", str(file), "-f", "null", "-")
    assert said == ""
    heard = decode(file).astype(np.float64)
    assert len(heard) == samples
    # In phase: a frame too early or too late would be half a wave off.
    error = np.abs(heard - pcm)[960:-960].max()
    assert error < 0.03 * np.abs(pcm.astype(np.int32)).max()


def wav(file: Path, pcm: bytes) -> None:
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "s16le", "-ar", "48000", "-ac", "1", "-i", "-", str(file)],
        input=pcm,
        check=True,
    )


def foreign(*command: str) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout + done.stderr
