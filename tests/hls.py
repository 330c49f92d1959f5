"""Media playlists read as RFC 8216bis tells a player to."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from vivavoce.testing import hls_versions


@dataclass
class Entry:
    """One segment with what a player knows about it."""

    uri: str
    duration_s: float
    sequence: int
    discontinuity: int
    date: datetime | None


@dataclass
class MediaPlaylist:
    """A media playlist as a player reads it."""

    tags: dict[str, str] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)


def read_media(text: str) -> MediaPlaylist:
    """Read one, and check the order of its lines."""
    lines = text.splitlines()
    assert lines[0] == "#EXTM3U"
    assert text.endswith("\n")
    result = MediaPlaylist()
    breaks, duration, date = 0, 0.0, None
    for line in lines[1:]:
        name, _, value = line.partition(":")
        if name == "#EXT-X-DISCONTINUITY":
            breaks += 1
        elif name == "#EXTINF":
            duration = float(value.rstrip(","))
        elif name == "#EXT-X-PROGRAM-DATE-TIME":
            date = datetime.fromisoformat(value)
        elif line.startswith("#"):
            assert not result.entries or name == "#EXT-X-ENDLIST", "playlist tags come first"
            assert name not in result.tags
            result.tags[name] = value
        else:
            first = int(result.tags["#EXT-X-MEDIA-SEQUENCE"])
            gone = int(result.tags.get("#EXT-X-DISCONTINUITY-SEQUENCE", 0))
            sequence = first + len(result.entries)
            result.entries.append(Entry(line, duration, sequence, gone + breaks, date))
            date = None
    return result


def check_bandwidth(folder: Path, multivariant: str) -> None:
    """No segment needs more than what its variant states."""
    for uri, said in hls_versions.variants(multivariant).items():
        media = folder / uri
        entries = read_media(media.read_text()).entries
        sizes = [((media.parent / e.uri).stat().st_size, e.duration_s) for e in entries]
        assert hls_versions.bandwidth(int(said["BANDWIDTH"]), sizes) == []
