"""The head of a WAV file: mono, 16 bits, 48 kHz. Pure.

``WAVE_FORMAT_EXTENSIBLE`` with a mask of speakers (Microsoft, "Multiple channel audio data and WAVE
files"): without it a reader has to guess where one channel belongs, and ffmpeg warns that it does.
Files beyond 4 GiB (half a day) are RF64 (EBU Tech 3306), whose long sizes have their room in each.
"""

import struct
from typing import Final
from uuid import UUID

from vivavoce.units import SAMPLE_RATE

_SAMPLE: Final = 2
_BITS: Final = 8 * _SAMPLE
_EXTENSIBLE: Final = 0xFFFE
_FRONT_CENTRE: Final = 4
_PCM: Final = UUID("00000001-0000-0010-8000-00aa00389b71")
_SHORT: Final = 0xFFFF_FFFF
"""The first size that has no room in 32 bits; RF64 has it in their place."""


def head(sound: int) -> bytes:
    """Return what is before ``sound`` bytes of samples; as long whatever there is."""
    form = struct.pack(
        "<HHIIHHHHI",
        *(_EXTENSIBLE, 1, SAMPLE_RATE, SAMPLE_RATE * _SAMPLE, _SAMPLE, _BITS),
        *(22, _BITS, _FRONT_CENTRE),  # 22 bytes follow
    )
    described = _chunk(b"fmt ", form + _PCM.bytes_le)
    # From behind the file's own size: "WAVE", the long sizes, the form, the head of the samples.
    size = 4 + 8 + 28 + len(described) + 8 + sound
    if size < _SHORT:
        begin = struct.pack("<4sI4s", b"RIFF", size, b"WAVE") + _chunk(b"JUNK", bytes(28))
        return begin + described + struct.pack("<4sI", b"data", sound)
    sizes = _chunk(b"ds64", struct.pack("<QQQI", size, sound, sound // _SAMPLE, 0))
    begin = struct.pack("<4sI4s", b"RF64", _SHORT, b"WAVE") + sizes
    return begin + described + struct.pack("<4sI", b"data", _SHORT)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack("<4sI", kind, len(body)) + body
