"""The whole way with real processes: spoken over WHIP, heard over push, replayed from disk."""

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import anyio.to_thread
import pytest
from tests.integration.supervisor.test_serve import is_ready, until
from tests.pitch import is_tone
from tests.server import Server, serving

from vivavoce.testing import dominant_hz, gaps, level_db, tone
from vivavoce.testing.decode import decode
from vivavoce.testing.speaker import Speaker, voice_of
from vivavoce.units import SAMPLE_RATE, samples

pytestmark = pytest.mark.anyio


def record(url: str, seconds: int, file: Path) -> None:
    """Listen as any program does."""
    subprocess.run(["curl", "-sN", "-m", str(seconds), "-o", str(file), url], check=False)


async def speak(show: dict[str, Any], hz: float, url: str, file: Path) -> None:
    """Say a tone into ``show`` while somebody records three seconds of it."""
    async with Speaker(voice_of(tone(hz, samples(60)))) as speaker:
        await speaker.whip(show["whip_url"], show["whip_token"])
        await anyio.sleep(1)
        await anyio.to_thread.run_sync(record, url, 3, file)


def kill_studio(server: Server) -> None:
    before = server.children()["studio"]
    os.kill(before, signal.SIGKILL)
    until(lambda: server.children().get("studio", before) != before)
    until(lambda: is_ready(server))


async def test_what_is_said_is_heard_and_kept_though_the_studio_dies(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        show = await anyio.to_thread.run_sync(server.show, "new", "Tones")
        await anyio.to_thread.run_sync(server.show, "start", show["show"])
        await speak(show, 1_000, show["push"]["opus"], tmp_path / "one.mp4")
        await anyio.to_thread.run_sync(kill_studio, server)
        await speak(show, 2_000, show["push"]["aac"], tmp_path / "two.mp4")
        ended = await anyio.to_thread.run_sync(server.show, "end", show["show"])
        replay = await anyio.to_thread.run_sync(decode, show["hls"])
    for name, hz in (("one", 1_000), ("two", 2_000)):
        heard = decode(tmp_path / f"{name}.mp4")[-2 * SAMPLE_RATE :]
        assert is_tone(dominant_hz(heard), hz), name
        assert abs(level_db(heard) - -16) < 3, name  # levels are matched
        assert gaps(heard, longer_than_ms=200) == [], name
    assert abs(len(replay) / SAMPLE_RATE - ended["duration_s"]) < 0.1
    seconds = range(0, len(replay) - SAMPLE_RATE, SAMPLE_RATE)
    tones = [dominant_hz(replay[at : at + SAMPLE_RATE]) for at in seconds]
    for hz in (1_000, 2_000):
        assert sum(is_tone(found, hz) for found in tones) >= 3, tones
