"""Initialisation segments: the ``ftyp`` + ``moov`` that a player needs before any part.

ISO/IEC 14496-12 (boxes), 14496-14 (AAC) and "Encapsulation of Opus in ISO Base Media File Format".
They depend on nothing but the codec, so a restarted studio continues the old file.
"""

import struct
from collections.abc import Mapping
from typing import Final

from vivavoce.media import SEGMENTED, Codec
from vivavoce.package import cmaf
from vivavoce.units import SAMPLE_RATE

# AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1): AAC-LC, 48 kHz, mono, 1,024 samples a frame;
# then the backward-compatible extension that says "no SBR", lest a player double the sample rate.
AAC_CONFIG: Final = bytes.fromhex("118856e500")
_SYNC: Final = 0x0200_0000  # depends on no other sample, is a sync sample: begin anywhere
_MATRIX: Final = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def _box(kind: bytes, *payload: bytes) -> bytes:
    body = b"".join(payload)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _full(kind: bytes, *payload: bytes, flags: int = 0) -> bytes:
    return _box(kind, struct.pack(">I", flags), *payload)


def _descriptor(tag: int, *payload: bytes) -> bytes:
    body = b"".join(payload)
    return bytes((tag, len(body))) + body


def _opus_config() -> bytes:
    # One channel, PreSkip 0 (``encoder`` cuts its delay off), gain 0, mapping family 0.
    # No "roll" sample group: who joins in the middle hears the decoder settle within 80 ms.
    return _box(b"dOps", struct.pack(">BBHIhB", 0, 1, 0, SAMPLE_RATE, 0, 0))


def _aac_config() -> bytes:
    # objectTypeIndication 0x40 (MPEG-4 audio), audio stream, buffer and bit rates not stated.
    decoder = _descriptor(4, struct.pack(">BBxxxII", 0x40, 0x15, 0, 0), _descriptor(5, AAC_CONFIG))
    return _full(
        b"esds", _descriptor(3, struct.pack(">HB", 0, 0), decoder, _descriptor(6, b"\x02"))
    )


def _sample_entry(codec: Codec) -> bytes:
    sound = struct.pack(">6xH8xHH4xI", 1, 1, 16, SAMPLE_RATE << 16)
    if codec is Codec.OPUS:
        return _box(b"Opus", sound, _opus_config())
    return _box(b"mp4a", sound, _aac_config())


def init_segment(codec: Codec) -> bytes:
    """Return ``ftyp`` + ``moov`` for the one mono track of ``codec``; always the same bytes."""
    profile = {Codec.OPUS: b"opus", Codec.AAC: b"caac"}[codec]
    table = _box(
        b"stbl",
        _full(b"stsd", struct.pack(">I", 1), _sample_entry(codec)),
        *(_full(kind, bytes(4)) for kind in (b"stts", b"stsc")),
        _full(b"stsz", bytes(8)),
        _full(b"stco", bytes(4)),
    )
    data = _box(b"dinf", _full(b"dref", struct.pack(">I", 1), _full(b"url ", flags=1)))
    media = _box(
        b"mdia",
        _full(b"mdhd", struct.pack(">IIIIHH", 0, 0, SAMPLE_RATE, 0, 0x55C4, 0)),  # language "und"
        _full(b"hdlr", struct.pack(">I4s12x", 0, b"soun"), b"Viva Voce\0"),
        _box(b"minf", _full(b"smhd", bytes(4)), data, table),
    )
    # flags 3: enabled, in movie; alternate group 1, full volume
    track = _full(
        b"tkhd",
        struct.pack(">III4xI8xhhHxx", 0, 0, cmaf.TRACK, 0, 0, 1, 0x100),
        _MATRIX,
        bytes(8),
        flags=3,
    )
    movie = _full(
        b"mvhd",
        struct.pack(">IIIIIH10x", 0, 0, SAMPLE_RATE, 0, 0x10000, 0x100),
        _MATRIX,
        bytes(24),
        struct.pack(">I", cmaf.TRACK + 1),
    )
    extends = _full(
        b"trex", struct.pack(">IIIII", cmaf.TRACK, 1, cmaf.PACKET_SAMPLES[codec], 0, _SYNC)
    )
    return _box(b"ftyp", b"iso6", bytes(4), b"iso6", b"cmfc", profile, b"mp41") + _box(
        b"moov", movie, _box(b"trak", track, media), _box(b"mvex", extends)
    )


HEADS: Final[Mapping[Codec, bytes]] = {codec: init_segment(codec) for codec in SEGMENTED}
"""The initialisation segment of each segmented codec; no bit rate in it, always the same bytes."""
