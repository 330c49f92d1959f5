"""The table of addresses: what is there, and that nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.deliver.routes import (
    Built,
    CardJson,
    ClipFile,
    Events,
    Format,
    Home,
    Init,
    Own,
    Page,
    Playlist,
    Push,
    RecordFile,
    Route,
    SegmentFile,
    route,
)
from vivavoce.media import Codec
from vivavoce.record.clip import Clip
from vivavoce.units import SegmentNumber

SHOW = "0123456789"

TABLE: dict[str, Route] = {
    "/": Home(),
    "/healthz": Own.HEALTH,
    "/readyz": Own.READY,
    "/metrics": Own.METRICS,
    f"/{SHOW}": Page(SHOW),
    "/favicon.svg": Built("favicon.svg"),
    "/assets/page-Bin2oOf6.js": Built("assets/page-Bin2oOf6.js"),
    f"/live/{SHOW}/card.json": CardJson(SHOW),
    f"/live/{SHOW}/events": Events(SHOW),
    f"/live/{SHOW}/index.m3u8": Playlist(SHOW, None),
    f"/live/{SHOW}/opus/index.m3u8": Playlist(SHOW, Codec.OPUS),
    f"/live/{SHOW}/opus/replay.m3u8": Playlist(SHOW, Codec.OPUS, "replay.m3u8"),
    f"/live/{SHOW}/aac/init.mp4": Init(SHOW, Codec.AAC),
    f"/live/{SHOW}/opus/00000012.m4s": SegmentFile(SHOW, Codec.OPUS, SegmentNumber(12)),
    f"/live/{SHOW}/opus/00000012.t3.m4s": SegmentFile(SHOW, Codec.OPUS, SegmentNumber(12), 3),
    f"/live/{SHOW}/talk.json": RecordFile(SHOW, "talk.json"),
    f"/live/{SHOW}/clip/1000-9000.m4a": ClipFile(SHOW, Clip(1_000, 9_000), "m4a"),
    f"/live/{SHOW}/stream.mp4": Push(SHOW, Format.MP4),
    f"/live/{SHOW}/stream.ogg": Push(SHOW, Format.OGG),
    f"/live/{SHOW}/stream.mp3": Push(SHOW, Format.MP3),
}
NOWHERE = [
    "/live/",
    f"/live/{SHOW}",
    f"/live/{SHOW}/",
    f"/live/{SHOW}/../card.json",
    f"/live/{SHOW}/clip/1000-9000",
    f"/live/{SHOW}/clip/01000-9000.m4a",
    f"/live/{SHOW}/clip/1000-9000.mp3",
    f"/live/{SHOW.upper()}x/card.json",
    "/live/012345678i/card.json",  # i is not in Crockford's alphabet
    f"/live/{SHOW}/mp3/index.m3u8",
    f"/live/{SHOW}/opus/12.m4s",
    f"/live/{SHOW}/opus/000000123.m4s",
    f"/live/{SHOW}/opus/" + "\N{ARABIC-INDIC DIGIT ONE}" * 8 + ".m4s",
    f"/live/{SHOW}/opus/00000012.m4s\n",
    f"/live/{SHOW}/aac/../opus/init.mp4",
    f"//live/{SHOW}/card.json",
    "/assets/..",
    "/assets/.hidden",
    "/assets/",
    "/..",
    "/.env",
    f"/{SHOW}/",
]


def pieces(path: str) -> tuple[str, ...]:
    return tuple(path[1:].split("/"))


@pytest.mark.parametrize("path", TABLE)
def test_addresses(path: str) -> None:
    assert route(pieces(path)) == TABLE[path]


@pytest.mark.parametrize("path", NOWHERE)
def test_nothing_is_there(path: str) -> None:
    assert route(pieces(path)) is None


def test_files_are_named_as_on_disk() -> None:
    assert Playlist(SHOW, None).file == f"{SHOW}/index.m3u8"
    assert Playlist(SHOW, Codec.AAC).file == f"{SHOW}/aac/index.m3u8"
    assert Init(SHOW, Codec.OPUS).file == f"{SHOW}/opus/init.mp4"
    segment = SegmentFile(SHOW, Codec.OPUS, SegmentNumber(12))
    assert segment.file == f"{SHOW}/opus/00000012.m4s"
    assert segment.playlist == Playlist(SHOW, Codec.OPUS)


PIECE = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["live", SHOW, "opus", "..", ".", "", "card.json", "a/../b", "00000001.m4s"]),
)


@given(path=st.lists(PIECE, min_size=1, max_size=5))
def test_no_address_leads_out_of_the_folder(path: list[str]) -> None:
    found = route(tuple(path))
    if isinstance(found, Playlist | Init | SegmentFile):
        assert found.file.split("/")[0] == found.show == SHOW
        assert ".." not in found.file
    if isinstance(found, Built):
        assert ".." not in found.name.split("/")
        assert not found.name.startswith(("/", "."))
