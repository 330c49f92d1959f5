"""Cuts clips in worker threads, out of the segments that lie on disk or come from the studio."""

from collections.abc import Callable
from typing import Final

from vivavoce.deliver.files import File
from vivavoce.deliver.records import object_in, segments_in
from vivavoce.media import Codec
from vivavoce.record.clip import Clip, clip_of, cut, segments_of, whole_parts
from vivavoce.record.clip_files import m4a_file, opus_file
from vivavoce.record.takedowns import TAKEDOWNS, name_of, read_takedowns

_FOLDER: Final = "/clip/"


def is_clip(name: str) -> bool:
    """Return whether a file called ``name`` is to be cut."""
    return _FOLDER in name


def cut_clip(name: str, read: Callable[[str], File | None]) -> File | None:
    """Return the clip ``SHOW/clip/FROM-TO.ENDING``; None if its sound is not there. Blocking.

    ``read`` reads one file of the shows.
    """
    show, _, rest = name.partition(_FOLDER)
    stem, _, ending = rest.rpartition(".")
    clip = clip_of(stem)
    if clip is None:
        return None
    codec = Codec.AAC if ending == "m4a" else Codec.OPUS
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
    return File.of(write(sound, *_names(show, clip, read)))


def _names(show: str, clip: Clip, read: Callable[[str], File | None]) -> tuple[str, str]:
    """Return the show's title and who speaks in the clip."""
    card, talk = object_in(read(f"{show}/card.json")), object_in(read(f"{show}/talk.json"))
    speakers = [one.get("name") for one in talk.get("speakers", []) if isinstance(one, dict)]
    heard = {
        who
        for span in talk.get("spans", [])
        if len(span) == 3
        for who, begin, end in [span]
        if clip.overlaps([(begin, end)]) and 0 <= who < len(speakers)
    }
    names = [str(speakers[who]) for who in sorted(heard)]
    return str(card.get("title", "")), ", ".join(names)
