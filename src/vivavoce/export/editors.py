"""The tracks of a show as a project of an editor: Reaper, and OpenTimelineIO. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from vivavoce.export.chapters import Chapter
from vivavoce.export.names import one_line
from vivavoce.units import SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Track:
    """One file in the project; all begin at sample 0."""

    name: str
    file: str
    """Its name beside the project, safe."""
    length_s: float


def reaper(tracks: Sequence[Track], chapters: Sequence[Chapter]) -> str:
    """Return a Reaper project: a track a file, a marker a chapter."""
    lines = ['<REAPER_PROJECT 0.1 "6.0" 0', f"  SAMPLERATE {SAMPLE_RATE} 1 0"]
    for number, chapter in enumerate(chapters, 1):
        lines.append(f"  MARKER {number} {chapter.start_ms / 1000:.3f} {_quoted(chapter.title)} 0")
    for track in tracks:
        source = "WAVE" if track.file.endswith(".wav") else _source(track.file)
        lines += [
            "  <TRACK",
            f"    NAME {_quoted(track.name)}",
            "    <ITEM",
            "      POSITION 0",
            f"      LENGTH {track.length_s:.6f}",
            f"      NAME {_quoted(track.name)}",
            f"      <SOURCE {source}",
            f"        FILE {_quoted(track.file)}",
            "      >",
            "    >",
            "  >",
        ]
    return "\n".join([*lines, ">", ""])


def _source(file: str) -> str:
    return "FLAC" if file.endswith(".flac") else "VORBIS"  # what Reaper calls all that is in Ogg


def _quoted(text: str) -> str:
    """Reaper has no escape: a text is between whichever quote is not in it."""
    flat = one_line(text)
    for quote in ('"', "'", "`"):
        if quote not in flat:
            return f"{quote}{flat}{quote}"
    return '"' + flat.replace('"', "'") + '"'


def otio(title: str, tracks: Sequence[Track], chapters: Sequence[Chapter]) -> bytes:
    """Return an OpenTimelineIO timeline (Timeline.1): a track a file, chapters as markers."""
    stack = {
        "OTIO_SCHEMA": "Stack.1",
        "name": "tracks",
        "markers": [_marker(chapter) for chapter in chapters],
        "children": [_track(track) for track in tracks],
    }
    timeline = {"OTIO_SCHEMA": "Timeline.1", "name": one_line(title), "tracks": stack}
    return msgspec.json.format(msgspec.json.encode(timeline), indent=2)


def _marker(chapter: Chapter) -> dict[str, Any]:
    at = chapter.start_ms * SAMPLE_RATE // 1000
    return {"OTIO_SCHEMA": "Marker.2", "name": chapter.title, "marked_range": _range(at, 0)}


def _track(track: Track) -> dict[str, Any]:
    whole = _range(0, round(track.length_s * SAMPLE_RATE))
    media = {
        "OTIO_SCHEMA": "ExternalReference.1",
        "target_url": track.file,
        "available_range": whole,
    }
    clip = {
        "OTIO_SCHEMA": "Clip.1",
        "name": one_line(track.name),
        "source_range": whole,
        "media_reference": media,
    }
    return {
        "OTIO_SCHEMA": "Track.1",
        "name": one_line(track.name),
        "kind": "Audio",
        "children": [clip],
    }


def _range(start: int, length: int) -> dict[str, Any]:
    def time(value: int) -> dict[str, Any]:
        return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(SAMPLE_RATE), "value": float(value)}

    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": time(start),
        "duration": time(length),
    }
