"""Programs that no one here wrote listen at the public port; what they hear is measured."""

import asyncio
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import anyio.lowlevel
import pytest
from tests.integration.edge_kit import (
    GREETING,
    SHOW,
    FakeStudio,
    RunningEdge,
    card,
    fake_studio,
    running_edge,
    write_card,
)
from tests.proxies import nginx_alone

from vivavoce.bus.messages import Card, Sound
from vivavoce.card import State
from vivavoce.media import Codec, Part, Pcm
from vivavoce.package.heads import HEADS
from vivavoce.package.packager import Packager
from vivavoce.record.programme import Programme
from vivavoce.testing import dominant_hz, gaps, tone
from vivavoce.testing.decode import decode
from vivavoce.units import PartNumber, Samples, samples, seconds

pytestmark = [pytest.mark.anyio, pytest.mark.interop]

COUNT = 30  # parts: 9.6 s
BATCH = 6
LENGTH = Samples(COUNT * 15_360)
HZ = 440.0

Command = Callable[[str, Path], list[str]]


@pytest.fixture(scope="module")
def parts() -> list[Part]:
    packager = Packager(PartNumber(1_000))
    packager.want(Codec.MP3, True)
    return packager.feed(list(tone(HZ, LENGTH).reshape(-1, 960))) + packager.flush()


def ffmpeg(url: str, out: Path) -> list[str]:
    return ["ffmpeg", "-v", "error", "-i", url, "-ac", "1", "-ar", "48000", str(out)]


def curl(url: str, out: Path) -> list[str]:
    pipe = f"curl -sSN '{url}' | ffmpeg -v error -i - -ac 1 -ar 48000 {out}"
    return ["sh", "-c", pipe]


def mpv(url: str, out: Path) -> list[str]:
    return ["mpv", "--no-config", "--really-quiet", "--no-video", "--untimed", "--ao=pcm",
            f"--ao-pcm-file={out}", url]  # fmt: skip


def vlc(url: str, out: Path) -> list[str]:
    # VLC refuses to run as root, so it is run as nobody, who may write only to its own output.
    nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/tmp"
    who = nobody if os.geteuid() == 0 else ""
    transcode = "#transcode{acodec=s16l,channels=1,samplerate=48000}"
    sout = f"{transcode}:std{{access=file,mux=wav,dst=-}}"
    return ["sh", "-c", f"{who} cvlc --quiet --sout '{sout}' '{url}' vlc://quit > {out}"]


PLAYERS: dict[str, Command] = {"ffmpeg": ffmpeg, "curl": curl, "mpv": mpv, "vlc": vlc}
STREAMS = ["stream.mp4", "stream.mp4?codec=aac", "stream.ogg", "stream.mp3"]


@pytest.mark.parametrize("player", PLAYERS)
@pytest.mark.parametrize("stream", STREAMS)
async def test_push_plays(tmp_path: Path, parts: list[Part], player: str, stream: str) -> None:
    out = tmp_path / "heard.wav"
    async with fake_studio(*GREETING) as studio, running_edge(tmp_path, studio) as edge:
        url = f"http://127.0.0.1:{edge.port}/live/{SHOW}/{stream}"
        async with running(PLAYERS[player](url, out)):
            await speak(studio, edge, parts)
    check(decode(out), at_least_s=8.5)


@pytest.mark.parametrize("player", ["ffmpeg", "mpv", "vlc"])
async def test_push_plays_in_the_longest_batches(
    tmp_path: Path, parts: list[Part], player: str
) -> None:
    """A batch is one fragment there, its Opus in packets of 120 ms."""
    out = tmp_path / "heard.wav"
    async with fake_studio(*GREETING) as studio, running_edge(tmp_path, studio) as edge:
        edge.edge.turn(BATCH)
        url = f"http://127.0.0.1:{edge.port}/live/{SHOW}/stream.mp4"
        async with running(PLAYERS[player](url, out)):
            await speak(studio, edge, parts, batch=BATCH)
        assert edge.edge.totals.batches_sent < COUNT / 4  # joined, not part by part
    check(decode(out), at_least_s=8.5)


