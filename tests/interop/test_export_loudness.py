"""Talk that is exported comes out at one loudness, whatever it was: measured by another program."""

import re
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest

from vivavoce.demo import voices
from vivavoce.export.encode import M4A, MP3, WAV, Form, encode
from vivavoce.export.loudness import measure
from vivavoce.export.programme import Tags
from vivavoce.testing.decode import decode

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two voices, one after the other, of which the second is half as loud."""
    first, second = (decode(voice.path) for voice in voices.VOICES[:2])
    file = tmp_path_factory.mktemp("talk") / "talk.wav"
    with av.open(str(file), "w", format="wav") as container:
        stream = container.add_stream("pcm_s16le", rate=48_000, layout="mono")
        pcm = np.concatenate([first, second // 2]).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(pcm, format="s16", layout="mono")
        frame.sample_rate = 48_000
        container.mux(stream.encode(frame))
    return file


@pytest.mark.parametrize("form", [MP3, M4A], ids=["mp3", "m4a"])
@pytest.mark.parametrize("level_db", [-12, 5])
def test_talk_comes_out_at_16_lufs(talk: Path, tmp_path: Path, form: Form, level_db: int) -> None:
    source, made = tmp_path / "talk.wav", tmp_path / f"talk.{form.ending}"
    change = [("volume", {"volume": f"{level_db}dB", "precision": "float"})]
    length = encode(talk, source, WAV, change, Tags(title="Talk"), 0)
    found = measure(source, length)
    encode(source, made, form, found.filters(), Tags(title="Talk"), length)
    command = ["ffmpeg", "-nostdin", "-i", str(made), "-map", "0:a", "-af", "ebur128=peak=true"]
    said = subprocess.run(
        [*command, "-f", "null", "-"], capture_output=True, text=True, timeout=120, check=True
    ).stderr.rpartition("Integrated loudness")[2]
    (lufs,) = re.findall(r"I:\s+(\S+) LUFS", said)
    (peak,) = re.findall(r"Peak:\s+(\S+) dBFS", said)
    assert abs(float(lufs) + 16) <= 0.5
    assert float(peak) < -0.9
