"""Replay, clip and small player in Firefox and in WebKit: pressed by hand, heard as samples.

Each segment of the recorded show is a tone of its own, so what is heard says which second it is.
"""

import base64
import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Protocol

import anyio
import anyio.to_thread
import numpy as np
import pytest
from tests.firefox import FirefoxPage, firefox
from tests.interop.test_webkitgtk import PLACES, post, webdriver
from tests.live_server import LiveServer, live_server
from tests.recorded import written
from tests.staircase import LOWEST_HZ, RISE_HZ, climb

from vivavoce.media import SILENCE, Pcm
from vivavoce.testing import tone
from vivavoce.testing.decode import decode
from vivavoce.testing.ended_show import EndedShow
from vivavoce.units import SAMPLE_RATE, SEGMENT_SAMPLES, Samples

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

TALK: Final = "0000000000"
PATIENT_S: Final = 60

# WebKit records no stream: what goes to the loudspeaker goes through here as well.
TAP: Final = """
(() => {
  const heard = { pieces: [], rate: 48000 };
  window.__heard = heard;
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode && !heard.tap) {
      heard.rate = this.context.sampleRate;
      heard.tap = this.context.createScriptProcessor(4096, 1, 1);
      heard.tap.onaudioprocess = ({ inputBuffer }) =>
        heard.pieces.push(inputBuffer.getChannelData(0).slice());
      connect.call(this, heard.tap);
      connect.call(heard.tap, to);
    }
    return connect.call(this, to, ...rest);
  };
})()
"""
SAMPLES: Final = """
(() => {
  const { pieces, rate } = window.__heard;
  const whole = Int16Array.from(pieces.flatMap((one) => [...one]), (value) => value * 32767);
  let text = "";
  for (const byte of new Uint8Array(whole.buffer)) text += String.fromCharCode(byte);
  return JSON.stringify([rate, btoa(text)]);
})()
"""
# Firefox without a sound device gives an element up that plays aloud: captured before it plays, it
# plays to nobody, and at its pace. A seek may bring another track, and with it another recording.
CAPTURE: Final = """
() => {
  window.__heard = [];
  const Kind = window.Audio;
  window.Audio = function () {
    const audio = new Kind();
    const stream = audio.mozCaptureStream();
    stream.onaddtrack = ({ track }) => {
      const chunks = [];
      const recorder = new MediaRecorder(new MediaStream([track]));
      recorder.ondataavailable = ({ data }) => data.size && chunks.push(data);
      recorder.start(200);
      window.__heard.push(chunks);
    };
    return audio;
  };
}
"""
RECORDINGS: Final = """
Promise.all(window.__heard.map(async (chunks) => {
  if (chunks.length < 2) return "";  // the first may be no more than a head
  let text = "";
  for (const byte of new Uint8Array(await new Blob(chunks).arrayBuffer()))
    text += String.fromCharCode(byte);
  return btoa(text);
})).then(JSON.stringify)
"""
# Where a button or a slider is, by its name; across, so far as is asked for.
PLACE: Final = """
((name, share) => {
  const named = (one) => one.textContent.trim() === name || one.ariaLabel === name;
  const found = [...document.querySelectorAll("button, input")].find(named);
  if (!found) return "";
  found.scrollIntoView({ block: "center" });
  const { x, y, width, height } = found.getBoundingClientRect();
  return JSON.stringify([Math.round(x + width * share), Math.round(y + height / 2)]);
})(%s, %s)
"""


class Driven(Protocol):
    """A browser's one page, and what is heard of it."""

    async def open(self, url: str) -> None: ...

    async def evaluate(self, script: str) -> Any: ...

    async def act(self, actions: list[dict[str, Any]]) -> None: ...

    async def heard(self) -> Pcm: ...


class Gecko:
    """Firefox; nothing sounds before a press."""

    def __init__(self, page: FirefoxPage) -> None:
        self.open = page.open
        self.evaluate = page.evaluate
        self.act = page.act

    async def heard(self) -> Pcm:
        recordings = json.loads(await self.evaluate(RECORDINGS))
        sounds = [decode(base64.b64decode(one)) for one in recordings if one]
        whole: Pcm = np.concatenate([SILENCE[:0], *sounds])
        return whole


class WebKit:
    """WebKitGTK by its WebDriver, whose calls block."""

    def __init__(self, port: int, session: str) -> None:
        self._port = port
        self._session = session

    async def open(self, url: str) -> None:
        await self._post("url", {"url": url})
        await self.evaluate(TAP)

    async def evaluate(self, script: str) -> Any:
        return await self._post("execute/sync", {"script": f"return {script.strip()}", "args": []})

    async def act(self, actions: list[dict[str, Any]]) -> None:
        await self._post("actions", {"actions": actions})

    async def heard(self) -> Pcm:
        rate, samples = json.loads(await self.evaluate(SAMPLES))
        pcm = np.frombuffer(base64.b64decode(samples), np.int16)
        if not len(pcm):
            return SILENCE[:0]
        times = np.arange(int(len(pcm) * SAMPLE_RATE / rate)) * rate / SAMPLE_RATE
        even: Pcm = np.interp(times, np.arange(len(pcm)), pcm).astype(np.int16)
        return even

    async def _post(self, what: str, body: dict[str, Any]) -> Any:
        path = f"{self._session}/{what}"
        return await anyio.to_thread.run_sync(post, self._port, path, body)


