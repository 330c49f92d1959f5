"""Foreign peers on the real stage: Chromium, by way of coturn, and Firefox speak and hear."""

import base64
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import anyio
import msgspec
import pytest
from playwright.async_api import Page, async_playwright
from tests.browser.chromium import FAKE_MICROPHONE, FLAGS
from tests.browser.test_stage_pages import ABSENT_DB, PRESENT_DB, RETURN, near_db
from tests.firefox import FAKE_MICROPHONE as FAKE_IN_FIREFOX
from tests.firefox import FirefoxPage, firefox
from tests.live_server import LiveServer, live_server
from tests.proxies import free_port
from tests.staircase import write_wav

from vivavoce.clock import SystemClock
from vivavoce.stage.turn import LIFETIME_S, ice_servers
from vivavoce.testing import tone
from vivavoce.testing.decode import decode
from vivavoce.testing.speaker import Speaker
from vivavoce.units import FRAME_SAMPLES, SAMPLE_RATE, Samples, samples
from vivavoce.webrtc.local import local_addresses

pytestmark = [pytest.mark.anyio, pytest.mark.interop, pytest.mark.browser]

HOST_HZ: Final = 440
GUEST_HZ: Final = 700
SECRET: Final = "north"
SHIPPED: Final = Path(__file__).parents[2] / "docs" / "deploy" / "turnserver.conf"
TAKES: Final = 6
PATIENT_S: Final = 30


@dataclass(frozen=True)
class OnAir:
    """A live show, on whose stage a program speaks."""

    server: LiveServer
    show: dict[str, Any]

    def invite(self, name: str) -> str:
        """Return a link that puts its guest on air."""
        wanted = {"role": "speaker", "standing": "air", "name": name}
        path = f"/api/shows/{self.show['show']}/invitations"
        url: str = self.server.remote.ask("POST", path, wanted)["url"]
        return url

    async def hears(self, hz: float) -> bool:
        """Whether listeners hear a tone, in one of a few takes."""
        url = f"{self.server.said['public_url']}/live/{self.show['show']}/stream.ogg"
        for _ in range(TAKES):
            take = await anyio.run_process(["curl", "-s", "-m", "5", url], check=False)
            pcm = decode(take.stdout)[-SAMPLE_RATE:]
            if len(pcm) == SAMPLE_RATE and near_db(pcm, hz) > PRESENT_DB:
                return True
        return False


@asynccontextmanager
async def on_air(tmp_path: Path, turn: str = "") -> AsyncIterator[OnAir]:
    data = tmp_path / "data"
    data.mkdir()
    (data / "vivavoce.toml").write_text(f'[turn]\nurls = "{turn}"\nsecret = "{SECRET}"\n')
    frames = tone(HOST_HZ, Samples(SAMPLE_RATE)).reshape(-1, FRAME_SAMPLES)  # whole periods
    with live_server(data) as server:
        show = server.new_show()
        server.start(show["show"])
        async with Speaker(lambda n: frames[n % len(frames)]) as speaker:
            await speaker.whip(*server.seat(show["show"]))
            yield OnAir(server, show)


@contextmanager
def coturn(folder: Path) -> Iterator[str]:
    """Run a TURN server with the configuration that we ship; yield its address."""
    address = next((a for a in local_addresses() if ":" not in a), "127.0.0.1")
    port = free_port()
    text = SHIPPED.read_text().replace("=SECRET", f"={SECRET}")
    text = text.replace("allowed-peer-ip=203.0.113.5", f"allowed-peer-ip={address}")
    (folder / "turnserver.conf").write_text(text)
    command = ["turnserver", "-c", str(folder / "turnserver.conf"), "--no-tls", "--no-dtls",
               f"--listening-port={port}", f"--listening-ip={address}", f"--relay-ip={address}",
               "--allow-loopback-peers", f"--userdb={folder / 'turn.db'}",
               f"--pidfile={folder / 'coturn.pid'}", "--log-file=stdout"]  # fmt: skip
    with (folder / "coturn.log").open("w") as log, subprocess.Popen(command, stdout=log) as process:
        try:
            yield f"turn:{address}:{port}"
        finally:
            process.terminate()


# The page asks for relays as it always does; a firewall leaves it nothing else.
RELAYED: Final = """
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(wanted) { super({ ...wanted, iceTransportPolicy: "relay" }); }
};
"""
GATHER: Final = """
async (iceServers) => {
  const peer = new RTCPeerConnection({ iceServers, iceTransportPolicy: "relay" });
  const found = { relays: 0, errors: [] };
  peer.onicecandidateerror = ({ errorCode }) => found.errors.push(errorCode);
  const done = new Promise((resolve) => {
    peer.onicecandidate = ({ candidate }) => {
      if (candidate?.candidate) found.relays += 1;
      if (candidate === null) resolve();
    };
  });
  peer.addTransceiver("audio");
  await peer.setLocalDescription();
  await done;
  peer.close();
  return found;
}
"""


