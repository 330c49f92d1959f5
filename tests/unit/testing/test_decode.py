"""What was encoded is what is decoded."""

import io
import wave
from pathlib import Path

import av
import numpy as np
import pytest

from vivavoce.media import Pcm
from vivavoce.testing import dominant_hz, gaps, level_db, tone
from vivavoce.testing.decode import decode, packets
from vivavoce.units import Samples

SOUND = tone(440, Samples(48_000), db=-20)


def wav(pcm: Pcm, rate: int = 48_000) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm.tobytes())
    return out.getvalue()


def ogg(pcm: Pcm) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=48_000, layout="mono")
        assert isinstance(stream, av.AudioStream)
        frame = av.AudioFrame.from_ndarray(pcm[np.newaxis], format="s16", layout="mono")
        frame.sample_rate = 48_000
        container.mux([*stream.encode(frame), *stream.encode(None)])
    return out.getvalue()


def test_pcm_comes_back_bit_for_bit(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(wav(SOUND))
    assert np.array_equal(decode(wav(SOUND)), SOUND)
    assert np.array_equal(decode(tmp_path / "a.wav"), SOUND)


def test_other_rates_are_resampled() -> None:
    heard = decode(wav(SOUND[::2], rate=24_000))
    assert len(heard) == pytest.approx(48_000, abs=100)
    assert dominant_hz(heard) == pytest.approx(440, abs=1)


def test_opus_comes_back_as_the_same_tone_without_a_gap() -> None:
    heard = decode(ogg(SOUND))
    assert level_db(heard) == pytest.approx(-20, abs=0.5)
    assert gaps(heard) == []
    assert len(packets(ogg(SOUND))) == pytest.approx(50, abs=1)


def test_a_limit_stops_a_stream() -> None:
    assert len(decode(wav(SOUND), limit=Samples(1000))) == 1000


def test_what_is_no_sound_is_an_error() -> None:
    with pytest.raises(av.FFmpegError):
        decode(b"not a sound")