@asynccontextmanager
async def gecko(folder: Path) -> AsyncIterator[Driven]:
    async with firefox(folder / "profile", {"media.autoplay.default": "1"}) as page:
        await page.begin_each_with(CAPTURE)
        yield Gecko(page)


@asynccontextmanager
async def webkit(folder: Path) -> AsyncIterator[Driven]:
    options = {
        "binary": max(map(str, PLACES)),
        "args": ["--automation", "--autoplay-policy=allow-without-sound"],
    }
    wanted = {"browserName": "MiniBrowser", "webkitgtk:browserOptions": options}
    with webdriver(folder / "home") as port:
        body = {"capabilities": {"alwaysMatch": wanted}}
        made = await anyio.to_thread.run_sync(post, port, "session", body)
        yield WebKit(port, f"session/{made['sessionId']}")


@pytest.fixture(scope="module")
def file_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    data = tmp_path_factory.mktemp("server") / "data"
    length = Samples(SEGMENT_SAMPLES)
    sounds = [
        np.zeros_like(SILENCE, shape=length) if n < 3 else tone(LOWEST_HZ + RISE_HZ * n, length)
        for n in range(30)
    ]
    talk = EndedShow(
        round=np.concatenate(sounds), rounds=1, title="Tides", speakers=("Vera",),
        spans=[(0, 5_760, 57_600)], quiet=[(0, 5_760)], starts_ms=5_760,
    )  # fmt: skip
    written(data, TALK, talk)
    with live_server(data) as running:
        yield running


async def until(found: Callable[[], Any], what: str) -> Any:
    """Ask again and again; return the first answer that is one."""
    with anyio.move_on_after(PATIENT_S):
        while True:
            if answer := await found():
                return answer
            await anyio.sleep(0.2)
    raise AssertionError(f"not within {PATIENT_S} s: {what}")


async def press(page: Driven, name: str, share: float = 0.5) -> None:
    """Press the button of this name, or this place of a slider, with a mouse."""
    place = PLACE % (json.dumps(name), share)
    x, y = json.loads(await until(lambda: page.evaluate(place), name))
    steps = [
        {"type": "pointerMove", "x": x, "y": y, "duration": 0},
        {"type": "pointerDown", "button": 0},
        {"type": "pointerUp", "button": 0},
    ]
    mouse = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}}
    await page.act([mouse | {"actions": steps}])


async def says(page: Driven, words: str) -> None:
    script = f"document.body.innerText.includes({json.dumps(words)})"
    await until(lambda: page.evaluate(script), words)


async def plays(page: Driven, *segments: int) -> list[int]:
    """Wait until these were heard, one after the other; return all that was."""

    async def climbed() -> Sequence[int]:
        numbers = [step.number for step in climb(await page.heard())]
        return numbers if segments in {(*pair,) for pair in pairwise(numbers)} else []

    return list(await until(climbed, f"segments {segments} are heard"))


@pytest.mark.parametrize("browser", [gecko, webkit])
async def test_one_press_plays_and_a_link_to_a_range_ends_where_it_says(
    tmp_path: Path, file_server: LiveServer, browser: Callable[[Path], Any]
) -> None:
    show = f"{file_server.said['public_url']}/{TALK}"
    async with browser(tmp_path) as page:
        await page.open(show)
        await press(page, "Play the whole show")
        await says(page, "You are listening to the replay.")
        assert (await plays(page, 3, 4))[0] == 3
        await press(page, "Position in the show", 0.7)  # 40.3 s
        assert {20, 21} & set((await plays(page, 21, 22))[-3:])

        await page.open(f"{show}?t=36,38.5")
        await press(page, "Play 0:36 to 0:38")
        await says(page, "The replay is paused.")
        numbers = [step.number for step in climb(await page.heard())]
        assert numbers in ([18, 19], [18, 19, 20])

        await page.open(f"{show}/embed?t=0:35")
        await press(page, "Play from 0:35")
        assert (await plays(page, 18, 19))[0] == 18

        await page.open(f"{show}/clip/36000-46000")
        await press(page, "Play the clip")
        await until(lambda: page.evaluate(AT_SECOND_TWO), "the clip plays")


AT_SECOND_TWO: Final = "Number(document.querySelector('input[type=range]').value) >= 2"
