"""The head of a WAV file says what there is, in the same number of bytes."""

import io
import struct
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from vivavoce.export.wav import head
from vivavoce.testing.decode import decode

LONG: Final = 1 << 33


def chunks(data: bytes) -> dict[bytes, tuple[int, int]]:
    """Return where each chunk's body is, and how long it says it is."""
    file, found = io.BytesIO(data), {}
    file.seek(12)
    while eight := file.read(8):
        kind, size = struct.unpack("<4sI", eight)
        found[kind] = (file.tell(), size)
        file.seek(size, io.SEEK_CUR)
    return found


@pytest.mark.parametrize("sound", [0, 2, 4_294_967_000, 4_294_967_296, LONG])
def test_sizes_are_where_a_reader_looks(sound: int) -> None:
    data = head(sound)
    assert len(data) == len(head(0))
    found = chunks(data)
    at, size = found[b"fmt "]
    _, _, _, a_second, align, _, more = struct.unpack_from("<HHIIHHH", data, at)
    assert (size, a_second, align, more) == (40, 96_000, 2, 22)
    assert found[b"data"][0] == len(data), "the samples follow"
    if data.startswith(b"RIFF"):
        assert struct.unpack_from("<I", data, 4)[0] == len(data) - 8 + sound
        assert found[b"data"][1] == sound
    else:
        assert len(data) - 8 + sound >= 0xFFFF_FFFF
        whole, samples, count = struct.unpack_from("<QQQ", data, found[b"ds64"][0])
        assert (whole, samples, count) == (len(data) - 8 + sound, sound, sound // 2)
        assert struct.unpack_from("<I", data, 4)[0] == found[b"data"][1] == 0xFFFF_FFFF


@pytest.mark.parametrize("size", [10_000, LONG])
def test_a_decoder_takes_it(tmp_path: Path, size: int) -> None:
    pcm = np.arange(-2_500, 2_500, dtype=np.int16)
    file = tmp_path / "a.wav"
    file.write_bytes(head(size) + pcm.tobytes())
    assert np.array_equal(decode(file), pcm)
