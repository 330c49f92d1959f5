"""A sound file from another one, at one loudness, with tags, chapters and a cover."""

import io
import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, NamedTuple

import av
import av.audio.stream

from vivavoce.export import wav
from vivavoce.export.cover import side
from vivavoce.export.lame import Lame
from vivavoce.export.loudness import Filter, frames
from vivavoce.export.mp4_head import completed, room
from vivavoce.export.mp4_picture import Picture
from vivavoce.export.programme import PNG, Tags
from vivavoce.units import SAMPLE_RATE


class Form(NamedTuple):
    """How a sound file is made."""

    ending: str
    container: str
    codec: str
    rate: int
    sample: str
    options: dict[str, str]
    quieter_db: float = 0.0
    """What the encoder turns the sound down by."""


# LAME scales by 0.95 at this bitrate (its ABR presets), to keep what it adds from clipping.
_LAME_DB: Final = -20 * math.log10(0.95)
# 96 kbit/s of one voice at a time: nobody hears the difference from the programme.
# ID3v2.3, which all read: in 2.4 libavformat gives the length of a chapter that takes 128 bytes or
# more as a plain number, where 2.4 has seven bits a byte, and what is behind it cannot be read.
MP3: Final = Form("mp3", "mp3", "libmp3lame", 96_000, "s16", {"id3v2_version": "3"}, _LAME_DB)
M4A: Final = Form("m4a", "mp4", "aac", 96_000, "fltp", {"brand": "M4A "})
WAV: Final = Form("wav", "wav", "pcm_s16le", 0, "s16", {})
FLAC: Final = Form("flac", "flac", "flac", 0, "s16", {})

# Samples that are handed to an encoder at once: it cuts them to its own frames faster than we can.
_BATCH: Final = SAMPLE_RATE

# What is before the sound of an M4A file of two days.
_MOST_HEAD: Final = 64 * 1024 * 1024


def encode(
    source: Path,
    to: Path,
    form: Form,
    filters: list[Filter],
    tags: Tags,
    length: int,
    tell: Callable[[int], None] = lambda _: None,
) -> int:
    """Encode ``source`` through ``filters`` to the file ``to``; return the samples.

    ``length`` (samples) is where the last chapter ends.
    """
    shaped = frames(source, [*filters, *_shape(form)])
    if form is WAV:
        return _write_wav(shaped, to, tell)
    done = 0
    options = form.options | _room(form, tags, length)
    with av.open(str(to), "w", format=form.container, options=options) as container:
        stream = container.add_stream(
            form.codec, rate=SAMPLE_RATE, layout="mono", format=form.sample
        )
        assert isinstance(stream, av.audio.stream.AudioStream)
        if form.rate:
            stream.bit_rate = form.rate
        _describe(container, tags, form, length)
        lame = Lame(stream, form.rate) if form is MP3 else None
        encoder = lame or stream
        for frame in shaped:
            # Times in a recording may jump; here one sample follows the other.
            frame.pts, frame.time_base = done, Fraction(1, SAMPLE_RATE)
            done += frame.samples
            container.mux(encoder.encode(frame))
            tell(done)
        container.mux(encoder.encode(None))
    if lame is not None:
        lame.tell_gaps(to)
    if form is M4A:
        _complete_head(to, tags)
    return done


def _shape(form: Form) -> list[Filter]:
    return [
        ("volume", {"volume": f"{form.quieter_db:.3f}dB", "precision": "float"}),
        ("aformat", {"sample_fmts": form.sample, "channel_layouts": "mono"}),
        ("asetnsamples", {"n": str(_BATCH), "p": "0"}),
    ]


def _write_wav(sound: Iterable[av.AudioFrame], to: Path, tell: Callable[[int], None]) -> int:
    done = 0
    with to.open("wb") as file:
        file.write(wav.head(0))
        for frame in sound:
            done += file.write(frame.to_ndarray().astype("<i2").tobytes())
            tell(done // 2)
        file.seek(0)
        file.write(wav.head(done))
    return done // 2


def _room(form: Form, tags: Tags, length: int) -> dict[str, str]:
    """Keep room for the list of samples before the sound: a player begins before it has all."""
    if form is not M4A:
        return {}
    count = length // 1_024 + 500
    texts = 8 * sum(map(len, tags.fields().values()))
    # 4 bytes a frame (stsz), and 1 for the chunks.
    return {"moov_size": str(5 * count + texts + room(tags.chapters, _picture(tags)) + 10_000)}


def _complete_head(file: Path, tags: Tags) -> None:
    with file.open("r+b") as opened:
        head = opened.read(_MOST_HEAD)
        head = head[: _sound_at(head)]
        opened.seek(0)
        opened.write(completed(head, tags.chapters, _picture(tags)))


def _picture(tags: Tags) -> Picture | None:
    return Picture(tags.cover, side(tags.cover)) if tags.cover else None


def _sound_at(head: bytes) -> int:
    """Return where the box with the sound begins."""
    at = 0
    while head[at + 4 : at + 8] != b"mdat":
        at += int.from_bytes(head[at : at + 4], "big")
    return at


def _describe(container: Any, tags: Tags, form: Form, length: int) -> None:
    container.metadata.update(tags.fields())
    if tags.language:
        container.streams[0].metadata["language"] = tags.language
    if form is not MP3:
        return
    _set_chapters(container, tags, length)
    if tags.cover:
        _add_cover(container, tags.cover)


def _set_chapters(container: Any, tags: Tags, length: int) -> None:
    ends = [c.start_ms for c in tags.chapters[1:]] + [length * 1000 // SAMPLE_RATE]
    container.set_chapters(
        [
            {
                "id": number,
                "start": chapter.start_ms,
                "end": max(end, chapter.start_ms + 1),
                "time_base": Fraction(1, 1000),
                "metadata": {"title": chapter.title},
            }
            for number, (chapter, end) in enumerate(zip(tags.chapters, ends, strict=False))
        ]
    )


def _add_cover(container: Any, cover: bytes) -> None:
    kind = "png_pipe" if cover.startswith(PNG) else "jpeg_pipe"
    with av.open(io.BytesIO(cover), "r", format=kind) as picture:
        template = picture.streams.video[0]
        stream = container.add_stream_from_template(template)
        stream.disposition = av.stream.Disposition.attached_pic
        packet = next(p for p in picture.demux(template) if p.size)
        packet.stream, packet.pts, packet.dts = stream, 0, 0
        container.mux(packet)
