"""The filler's file: whatever PyAV can read, and a plain word about what it cannot."""

import wave
from pathlib import Path

import pytest

from vivavoce.app.filler import read_filler
from vivavoce.errors import MachineError
from vivavoce.testing import dominant_hz, tone
from vivavoce.units import samples


def test_a_sound_file_is_read_and_none_is_none(tmp_path: Path) -> None:
    file = tmp_path / "a.wav"
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(48_000)
        out.writeframes(tone(440, samples(1)).tobytes())
    pcm = read_filler(str(file))
    assert pcm is not None
    assert len(pcm) == 48_000
    assert abs(dominant_hz(pcm) - 440) < 1
    assert read_filler("") is None


@pytest.mark.parametrize("body", [None, b"", b"no sound", b"RIFF" + bytes(40)])
def test_what_is_no_sound_is_said_at_the_start(tmp_path: Path, body: bytes | None) -> None:
    file = tmp_path / "a.wav"
    if body is not None:
        file.write_bytes(body)
    with pytest.raises(MachineError) as refused:
        read_filler(str(file))
    assert refused.value.code == "filler_unreadable"
