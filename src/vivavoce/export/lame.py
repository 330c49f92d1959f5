"""MP3 frames, by LAME.

The LAME in PyAV's wheel is built without the compiler's optimisation and takes 3.4 times as long
for the same frames; this one comes as a small package of its own, and costs what Debian's does.
"""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import lameenc  # type: ignore[import-not-found]

from vivavoce.units import SAMPLE_RATE

_TICK: Final = Fraction(1, SAMPLE_RATE)
# Samples in a frame of MPEG-1 layer III (ISO 11172-3, 2.4.2.1).
_FRAME: Final = 1_152
# What LAME's filters put before the sound; a decoder adds its own and knows of them.
_DELAY: Final = 576
# LAME's own for a constant bitrate, which libavcodec leaves as it is, too.
_QUALITY: Final = 3
_SAMPLE: Final = 2

# The first frame is the table of contents ("Info"), behind the side information of mono, and with
# it LAME's tag: how much silence the encoder added before and after the sound, 12 bits each, and
# a CRC-16 of all before it (the MP3 Info Tag, revision 1).
_INFO: Final = slice(21, 25)
_GAPS: Final = slice(162, 165)
_SUM: Final = slice(175, 177)
_ID3: Final = 10


class Lame:
    """An encoder of mono at 48 kHz and a constant ``bitrate`` (bit/s).

    It stands in for the encoder of ``stream``, which tells the container what comes.
    """

    def __init__(self, stream: Any, bitrate: int) -> None:
        self._stream = stream
        # At 48 kHz all frames of a bitrate are of one size (ISO 11172-3, 2.4.3.1).
        self._size = _FRAME // 8 * bitrate // SAMPLE_RATE
        self._encoder = lameenc.Encoder()
        self._encoder.silence()
        self._encoder.set_in_sample_rate(SAMPLE_RATE)
        self._encoder.set_channels(1)
        self._encoder.set_bit_rate(bitrate // 1_000)
        self._encoder.set_quality(_QUALITY)
        self._rest = b""
        self._samples = 0
        self._frames = 0

    def encode(self, sound: av.AudioFrame | None) -> "list[av.Packet[Any]]":
        """Return what is ready with ``sound`` (``s16``); with None, the rest."""
        if sound is None:
            return list(self._whole(self._encoder.flush()))
        pcm = sound.to_ndarray().tobytes()
        self._samples += len(pcm) // _SAMPLE
        return list(self._whole(self._encoder.encode(pcm)))

    def tell_gaps(self, file: Path) -> None:
        """Write into ``file``, which is finished, how much its decoder is to leave out."""
        after = max(0, self._frames * _FRAME - _DELAY - self._samples)
        with file.open("r+b") as opened:
            at = _behind_id3(opened.read(_ID3))
            opened.seek(at)
            first = bytearray(opened.read(_SUM.stop))
            if first[_INFO] != b"Info":
                raise ValueError("no table of contents")
            first[_GAPS] = (_DELAY << 12 | after).to_bytes(3, "big")
            first[_SUM] = _crc16(first[: _SUM.start]).to_bytes(2, "big")
            opened.seek(at)
            opened.write(first)

    def _whole(self, more: bytes) -> "Iterator[av.Packet[Any]]":
        data = self._rest + more
        whole = len(data) // self._size * self._size
        self._rest = data[whole:]
        for at in range(0, whole, self._size):
            packet = av.Packet(data[at : at + self._size])
            packet.stream, packet.time_base = self._stream, _TICK
            packet.pts = packet.dts = self._frames * _FRAME
            packet.duration = _FRAME
            self._frames += 1
            yield packet


def _behind_id3(head: bytes) -> int:
    """Return where the tag ends: its size is in seven bits a byte (ID3v2, 3.1)."""
    size = 0
    for byte in head[6:]:
        size = size << 7 | byte
    return len(head) + size


def _crc16(data: bytes | bytearray) -> int:
    """CRC-16 with the polynomial x^16 + x^15 + x^2 + 1, least bit first."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc
