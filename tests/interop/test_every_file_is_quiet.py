"""ffprobe and ffmpeg take every file of sound that there is, and have not a word to say of it.

No remark is let pass, not one that ffmpeg makes of all files of a kind: then the kind is wrong.
"""

import zipfile
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Final

import anyio
import msgspec
import pytest
from tests.integration.edge_kit import (
    GREETING,
    SHOW,
    RunningEdge,
    fake_studio,
    running_edge,
)
from tests.interop.test_players_at_the_edge import (
    BATCH,
    LENGTH,
    STREAMS,
    running,
    speak,
)
from tests.unit.record.test_tracks import Line
from tests.unit.record.test_tracks import record as record_track

from vivavoce.export.carry import carry_out
from vivavoce.export.orders import Kind, Order
from vivavoce.media import SEGMENTED, Codec
from vivavoce.package.packager import Packager
from vivavoce.record import takedown
from vivavoce.record.places import Places
from vivavoce.testing import tone
from vivavoce.testing.ended_show import EndedShow
from vivavoce.units import SEGMENT_SAMPLES, PartNumber, Samples

pytestmark = [pytest.mark.anyio, pytest.mark.interop]

CHAPTERS: Final = {
    "version": "1.2.0",
    "chapters": [
        {"startTime": 3, "title": 'One "x" <b> \U0001f3a7'},
        {"startTime": 6.5, "title": "Two"},
    ],
}
SOUND: Final = {".opus", ".mp3", ".m4a", ".wav", ".flac", ".m3u8"}
TAKEN_DOWN_MS: Final = (5_000, 9_000)


async def test_foreign_programs_take_every_file_without_a_word(tmp_path: Path) -> None:
    show = EndedShow(
        round=tone(440, Samples(3 * SEGMENT_SAMPLES), db=-26),
        rounds=3,
        title='A "show" <b>',
        speakers=("Vera",),
        spans=((0, 0, 2_000),),
        starts_ms=1_920,
        more={"chapters.json": CHAPTERS},
    )
    card = show.write(tmp_path / "live", SHOW)
    # Over a bad line, away for two seconds, the recorder killed: all that a track can hold.
    tracks = tmp_path / "record" / SHOW / "tracks"
    record_track(tracks, Line(10, 200, 0.1), gaps=range(200, 300), crash=True)
    heard = {str(path) for path in exported(tmp_path, "before", list(Kind))}
    async with running_edge(tmp_path) as edge:
        async for name in fetched(edge, tmp_path):
            heard.add(name)
        await check(sorted(heard))
    takedown.begin(Places(tmp_path), SHOW, *TAKEN_DOWN_MS, 1)
    assert takedown.carry_out(Places(tmp_path), card)
    await check(sorted(map(str, exported(tmp_path, "after", [Kind.OPUS, Kind.MP3, Kind.AAC]))))
    async with running_edge(tmp_path) as edge:
        await check([at(edge, "index.m3u8"), *(at(edge, f"{c}/replay.m3u8") for c in SEGMENTED)])


@pytest.mark.parametrize("batch", [1, BATCH])
async def test_foreign_programs_take_what_is_pushed_without_a_word(
    tmp_path: Path, batch: int
) -> None:
    packager = Packager(PartNumber(1_000))
    packager.want(Codec.MP3, True)
    parts = packager.feed(list(tone(440, LENGTH).reshape(-1, 960))) + packager.flush()
    for number, stream in enumerate(STREAMS):
        folder = tmp_path / str(number)
        folder.mkdir()
        async with fake_studio(*GREETING) as studio, running_edge(folder, studio) as edge:
            edge.edge.turn(batch)
            async with running(["curl", "-sSNf", "-o", str(folder / "taken"), at(edge, stream)]):
                await speak(studio, edge, parts, batch=batch)
    # A pushed MP3 has no length to tell, and a file of it would have it guessed: all are read as
    # the streams that they are.
    takes = [tmp_path / str(number) / "taken" for number in range(len(STREAMS))]
    await check(["pipe:"] * len(takes), [take.read_bytes() for take in takes])


def exported(data: Path, name: str, kinds: list[Kind]) -> Iterator[Path]:
    """Make exports; yield all files of sound that are in them, and in the archive's folder."""
    for kind in kinds:
        to = data / name / kind
        live, record = data / "live" / SHOW, data / "record" / SHOW
        order = Order(kind=kind, show=SHOW, live=str(live), record=str(record), to=str(to))
        carry_out(order, lambda _done, _step: None)
        for file in to.glob("*.zip"):
            with zipfile.ZipFile(file) as packed:
                packed.extractall(to)
        found = [path for path in to.rglob("*") if path.suffix in SOUND]
        assert found, kind
        yield from found


async def fetched(edge: RunningEdge, folder: Path) -> AsyncIterator[str]:
    """Yield what listeners are given of a show that is over: playlists, segments, clips."""
    for name in ("index.m3u8", "rewind.m3u8"):
        yield at(edge, name)
    for codec in SEGMENTED:
        for name in ("index.m3u8", "replay.m3u8", "show.m3u8"):
            yield at(edge, f"{codec}/{name}")
        head = (await edge.get(f"/live/{SHOW}/{codec}/init.mp4")).body
        segment = (await edge.get(f"/live/{SHOW}/{codec}/00000004.m4s")).body
        (folder / f"{codec}.mp4").write_bytes(head + segment)
        yield str(folder / f"{codec}.mp4")
    for name in ("3000-9001.m4a", "3000-9001.opus", "1-5001.m4a", "12000-17000.opus"):
        reply = await edge.get(f"/live/{SHOW}/clip/{name}")
        assert reply.status == 200
        (folder / name).write_bytes(reply.body)
        yield str(folder / name)


def at(edge: RunningEdge, name: str) -> str:
    return f"http://127.0.0.1:{edge.port}/live/{SHOW}/{name}"


async def check(sources: list[str], streams: Sequence[bytes | None] | None = None) -> None:
    """Let both programs read all of it; ``-map 0`` is the cover, too."""
    assert sources
    for source, stream in zip(sources, streams or [None] * len(sources), strict=True):
        shown = await run(
            *("ffprobe", "-v", "warning", "-show_chapters", "-show_streams", "-count_packets"),
            *("-of", "json", "-i", source),
            stream=stream,
        )
        kinds = {stream["codec_type"] for stream in msgspec.json.decode(shown)["streams"]}
        assert "audio" in kinds, source
        decode = (
            "ffmpeg",
            "-v",
            "warning",
            "-xerror",
            "-i",
            source,
            "-map",
            "0",
            "-f",
            "null",
            "-",
        )
        await run(*decode, stream=stream)


async def run(*command: str, stream: bytes | None) -> bytes:
    with anyio.fail_after(120):
        done = await anyio.run_process(command, input=stream or b"", check=False)
    assert (done.returncode, done.stderr.decode()) == (0, ""), command
    return done.stdout
