"""hls.js in Chromium and Firefox plays live HLS, with low latency and without; it is heard.

So is push in its longest batches, through Firefox's own MediaSource.
"""

import base64
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest
from playwright.async_api import async_playwright
from tests.browser.chromium import FLAGS
from tests.firefox import FirefoxPage, firefox
from tests.integration.edge_kit import (
    SHOW,
    FakeStudio,
    RunningEdge,
    card,
    fake_studio,
    running_edge,
    write_pages,
)
from tests.integration.test_edge_lowlatency import EPOCH
from tests.pitch import is_tone

from vivavoce.bus.messages import Card, Head, Sound
from vivavoce.deliver.ladder import STEPS
from vivavoce.media import SEGMENTED, Codec, Pcm
from vivavoce.package.heads import HEADS
from vivavoce.package.packager import Packager
from vivavoce.record.programme import Programme
from vivavoce.testing import dominant_hz, gaps, tone
from vivavoce.testing.decode import decode
from vivavoce.units import FRAME_SAMPLES, PART_SAMPLES, SAMPLE_RATE, PartNumber, Samples

pytestmark = [pytest.mark.anyio, pytest.mark.interop, pytest.mark.browser]

HZ = 440.0
HEARD_S = 3.0
TAKES = 3
HLS_JS = Path(__file__).parents[2] / "web" / "node_modules" / "hls.js" / "dist" / "hls.light.min.js"


@asynccontextmanager
async def on_air(tmp_path: Path, *, low_latency: bool) -> AsyncIterator[RunningEdge]:
    """A studio with a tone on air for ever, at its own pace, and an edge with a page that plays."""
    pages = write_pages(tmp_path / "pages")
    shutil.copy(HLS_JS, pages / "assets" / "hls.js")
    shutil.copy(Path(__file__).with_name("play.js"), pages / "assets" / "play.js")
    scripts = '<script src="/assets/hls.js"></script><script src="/assets/play.js"></script>'
    (pages / "home.html").write_text(f"<!doctype html><audio></audio>{scripts}")
    live = card(epoch_ms=int(EPOCH.timestamp() * 1000))
    async with (
        fake_studio(Card(live), Head(SHOW, Codec.OPUS, HEADS[Codec.OPUS])) as studio,
        running_edge(tmp_path, studio, low_latency=low_latency) as edge,
        anyio.create_task_group() as tasks,
    ):
        await tasks.start(speak, tmp_path, studio)
        yield edge
        tasks.cancel_scope.cancel()


async def speak(
    tmp_path: Path, studio: FakeStudio, *, task_status: anyio.abc.TaskStatus[None]
) -> None:
    programme = Programme(tmp_path / "live" / SHOW, HEADS, EPOCH)
    packager = Packager(PartNumber(0), SEGMENTED)
    frames = tone(HZ, Samples(PART_SAMPLES)).reshape(-1, FRAME_SAMPLES)  # whole periods
    began = anyio.current_time() - 10  # ten seconds of it were before anybody came
    for number in count():
        await anyio.sleep_until(began + number * PART_SAMPLES / SAMPLE_RATE)
        parts = packager.feed(list(frames))
        await anyio.to_thread.run_sync(programme.append, parts)
        await studio.say(*(Sound(SHOW, part.codec, part.number, part.body) for part in parts))
        if number == 30:
            task_status.started()


def page_of(edge: RunningEdge) -> str:
    return f"http://localhost:{edge.port}/?url=/live/{SHOW}/index.m3u8"


def pushed_by(edge: RunningEdge) -> str:
    """Let batches be as long as they get, each one fragment; return the page that plays them."""
    edge.edge.turn(STEPS[-1])
    return f"http://localhost:{edge.port}/?push=/live/{SHOW}/stream.mp4"


def check(heard: Pcm) -> None:
    inner = heard[SAMPLE_RATE // 2 : -SAMPLE_RATE // 4]
    assert len(inner) > (HEARD_S - 1.5) * SAMPLE_RATE
    assert is_tone(dominant_hz(inner), HZ)
    assert gaps(inner) == []


@pytest.mark.parametrize("low_latency", [False, True])
async def test_chromium(tmp_path: Path, low_latency: bool, record_property: Any) -> None:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    flags = [*FLAGS, "--autoplay-policy=no-user-gesture-required"]
    async with on_air(tmp_path, low_latency=low_latency) as edge, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=flags)
        page = await browser.new_page()
        await page.goto(page_of(edge))
        with anyio.fail_after(20):
            recording = await page.evaluate(f"heard({HEARD_S})")
        seen = await page.evaluate("seen")
        await browser.close()
    check(decode(base64.b64decode(recording)))
    assert (seen["parts"] > 5) is low_latency, seen
    record_property("hls.js behind live, s", f"{seen['latency']:.2f}")


async def test_firefox(tmp_path: Path) -> None:
    async with on_air(tmp_path, low_latency=False) as edge, firefox(tmp_path / "profile") as page:
        for url in (page_of(edge), pushed_by(edge)):
            check(decode(base64.b64decode(await _recorded(page, url))))


async def _recorded(page: FirefoxPage, url: str) -> str:
    """Load the page until it recorded: once, unless the machine is very busy."""
    for _ in range(TAKES):
        await page.open(url)
        with anyio.move_on_after(30):
            return str(await page.evaluate(f"heard({HEARD_S})"))
    raise AssertionError(f"Firefox recorded nothing in {TAKES} takes")