def relays(turn: str, secret: str, now: int) -> Any:
    """Return what a page is told, by a server that knows ``secret``."""
    return msgspec.to_builtins(ice_servers(turn, secret, "rosa", now).ice_servers)


@asynccontextmanager
async def speaking(folder: Path) -> AsyncIterator[Page]:
    """A page of Chromium whose microphone hears a tone, again and again."""
    voice = write_wav(folder / "guest.wav", tone(GUEST_HZ, samples(10)))
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    flags = [*FLAGS, *FAKE_MICROPHONE, f"--use-file-for-fake-audio-capture={voice}"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=flags)
        try:
            yield await browser.new_page()
        finally:
            await browser.close()


def others_alone(takes: list[list[float]]) -> bool:
    """Whether the host's tone comes back in some take, and one's own in none of those."""
    there = [own for host, own in takes if host > PRESENT_DB]
    return bool(there) and max(there) < ABSENT_DB


async def sees(page: Page, words: str) -> None:
    shown = page.get_by_text(words).and_(page.locator(":not(.unseen)"))
    await shown.first.wait_for(timeout=PATIENT_S * 1000)


async def test_chromium_speaks_and_hears_through_coturn(tmp_path: Path) -> None:
    with coturn(tmp_path) as turn:
        async with on_air(tmp_path, turn) as stage, speaking(tmp_path) as page:
            await page.add_init_script(RELAYED)
            await page.goto(stage.invite("Rosa"))
            await sees(page, "The studio hears you")
            await page.get_by_label("Music").check()
            await sees(page, "The sound takes a detour")
            assert await stage.hears(GUEST_HZ)
            takes = [await page.evaluate(RETURN, [HOST_HZ, GUEST_HZ]) for _ in range(TAKES)]
            assert others_alone(takes)

            await page.goto("about:blank")
            now = int(SystemClock().wall().timestamp())
            found = await page.evaluate(GATHER, relays(turn, SECRET, now))
            assert found["relays"] > 0
            for secret, then in ((SECRET, now - LIFETIME_S - 60), ("south", now)):
                found = await page.evaluate(GATHER, relays(turn, secret, then))
                assert (found["relays"], set(found["errors"])) == (0, {401})


# Two seconds of what the page plays. Without a sound device Firefox runs no AudioContext; it does
# record.
PLAYED: Final = """
(async () => {
  const recorder = new MediaRecorder(document.querySelector("audio").srcObject);
  const chunks = [];
  recorder.ondataavailable = ({ data }) => chunks.push(data);
  const stopped = new Promise((done) => { recorder.onstop = done; });
  recorder.start();
  await new Promise((done) => setTimeout(done, 2000));
  recorder.stop();
  await stopped;
  const bytes = new Uint8Array(await new Blob(chunks).arrayBuffer());
  return btoa([...bytes].map((byte) => String.fromCharCode(byte)).join(""));
})()
"""


async def until(page: FirefoxPage, script: str) -> None:
    """Wait until a script comes to something true."""
    looking = f"""
    new Promise((done) => {{
      const timer = setInterval(() => {{ if ({script}) {{ clearInterval(timer); done(); }} }}, 100);
    }})
    """
    with anyio.fail_after(PATIENT_S):
        await page.evaluate(looking)


async def press(page: FirefoxPage, kind: str, words: str) -> None:
    """Press what has these words on it, once it is there."""
    has = f"""(one) => one.textContent.includes("{words}")"""
    found = f"""[...document.querySelectorAll("{kind}")].find({has})"""
    await until(page, found)
    await page.evaluate(f"{found}.click()")


async def reads(page: FirefoxPage, words: str) -> None:
    await until(page, f"""document.body.innerText.includes("{words}")""")


async def played(page: FirefoxPage) -> list[list[float]]:
    """Return how loud the two tones are in each half second of a take."""
    pcm = decode(base64.b64decode(str(await page.evaluate(PLAYED))))
    half = SAMPLE_RATE // 2
    pieces = [pcm[at : at + half] for at in range(0, len(pcm) - half, half)]
    return [[near_db(piece, hz) for hz in (HOST_HZ, GUEST_HZ)] for piece in pieces]


async def test_firefox_speaks_and_hears(tmp_path: Path) -> None:
    voice = {**FAKE_IN_FIREFOX, "media.navigator.audio.fake_frequency": f"{GUEST_HZ}"}
    async with on_air(tmp_path) as stage, firefox(tmp_path / "profile", voice) as page:
        await page.open(stage.invite("Rosa"))
        await press(page, "button", "Choose your microphone")
        await reads(page, "The studio hears you")
        await press(page, "label", "Music")
        assert await stage.hears(GUEST_HZ)
        takes: list[list[float]] = []
        for _ in range(TAKES):
            takes += await played(page)
            if others_alone(takes):
                break
        assert others_alone(takes), takes
