"""A clip as a file to keep: Ogg Opus, and M4A. Packets as they were recorded; pure bytes.

Both say which samples are heard: Ogg by pre-skip and by the last page's granule (RFC 7845, sections
4.2 and 4.4), MP4 by an edit list (ISO/IEC 14496-12, 8.6.6).
"""

import struct
import zlib
from typing import Final

from vivavoce.media import Codec
from vivavoce.package import ogg
from vivavoce.package.heads import MATRIX, box, full_box, sample_entry
from vivavoce.record.clip import Sound
from vivavoce.units import AAC_SAMPLES, FRAME_SAMPLES, SAMPLE_RATE

# 320 ms a page, as everywhere: 16 packets always fit.
_PER_PAGE: Final = 16
_END: Final = 0x04
_ROLL: Final = 0x0100_0000  # version 1 of sgpd says how long its entries are


def opus_file(sound: Sound, title: str, artist: str) -> bytes:
    """Return an Ogg Opus file; ``title`` and ``artist`` become its comments."""
    tags = (f"TITLE={title}", f"ARTIST={artist}")
    serial = zlib.crc32(repr((title, sound.skip, sound.length)).encode())
    pages = [ogg.head_pages(serial, tags, skip=sound.skip)]
    played = 0
    packets = sound.packets
    groups = [packets[at : at + _PER_PAGE] for at in range(0, len(packets), _PER_PAGE)]
    for number, group in enumerate(groups):
        played += len(group) * FRAME_SAMPLES
        last = number == len(groups) - 1
        granule = sound.skip + sound.length if last else played
        pages.append(ogg.page(group, granule, serial, number + 2, flags=_END if last else 0))
    return b"".join(pages)


def m4a_file(sound: Sound, title: str, artist: str) -> bytes:
    """Return an M4A file: AAC-LC with its index in front, so it plays while it is loaded."""
    kinds = box(b"ftyp", b"M4A ", bytes(4), b"M4A ", b"isom", b"mp42")
    # The place of the sound is known once the length of what stands before it is.
    index = _movie(sound, title, artist, 0)
    index = _movie(sound, title, artist, len(kinds) + len(index) + 8)
    return kinds + index + box(b"mdat", *sound.packets)


def _movie(sound: Sound, title: str, artist: str, place: int) -> bytes:
    heard = sound.length
    head = struct.pack(">IIIIIH10x", 0, 0, SAMPLE_RATE, heard, 0x10000, 0x100)
    return box(
        b"moov",
        full_box(b"mvhd", head, MATRIX, bytes(24), struct.pack(">I", 2)),
        box(
            b"trak",
            full_box(
                b"tkhd",
                struct.pack(">III4xI8xhhHxx", 0, 0, 1, heard, 0, 1, 0x100),
                MATRIX,
                bytes(8),
                flags=3,
            ),
            # One edit: from the first sample that is heard, at normal speed.
            box(b"edts", full_box(b"elst", struct.pack(">IIiI", 1, heard, sound.skip, 0x10000))),
            _media(sound, place),
        ),
        _names(title, artist),
    )


def _media(sound: Sound, place: int) -> bytes:
    count = len(sound.packets)
    # The last packet lasts as long as it is heard: what decodes behind the end is left out.
    over = count * AAC_SAMPLES - sound.skip - sound.length
    times = [(count - 1, AAC_SAMPLES), (1, AAC_SAMPLES - over)] if over else [(count, AAC_SAMPLES)]
    table = box(
        b"stbl",
        full_box(b"stsd", struct.pack(">I", 1), sample_entry(Codec.AAC)),
        full_box(b"stts", struct.pack(">I", len(times)), *(struct.pack(">II", *t) for t in times)),
        full_box(b"stsc", struct.pack(">IIII", 1, 1, count, 1)),
        full_box(b"stsz", struct.pack(f">II{count}I", 0, count, *map(len, sound.packets))),
        full_box(b"stco", struct.pack(">II", 1, place)),
        # Every packet needs the one before it (8.9, 10.1): a player that seeks begins there.
        full_box(b"sgpd", b"roll", struct.pack(">IIh", 2, 1, -1), flags=_ROLL),
        full_box(b"sbgp", b"roll", struct.pack(">III", 1, count, 1)),
    )
    length = count * AAC_SAMPLES - over
    return box(
        b"mdia",
        full_box(b"mdhd", struct.pack(">IIIIHH", 0, 0, SAMPLE_RATE, length, 0x55C4, 0)),
        full_box(b"hdlr", struct.pack(">I4s12x", 0, b"soun"), b"Viva Voce\0"),
        box(
            b"minf",
            full_box(b"smhd", bytes(4)),
            box(b"dinf", full_box(b"dref", struct.pack(">I", 1), full_box(b"url ", flags=1))),
            table,
        ),
    )


def _names(title: str, artist: str) -> bytes:
    """Return title and artist as iTunes and most players read them."""
    entries = [
        box(key, box(b"data", struct.pack(">II", 1, 0), text.encode()))
        for key, text in ((b"\xa9nam", title), (b"\xa9ART", artist))
        if text
    ]
    handler = full_box(b"hdlr", struct.pack(">I4s4s8x", 0, b"mdir", b"appl"), b"\0")
    return box(b"udta", full_box(b"meta", handler, box(b"ilst", *entries)))
