"""A show's programme as one Ogg Opus file, its packets as they were recorded (RFC 7845, RFC 3533).

Reads one segment at a time. What is damaged becomes silence of the same length, and is counted.
"""

import re
import struct
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from vivavoce.export.chapters import Chapter
from vivavoce.export.names import one_line
from vivavoce.media import Codec
from vivavoce.package import cmaf, ogg, playlist
from vivavoce.package.silence import silent_part
from vivavoce.record import layout
from vivavoce.units import (
    PART_SAMPLES,
    PARTS_PER_SEGMENT,
    SAMPLE_RATE,
    PartNumber,
    SegmentNumber,
    first_part_of,
    start_of,
)

_BEGIN: Final = 2
_END: Final = 4
_CONTINUED: Final = 1
_SEGMENT: Final = re.compile(r"(\d{8})(?:\.t\d{1,6})?\.m4s", re.ASCII)
PART_MS: Final = 320
_FRAME_TENTHS: Final = 200

PNG: Final = b"\x89PNG\r\n\x1a\n"
"""How a PNG picture begins (RFC 2083, 3.1); every other one here is JPEG."""

Tell = Callable[[float], None]
"""Is told how much is done, 0 to 1."""


@dataclass(slots=True)
class Written:
    """What came of it."""

    parts: int = 0
    silenced: int = 0
    """Parts that were damaged or missing on disk, and are silence in the file."""

    @property
    def length_ms(self) -> int:
        """How long it plays."""
        return self.parts * PART_MS


@dataclass(frozen=True, slots=True)
class Tags:
    """What a file says of itself."""

    title: str
    author: str = ""
    date: str = ""
    """ISO 8601, a day."""
    description: str = ""
    language: str = ""
    cover: bytes = b""
    """A JPEG or PNG picture."""
    chapters: Sequence[Chapter] = ()
    gain_db: float = 0.0
    """What a player of Ogg Opus turns it up by (RFC 7845, 5.1): the packets stay as they are."""

    def fields(self) -> dict[str, str]:
        """Return what there is, by the names that libavformat has for them."""
        found = {
            "title": one_line(self.title),
            "artist": one_line(self.author),
            "date": self.date,
            "comment": one_line(self.description)[:1_000],
        }
        return {name: text for name, text in found.items() if text}


def segments_in(folder: Path) -> dict[SegmentNumber, str]:
    """Return a show's Opus segments, ascending: number to name of the file.

    The playlists know which files count (a take-down puts others in their place); where there are
    none, all that lie there do.
    """
    sound = folder / Codec.OPUS
    for name in (playlist.REPLAY, playlist.SHOW):
        try:
            text = (sound / name).read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            continue
        if found := _numbered(text.splitlines()):
            return found
    try:
        return _numbered(sorted(path.name for path in sound.iterdir()))
    except OSError:
        return {}


def _numbered(names: Iterable[str]) -> dict[SegmentNumber, str]:
    matches = [match for match in map(_SEGMENT.fullmatch, names) if match]
    return dict(sorted((SegmentNumber(int(match[1])), match[0]) for match in matches))


def whole_parts(folder: Path) -> int:
    """Return how many parts a show's programme has."""
    segments = segments_in(folder)
    newest = dict([max(segments.items())]) if segments else {}
    rest = sum(1 for _ in bodies(folder, newest))
    return max(0, len(segments) - 1) * PARTS_PER_SEGMENT + rest


def bodies(
    folder: Path, segments: Mapping[SegmentNumber, str]
) -> Iterator[tuple[PartNumber, bytes]]:
    """Yield every part of the segments; an empty body for one that is damaged.

    All segments are whole but the last, which has as many parts as can be read.
    """
    newest = max(segments, default=SegmentNumber(-1))
    for segment, name in segments.items():
        try:
            data = (folder / Codec.OPUS / name).read_bytes()
        except OSError:
            data = b""
        found = {part.number: part.body for part in layout.salvage(Codec.OPUS, segment, data)}
        first = first_part_of(segment)
        count = len(found) if segment == newest else PARTS_PER_SEGMENT
        for number in map(PartNumber, range(first, first + count)):
            yield number, found.get(number, b"")


def write_opus(
    folder: Path, to: Path, tags: Tags, *, skip_parts: int = 0, tell: Tell = lambda _: None
) -> Written:
    """Write the show in ``folder`` (``DATA/live/SHOW``) to ``to``, without its first parts."""
    numbers = segments_in(folder)
    serial = zlib.crc32(folder.name.encode())
    written = Written()
    total = max(1, len(numbers) * PARTS_PER_SEGMENT)
    with to.open("wb") as file:
        sequence = _write_head(file, serial, tags)
        held: bytes | None = None
        for place, (_, body) in enumerate(bodies(folder, numbers)):
            if place < skip_parts:
                continue
            if held is not None:
                _write_part(file, held, written, serial, sequence)
            held = body
            if place % 600 == 0:
                tell(place / total)
        if held is not None:
            _write_part(file, held, written, serial, sequence, flags=_END)
    return written


