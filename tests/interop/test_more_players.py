"""GStreamer and an Icecast relay listen at the public port; what they give is measured."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest
from tests.caller import until
from tests.integration.edge_kit import GREETING, SHOW, card, fake_studio, running_edge, write_card
from tests.interop.test_players_at_the_edge import BATCH, COUNT, by_number, check, running, speak
from tests.proxies import free_port

from vivavoce.bus.messages import Sound
from vivavoce.card import State
from vivavoce.media import SEGMENTED, Codec, Part
from vivavoce.package.heads import HEADS
from vivavoce.package.packager import Packager
from vivavoce.record.programme import Programme
from vivavoce.testing import tone
from vivavoce.testing.decode import decode
from vivavoce.units import PartNumber, Samples

pytestmark = [pytest.mark.anyio, pytest.mark.interop]

LIVE = f"/live/{SHOW}"


@pytest.fixture(scope="module")
def parts() -> list[Part]:
    packager = Packager(PartNumber(1_000))
    packager.want(Codec.MP3, True)
    return (
        packager.feed(list(tone(440, Samples(COUNT * 15_360)).reshape(-1, 960))) + packager.flush()
    )


def playbin(url: str, out: Path) -> list[str]:
    raw = "audio/x-raw,format=S16LE,rate=48000,channels=1"
    sink = f"audioconvert ! audioresample ! {raw} ! wavenc ! filesink location={out}"
    return ["gst-launch-1.0", "-q", "playbin", f"uri={url}", f"audio-sink={sink}",
            "video-sink=fakesink", "flags=0x2"]  # fmt: skip


@pytest.mark.parametrize("playlist", ["index.m3u8", "opus/index.m3u8", "aac/show.m3u8"])
async def test_gstreamer_plays_the_replay(tmp_path: Path, parts: list[Part], playlist: str) -> None:
    out = tmp_path / "heard.wav"
    write_card(tmp_path / "live", card(state=State.ENDED))
    programme = Programme(tmp_path / "live" / SHOW, HEADS, datetime(2026, 1, 1, tzinfo=UTC))
    programme.append([part for part in parts if part.codec in SEGMENTED])
    programme.finish()
    async with running_edge(tmp_path) as edge:
        player = running(playbin(f"http://127.0.0.1:{edge.port}{LIVE}/{playlist}", out))
        async with player:
            pass
    check(decode(out), at_least_s=9.0)


@pytest.mark.parametrize(
    ("stream", "batch"),
    [("stream.mp4", 1), ("stream.mp4", BATCH), ("stream.mp4?codec=aac", 1), ("stream.ogg", 1),
     ("stream.mp3", 1)],
)  # fmt: skip
async def test_gstreamer_plays_push(
    tmp_path: Path, parts: list[Part], stream: str, batch: int
) -> None:
    out = tmp_path / "heard.wav"
    async with fake_studio(*GREETING) as studio, running_edge(tmp_path, studio) as edge:
        edge.edge.turn(batch)
        player = running(playbin(f"http://127.0.0.1:{edge.port}{LIVE}/{stream}", out))
        async with player:
            await speak(studio, edge, parts, batch=batch)
    check(decode(out), at_least_s=8.5)


_ICECAST = """<icecast>
  <limits><clients>20</clients><sources>4</sources><burst-size>0</burst-size></limits>
  <authentication><source-password>s</source-password><admin-user>a</admin-user>
    <admin-password>a</admin-password></authentication>
  <hostname>localhost</hostname>
  <listen-socket><port>{port}</port><bind-address>127.0.0.1</bind-address></listen-socket>
  {relays}
  <paths><basedir>{folder}</basedir><logdir>{folder}</logdir><webroot>{folder}</webroot>
    <adminroot>{folder}</adminroot></paths>
  <logging><accesslog>a.log</accesslog><errorlog>e.log</errorlog><loglevel>4</loglevel></logging>
  <security><chroot>0</chroot>{owner}</security>
</icecast>"""
_RELAY = """<relay><server>127.0.0.1</server><port>{port}</port><mount>{mount}</mount>
  <local-mount>{local}</local-mount><on-demand>0</on-demand>
  <relay-shoutcast-metadata>0</relay-shoutcast-metadata></relay>"""


@contextmanager
def icecast(folder: Path, upstream: int) -> Iterator[int]:
    """Run Icecast as a relay of both streams; yield its port."""
    port = free_port()
    relays = "".join(
        _RELAY.format(port=upstream, mount=f"{LIVE}/stream.{end}", local=f"/relay.{end}")
        for end in ("ogg", "mp3")
    )
    owner = "<changeowner><user>nobody</user><group>nogroup</group></changeowner>"
    root = os.getuid() == 0
    config = folder / "icecast.xml"
    config.write_text(
        _ICECAST.format(port=port, relays=relays, folder=folder, owner=owner if root else "")
    )
    if root:  # Icecast refuses to run as root
        shutil.chown(folder, "nobody")
        for above in folder.parents[:-2]:  # all but / and what lies in it, which anybody may enter
            above.chmod(above.stat().st_mode | 0o011)
    with subprocess.Popen(
        ["icecast2", "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield port
        finally:
            process.kill()


@pytest.mark.parametrize("end", ["ogg", "mp3"])
async def test_an_icecast_relay_passes_the_sound_on(
    tmp_path: Path, parts: list[Part], end: str
) -> None:
    out, folder = tmp_path / "heard.wav", tmp_path / "icecast"
    folder.mkdir()
    async with fake_studio(*GREETING) as studio, running_edge(tmp_path, studio) as edge:
        with icecast(folder, edge.port) as port:
            await until(lambda: edge.edge.totals.listeners_joined >= 2)
            await anyio.sleep(1)  # Icecast opens its mounts when it has looked at the streams
            url = f"http://127.0.0.1:{port}/relay.{end}"
            command = f"curl -sN --max-time 4 '{url}'"
            wav = f"ffmpeg -v error -i - -ac 1 -ar 48000 {out}"
            async with running(["sh", "-c", f"{command} | {wav}"]):
                for group in by_number(parts):
                    sound = [Sound(SHOW, p.codec, p.number, p.body) for p in group]
                    await studio.say(*sound)
                    await anyio.sleep(0.16)  # Icecast drops who is further behind than its queue
    check(decode(out), at_least_s=2.0)
