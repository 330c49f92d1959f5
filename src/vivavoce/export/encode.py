"""A sound file from another one, at one loudness, with tags, chapters and a cover."""

import io
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, NamedTuple

import av
import av.audio.stream

from vivavoce.export.loudness import Filter, frames
from vivavoce.export.programme import PNG, Tags
from vivavoce.units import SAMPLE_RATE


class Form(NamedTuple):
    """How a sound file is made."""

    ending: str
    container: str
    codec: str
    frame: int
    """Samples that the encoder takes at a time."""
    rate: int
    sample: str
    options: dict[str, str]


# 96 kbit/s of one voice at a time: nobody hears the difference from the programme.
MP3: Final = Form("mp3", "mp3", "libmp3lame", 1_152, 96_000, "fltp", {"id3v2_version": "4"})
# The list of samples comes first, so that a player can begin before it has all.
M4A: Final = Form(
    "m4a", "mp4", "aac", 1_024, 96_000, "fltp", {"movflags": "+faststart", "brand": "M4A "}
)
WAV: Final = Form("wav", "wav", "pcm_s16le", 4_800, 0, "s16", {"rf64": "auto"})
FLAC: Final = Form("flac", "flac", "flac", 4_608, 0, "s16", {})

_COVERED: Final = (MP3.ending, M4A.ending)


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
    shape: list[Filter] = [
        ("aformat", {"sample_fmts": form.sample, "channel_layouts": "mono"}),
        ("asetnsamples", {"n": str(form.frame), "p": "0"}),
    ]
    done = 0
    with av.open(str(to), "w", format=form.container, options=form.options) as container:
        stream = container.add_stream(
            form.codec, rate=SAMPLE_RATE, layout="mono", format=form.sample
        )
        assert isinstance(stream, av.audio.stream.AudioStream)
        if form.rate:
            stream.bit_rate = form.rate
        _describe(container, tags, form, length)
        for number, frame in enumerate(frames(source, [*filters, *shape])):
            # Times in a recording may jump; here one sample follows the other.
            frame.pts, frame.time_base = done, Fraction(1, SAMPLE_RATE)
            done += frame.samples
            for packet in stream.encode(frame):
                container.mux(packet)
            if number % 1_000 == 0:
                tell(done)
        for packet in stream.encode(None):
            container.mux(packet)
    return done


def _describe(container: Any, tags: Tags, form: Form, length: int) -> None:
    container.metadata.update(tags.fields())
    if tags.language:
        container.streams[0].metadata["language"] = tags.language
    if form.ending not in _COVERED:
        return
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
    if tags.cover:
        _add_cover(container, tags.cover)


def _add_cover(container: Any, cover: bytes) -> None:
    kind = "png_pipe" if cover.startswith(PNG) else "jpeg_pipe"
    with av.open(io.BytesIO(cover), "r", format=kind) as picture:
        template = picture.streams.video[0]
        stream = container.add_stream_from_template(template)
        stream.disposition = av.stream.Disposition.attached_pic
        packet = next(p for p in picture.demux(template) if p.size)
        packet.stream, packet.pts, packet.dts = stream, 0, 0
        container.mux(packet)
