"""Cuts clips and draws their pictures in worker threads, out of what lies on disk or comes from the
studio."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from vivavoce.deliver.files import File
from vivavoce.deliver.pictures import Facts, Pictures
from vivavoce.deliver.records import PEAKS, object_in, peaks_in, segments_in, speakers_in
from vivavoce.media import Codec
from vivavoce.record.clip import Clip, breaks_of, clip_of, cut, segments_of, whole_parts
from vivavoce.record.clip_files import m4a_file, opus_file
from vivavoce.record.takedowns import TAKEDOWNS, name_of, read_takedowns

_FOLDER: Final = "/clip/"

Read = Callable[[str], File | None]
"""Reads one file of the shows."""


def is_clip(name: str) -> bool:
    """Return whether a file called ``name`` is to be cut or drawn."""
    return _FOLDER in name


@dataclass(frozen=True, slots=True)
class Cutter:
    """Makes the files of clips: ``SHOW/clip/FROM-TO.ENDING``. Blocking."""

    pictures: Pictures

    def make(self, name: str, read: Read) -> File | None:
        """Return a clip's file; None if what it is made of is not there."""
        show, _, rest = name.partition(_FOLDER)
        stem, _, ending = rest.rpartition(".")
        clip = clip_of(stem)
        if clip is None:
            return None
        card, talk = object_in(read(f"{show}/card.json")), object_in(read(f"{show}/talk.json"))
        title, names = str(card.get("title", "")), speakers_in(talk, clip)
        if ending == "png":
            playing = breaks_of(segments_in(read(f"{show}/{Codec.OPUS}/show.m3u8")))
            begin, end = playing.playing_ms(clip.from_ms), playing.playing_ms(clip.to_ms)
            peaks = peaks_in(read(f"{show}/{PEAKS}"), clip)
            return File.of(self.pictures.draw(Facts(title, names, begin, end, peaks)))
        codec = Codec.AAC if ending == "m4a" else Codec.OPUS
        return _sound(show, clip, codec, (title, names), read)


def _sound(show: str, clip: Clip, codec: Codec, names: tuple[str, str], read: Read) -> File | None:
    numbers = segments_of(clip, segments_in(read(f"{show}/{codec}/show.m3u8")))
    taken = read(f"{show}/{TAKEDOWNS}")
    takedowns = read_takedowns(taken.body if taken is not None else None)
    parts = []
    for number in numbers:
        segment = read(f"{show}/{codec}/{name_of(number, takedowns)}")
        if segment is None:
            return None
        parts += whole_parts(codec, number, segment.body)
    sound = cut(codec, parts, clip)
    if not sound.length:
        return None
    write = m4a_file if codec is Codec.AAC else opus_file
    return File.of(write(sound, *names))