def _write_part(
    file: IO[bytes], body: bytes, written: Written, serial: int, head: int, *, flags: int = 0
) -> None:
    number = PartNumber(written.parts)
    if not body or not all(map(_lasts_a_frame, cmaf.packets_of(body))):
        written.silenced += 1
        body = silent_part(Codec.OPUS, number).body
    granule = start_of(number) + PART_SAMPLES
    file.write(ogg.page(cmaf.packets_of(body), granule, serial, head + number, flags=flags))
    written.parts += 1


def _lasts_a_frame(packet: bytes) -> bool:
    """Return whether an Opus packet lasts 20 ms, as all of ours do (RFC 6716, 3.1).

    Bytes that a disk has lost are mostly packets of another length, and would move all behind them.
    """
    if not packet:
        return False
    config, code = packet[0] >> 3, packet[0] & 3
    if config < 12:  # SILK
        tenths = (100, 200, 400, 600)[config % 4]
    elif config < 16:  # both
        tenths = (100, 200)[config % 2]
    else:  # CELT
        tenths = (25, 50, 100, 200)[config % 4]
    counted = packet[1] & 63 if len(packet) > 1 else 0
    return tenths * (1, 2, 2, counted)[code] == _FRAME_TENTHS


def _write_head(file: IO[bytes], serial: int, tags: Tags) -> int:
    """Write the header packets; return the number of the next page."""
    gain = round(tags.gain_db * 256)
    opus = struct.pack("<8sBBHIhB", b"OpusHead", 1, 1, 0, SAMPLE_RATE, gain, 0)
    pages = [ogg.page([opus], 0, serial, 0, flags=_BEGIN)]
    pages += spread(comment(tags), serial, 1)
    file.write(b"".join(pages))
    return len(pages)


def comment(tags: Tags) -> bytes:
    """Return the comment header (RFC 7845, 5.2) with chapters and cover as players read them."""
    lines = [f"{name.upper()}={text}" for name, text in tags.fields().items()]
    if tags.language:
        lines.append(f"LANGUAGE={one_line(tags.language)}")
    for number, chapter in enumerate(tags.chapters[:1_000]):  # the names have three digits
        lines.append(f"CHAPTER{number:03}={clock(chapter.start_ms)}")
        lines.append(f"CHAPTER{number:03}NAME={one_line(chapter.title)}")
    if tags.cover:
        lines.append(f"METADATA_BLOCK_PICTURE={b64encode(picture(tags.cover)).decode()}")
    texts = [line.encode("utf-8", "replace") for line in lines]
    fields = b"".join(struct.pack("<I", len(text)) + text for text in texts)
    vendor = b"Viva Voce"
    head = b"OpusTags" + struct.pack("<I", len(vendor)) + vendor
    return head + struct.pack("<I", len(texts)) + fields


def picture(cover: bytes) -> bytes:
    """Return a FLAC picture block (RFC 9639, 8.8): front cover, its size left to the picture."""
    mime = b"image/png" if cover.startswith(PNG) else b"image/jpeg"
    head = struct.pack(">II", 3, len(mime)) + mime + struct.pack(">I", 0)
    return head + struct.pack(">IIIII", 0, 0, 0, 0, len(cover)) + cover


def spread(packet: bytes, serial: int, sequence: int) -> list[bytes]:
    """Return the pages of one packet that may be longer than a page (RFC 3533, section 5)."""
    pages: list[bytes] = []
    lacing = [255] * (len(packet) // 255) + [len(packet) % 255]
    at = 0
    for start in range(0, len(lacing), 255):
        values = lacing[start : start + 255]
        size = sum(values)
        ends = start + 255 >= len(lacing)
        head = struct.pack(
            "<4sBBqIII B",
            b"OggS",
            0,
            _CONTINUED if start else 0,
            0 if ends else -1,
            serial,
            sequence + len(pages),
            0,
            len(values),
        )
        whole = head + bytes(values) + packet[at : at + size]
        pages.append(whole[:22] + struct.pack("<I", ogg.crc(whole)) + whole[26:])
        at += size
    return pages


def clock(ms: int) -> str:
    """Return a time as ``HH:MM:SS.mmm``."""
    seconds, rest = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"