# What comes through a pipe has no address, so a playlist in it leads nowhere.
@pytest.mark.parametrize("player", [name for name in PLAYERS if name != "curl"])
@pytest.mark.parametrize("playlist", ["index.m3u8", "opus/index.m3u8", "aac/index.m3u8"])
async def test_the_replay_plays(
    tmp_path: Path, parts: list[Part], player: str, playlist: str
) -> None:
    out = tmp_path / "heard.wav"
    write_card(tmp_path / "live", card(state=State.ENDED))
    record(tmp_path / "live" / SHOW, parts)
    async with running_edge(tmp_path) as edge:
        url = f"http://127.0.0.1:{edge.port}/live/{SHOW}/{playlist}"
        async with running(PLAYERS[player](url, out)):
            pass
    check(decode(out), at_least_s=9.0)


@pytest.mark.parametrize("player", ["mpv", "vlc"])
async def test_the_replay_plays_from_a_web_server_alone(
    tmp_path: Path, parts: list[Part], player: str
) -> None:
    """The static floor: a show's folder, and no program of ours."""
    out = tmp_path / "heard.wav"
    record(tmp_path / "elsewhere" / SHOW, parts)
    with nginx_alone(tmp_path / "nginx", tmp_path / "elsewhere") as port:
        async with running(PLAYERS[player](f"http://127.0.0.1:{port}/{SHOW}/index.m3u8", out)):
            pass
    check(decode(out), at_least_s=9.0)


async def test_a_live_show_plays_by_hls_until_its_end(tmp_path: Path, parts: list[Part]) -> None:
    out = tmp_path / "heard.wav"
    write_card(tmp_path / "live", card())
    programme = Programme(tmp_path / "live" / SHOW, HEADS, datetime(2026, 1, 1, tzinfo=UTC))
    segmented = [part for part in parts if part.codec is not Codec.MP3]
    programme.append([part for part in segmented if part.number < 1_000 + COUNT // 2])
    async with running_edge(tmp_path) as edge:
        url = f"http://127.0.0.1:{edge.port}/live/{SHOW}/aac/index.m3u8"
        async with running(ffmpeg(url, out)):
            asked = edge.edge.totals.files_read
            while edge.edge.report().counts == {} or edge.edge.totals.files_read < asked + 3:
                await anyio.lowlevel.checkpoint()
            programme.append([part for part in segmented if part.number >= 1_000 + COUNT // 2])
            programme.finish()
    check(decode(out), at_least_s=7.0)  # from three segments before the live edge


def record(folder: Path, parts: list[Part]) -> None:
    """Write the folder of a show that has ended."""
    programme = Programme(folder, HEADS, datetime(2026, 1, 1, tzinfo=UTC))
    programme.append([part for part in parts if part.codec is not Codec.MP3])
    programme.finish()


class running:  # noqa: N801  reads as what it is: async with running(command)
    """A player; at the end of the block it must come to its end by itself, and well."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command

    async def __aenter__(self) -> None:
        self._player = await asyncio.create_subprocess_exec(
            *self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )  # fmt: skip

    async def __aexit__(self, *error: object) -> None:
        try:
            with anyio.fail_after(60):
                said, _ = await self._player.communicate()
        finally:
            if self._player.returncode is None:
                self._player.kill()
                await self._player.wait()
        assert self._player.returncode == 0, said.decode()


async def speak(
    studio: FakeStudio, edge: RunningEdge, parts: list[Part], *, batch: int = 1
) -> None:
    """Once there is a listener, send it the show, batch by batch as fast as it is passed on."""
    while not any(report.counts for report in studio.reports):
        await studio.changed.wait()
        studio.changed.clear()
    for group in by_number(parts, batch):
        before = edge.edge.totals.sweeps
        await studio.say(*(Sound(SHOW, part.codec, part.number, part.body) for part in group))
        while edge.edge.totals.sweeps == before:
            await anyio.lowlevel.checkpoint()
    await studio.say(Card(card(state=State.ENDED, version=2)))


def by_number(parts: list[Part], batch: int = 1) -> Iterator[list[Part]]:
    for number in range(1_000, 1_000 + COUNT, batch):
        yield [part for part in parts if number <= part.number < number + batch]


def check(heard: Pcm, *, at_least_s: float) -> None:
    assert seconds(Samples(len(heard))) >= at_least_s
    assert dominant_hz(heard) == pytest.approx(HZ, abs=2)
    inner = heard[samples(0.2) : -samples(0.2)]
    assert gaps(inner) == []
