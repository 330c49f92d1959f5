"""Take the pictures of README.md from the real pages: docs/img/studio.png and docs/img/listen.png.

A server, a host in one Chromium with Vera's recorded voice for a microphone, a listener in another.
"""

import shutil
import tempfile
import wave
from pathlib import Path
from typing import Any, Final

import anyio
import anyio.to_thread
from playwright.async_api import Browser, Playwright, async_playwright

from vivavoce.cli.remote import Remote
from vivavoce.demo.server import running_server
from vivavoce.demo.voices import VOICES
from vivavoce.testing.decode import decode

OUT: Final = Path(__file__).parents[1] / "docs" / "img"
SHOW: Final = {
    "title": "The candidate, live",
    "description": "Two hours of questions and answers, in one take.",
    "language": "en",
}
# A phone, at twice the pixels: small files that stay sharp.
SIZE: Final[Any] = {"viewport": {"width": 420, "height": 760}, "device_scale_factor": 2}
FLAGS: Final = ["--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
FAKE: Final = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
SETTLE_MS: Final = 4_000


def microphone(folder: Path) -> Path:
    """Write the recorded voice as a WAV, without the quiet before it."""
    path = folder / "voice.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(decode(VOICES[0].path)[28_800:].tobytes())
    return path


async def browser(playwright: Playwright, *flags: str) -> Browser:
    """Start one Chromium."""
    program = shutil.which("chromium")
    return await playwright.chromium.launch(executable_path=program, args=[*FLAGS, *flags])


async def main() -> None:
    """Take both pictures."""
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        flags = {"port": 8080, "studio-port": 8081}
        async with running_server(folder / "data", flags), async_playwright() as playwright:
            remote = Remote(folder / "data")
            show = await anyio.to_thread.run_sync(remote.ask, "POST", "/api/shows", SHOW)
            voice = f"--use-file-for-fake-audio-capture={microphone(folder)}"
            talking = await browser(playwright, *FAKE, voice)
            host = await talking.new_page(**SIZE)
            await host.goto(show["host_url"])
            await host.get_by_text("The studio hears you").wait_for()
            await host.get_by_role("button", name="Go live", exact=True).click()
            listening = await browser(playwright)
            page = await listening.new_page(**SIZE)
            await page.goto(show["listen_url"])
            await page.get_by_role("button", name="Listen", exact=True).click()
            await page.wait_for_timeout(SETTLE_MS)
            await host.screenshot(path=OUT / "studio.png")
            await page.screenshot(path=OUT / "listen.png")
            await talking.close()
            await listening.close()


if __name__ == "__main__":
    anyio.run(main)
