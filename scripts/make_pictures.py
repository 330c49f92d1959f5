"""Take the pictures of README.md from the real pages: docs/img/studio.png and docs/img/listen.png.

A server, a host and a guest who waits in one Chromium with Vera's recorded voice for a microphone,
Otto's voice on air by WHIP, and a listener in another Chromium.
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
from vivavoce.demo.voices import VOICES, load
from vivavoce.testing.decode import decode
from vivavoce.testing.speaker import Speaker

OUT: Final = Path(__file__).parents[1] / "docs" / "img"
SHOW: Final = {
    "title": "The candidate, live",
    "description": "Two hours of questions and answers, in one take.",
    "language": "en",
}
# A phone, tall enough for the stage, at twice the pixels: small files that stay sharp.
SIZE: Final[Any] = {
    "viewport": {"width": 420, "height": 1150},
    "device_scale_factor": 2,
    "is_mobile": True,
}
FLAGS: Final = ["--no-sandbox", "--disable-gpu"]
FAKE: Final = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
SETTLE_MS: Final = 6_000


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

            async def ask(path: str, body: dict[str, str]) -> Any:
                remote = Remote(folder / "data")
                return await anyio.to_thread.run_sync(remote.ask, "POST", path, body)

            show = await ask("/api/shows", SHOW)
            api = f"/api/shows/{show['show']}"
            voice = f"--use-file-for-fake-audio-capture={microphone(folder)}"
            talking = await browser(playwright, *FAKE, voice)
            host = await talking.new_page(**SIZE)
            await host.goto(show["host_url"])
            await host.get_by_text("The studio hears you").wait_for()
            waits = {"role": "speaker", "name": "Ada"}
            guest = await (await talking.new_context()).new_page()
            await guest.goto((await ask(f"{api}/invitations", waits))["url"])
            await guest.get_by_text("You are in the green room").first.wait_for()
            await host.get_by_role("button", name="Go live", exact=True).click()
            seat = await ask(f"{api}/seats", {"role": "speaker", "name": VOICES[1].name})
            listening = await browser(playwright)
            page = await listening.new_page(**SIZE)
            await page.goto(show["listen_url"])
            await page.get_by_role("button", name="Listen", exact=True).click()
            said = load(VOICES[1])
            async with Speaker(lambda n: said[n % len(said)]) as otto:
                await otto.whip(seat["whip_url"], seat["whip_token"])
                await page.wait_for_timeout(SETTLE_MS)
                await host.get_by_text("Good level.").wait_for()
                await host.screenshot(path=OUT / "studio.png")
                await page.screenshot(path=OUT / "listen.png")
            await talking.close()
            await listening.close()


if __name__ == "__main__":
    anyio.run(main)
