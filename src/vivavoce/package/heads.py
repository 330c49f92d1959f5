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
MATRIX: Final = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def box(kind: bytes, *payload: bytes) -> bytes:
    """Return one box (ISO/IEC 14496-12, 4.2) around ``payload``."""
    body = b"".join(payload)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full_box(kind: bytes, *payload: bytes, flags: int = 0) -> bytes:
    """Return one box with ``flags`` (8 bits of version above them) around ``payload``."""
    return box(kind, struct.pack(">I", flags), *payload)


def _descriptor(tag: int, *payload: bytes) -> bytes:
    body = b"".join(payload)
    return bytes((tag, len(body))) + body


def _opus_config() -> bytes:
    # One channel, PreSkip 0 (``encoder`` cuts its delay off), gain 0, mapping family 0.
    # No "roll" sample group: who joins in the middle hears the decoder settle within 80 ms.
    return box(b"dOps", struct.pack(">BBHIhB", 0, 1, 0, SAMPLE_RATE, 0, 0))


def _aac_config() -> bytes:
    # objectTypeIndication 0x40 (MPEG-4 audio), audio stream, buffer and bit rates not stated.
    decoder = _descriptor(4, struct.pack(">BBxxxII", 0x40, 0x15, 0, 0), _descriptor(5, AAC_CONFIG))
    return full_box(
        b"esds", _descriptor(3, struct.pack(">HB", 0, 0), decoder, _descriptor(6, b"\x02"))
    )


def sample_entry(codec: Codec) -> bytes:
    """Return what an ``stsd`` says of a track of ``codec``: one mono channel at 48 kHz."""
    sound = struct.pack(">6xH8xHH4xI", 1, 1, 16, SAMPLE_RATE << 16)
    if codec is Codec.OPUS:
        return box(b"Opus", sound, _opus_config())
    return box(b"mp4a", sound, _aac_config())


def init_segment(codec: Codec) -> bytes:
    """Return ``ftyp`` + ``moov`` for the one mono track of ``codec``; always the same bytes."""
    profile = {Codec.OPUS: b"opus", Codec.AAC: b"caac"}[codec]
    table = box(
        b"stbl",
        full_box(b"stsd", struct.pack(">I", 1), sample_entry(codec)),
        *(full_box(kind, bytes(4)) for kind in (b"stts", b"stsc")),
        full_box(b"stsz", bytes(8)),
        full_box(b"stco", bytes(4)),
    )
    data = box(b"dinf", full_box(b"dref", struct.pack(">I", 1), full_box(b"url ", flags=1)))
    media = box(
        b"mdia",
        full_box(b"mdhd", struct.pack(">IIIIHH", 0, 0, SAMPLE_RATE, 0, 0x55C4, 0)),  # "und"
        full_box(b"hdlr", struct.pack(">I4s12x", 0, b"soun"), b"Viva Voce\0"),
        box(b"minf", full_box(b"smhd", bytes(4)), data, table),
    )
    # flags 3: enabled, in movie; alternate group 1, full volume
    track = full_box(
        b"tkhd",
        struct.pack(">III4xI8xhhHxx", 0, 0, cmaf.TRACK, 0, 0, 1, 0x100),
        MATRIX,
        bytes(8),
        flags=3,
    )
    movie = full_box(
        b"mvhd",
        struct.pack(">IIIIIH10x", 0, 0, SAMPLE_RATE, 0, 0x10000, 0x100),
        MATRIX,
        bytes(24),
        struct.pack(">I", cmaf.TRACK + 1),
    )
    extends = full_box(
        b"trex", struct.pack(">IIIII", cmaf.TRACK, 1, cmaf.PACKET_SAMPLES[codec], 0, _SYNC)
    )
    return box(b"ftyp", b"iso6", bytes(4), b"iso6", b"cmfc", profile, b"mp41") + box(
        b"moov", movie, box(b"trak", track, media), box(b"mvex", extends)
    )


HEADS: Final[Mapping[Codec, bytes]] = {codec: init_segment(codec) for codec in SEGMENTED}
"""The initialisation segment of each segmented codec; no bit rate in it, always the same bytes."""
