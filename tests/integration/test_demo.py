"""``vivavoce demo``: what two recorded voices say is what foreign players hear, live and after."""

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest
from tests.server import line_of

from vivavoce.demo.voices import VOICES
from vivavoce.media import Pcm
from vivavoce.testing import correlate, level_db
from vivavoce.testing.decode import decode

SECOND = 48_000
STREAMS = ["stream.mp4", "stream.mp4?codec=aac", "stream.ogg", "stream.mp3"]


def ffmpeg(url: str, out: Path) -> list[str]:
    return ["ffmpeg", "-v", "error", "-y", "-i", url, "-ac", "1", "-ar", "48000", str(out)]


def mpv(url: str, out: Path) -> list[str]:
    pcm = ["--untimed", "--ao=pcm", f"--ao-pcm-file={out}"]
    return ["mpv", "--no-config", "--really-quiet", "--no-video", *pcm, url]


def vlc(url: str, out: Path) -> list[str]:
    # VLC refuses to run as root; as nobody it may not write here, so the shell does.
    who = "setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/tmp"
    sout = "#transcode{acodec=s16l,channels=1,samplerate=48000}:std{access=file,mux=wav,dst=-}"
    play = f"cvlc --quiet --sout '{sout}' '{url}' vlc://quit > {out}"
    return ["sh", "-c", f"{who} {play}" if os.geteuid() == 0 else play]


def spoken() -> Pcm:
    """Both voices together, as the mix should be."""
    total = sum(decode(voice.path).astype(np.int32) for voice in VOICES)
    return np.clip(total, -32_768, 32_767).astype(np.int16)


def likeness(said: Pcm, heard: Pcm, late: float = math.inf) -> float:
    """Return the share of one-second pieces of what was said that are found in what was heard.

    Piece by piece, each near where the one before was found: a playout buffer may stretch or
    shorten a pause between two of them. Of one who came late, pieces that went by more than
    ``late`` samples before do not count.
    """
    at = range(0, len(said) - SECOND, SECOND)
    loud = [(start, said[start : start + SECOND]) for start in at]
    loud = [(start, piece) for start, piece in loud if level_db(piece) > -35]
    start, piece = loud[len(loud) // 2]
    delay = correlate(piece, heard).offset - start
    loud = [(start, piece) for start, piece in loud if start + delay >= -late]
    found = 0
    for start, piece in loud:
        begin = max(0, start + delay - SECOND)
        near = heard[begin : start + delay + 2 * SECOND]
        match = correlate(piece, near) if len(near) > SECOND else None
        if match is not None and match.similarity > 0.8:
            found += 1
            delay = begin + match.offset - start
    return found / len(loud)


@contextmanager
def running(command: list[str]) -> Iterator[None]:
    """Let a player run beside the block; it ends by itself, and well, when the show ends."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as player:
        yield
        assert player.wait(60) == 0


def wait_for(url: str) -> None:
    """Wait until ``url`` is there: HLS begins with the first whole segment."""
    retry = ["--retry", "20", "--retry-delay", "1", "--retry-all-errors"]
    subprocess.run(["curl", "-sf", "-o", "/dev/null", *retry, url], check=True)


@pytest.mark.interop
@pytest.mark.timeout(480)
def test_a_whole_show_by_itself(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "vivavoce", "demo", "--once", "--json", "--starts-in=1"]
    ports = ["--port=0", "--studio-port=0", f"--data={tmp_path / 'data'}"]
    pushed = {stream: tmp_path / f"push-{n}.wav" for n, stream in enumerate(STREAMS)}
    followed = {player: tmp_path / f"hls-{player.__name__}.wav" for player in (ffmpeg, mpv, vlc)}
    with subprocess.Popen([*command, *ports], stdout=subprocess.PIPE, text=True) as demo:
        planned, live = (json.loads(line_of(demo)) for _ in range(2))
        assert (planned["event"], planned["state"]) == ("planned", "planned")
        assert (live["event"], live["state"]) == ("live", "live")
        at = live["listen_url"].replace(live["show"], f"live/{live['show']}")
        with ExitStack() as stack:
            for stream, out in pushed.items():
                stack.enter_context(running(ffmpeg(f"{at}/{stream}", out)))
            wait_for(live["hls"])
            for player, out in followed.items():
                stack.enter_context(running(player(live["hls"], out)))
            ended = json.loads(line_of(demo, within_s=240))
        assert demo.wait(30) == 0
    assert ended["event"] == "ended"
    assert ended["duration_s"] == pytest.approx(36, abs=3)

    kept = tmp_path / "data" / "live" / live["show"]
    verify = [sys.executable, "-m", "vivavoce", "verify", str(kept), "--json"]
    report = json.loads(subprocess.run(verify, stdout=subprocess.PIPE, check=True).stdout)
    assert (report["whole"], report["findings"]) == (True, [])
    assert report["seconds"] == pytest.approx(ended["duration_s"], abs=2)
    replays = [kept / codec / "replay.m3u8" for codec in ("opus", "aac")]
    said = spoken()
    for heard in [*pushed.values(), *replays]:
        assert likeness(said, decode(heard)) > 0.8, heard
    for heard in followed.values():  # they begin with the first segments, at a pace of their own
        pcm = decode(heard)
        assert len(pcm) > len(said) / 2, heard
        assert likeness(said, pcm, late=0) > 0.8, heard
