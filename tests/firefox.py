"""Debian's Firefox without a window, driven by WebDriver BiDi, which needs no further program."""

import json
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

import anyio
import anyio.to_thread
from tests.proxies import free_port
from websockets.asyncio.client import ClientConnection, connect

# Any page may sound without a press: there is nobody who could press.
_PREFERENCES: Final[Mapping[str, str]] = {"media.autoplay.default": "0"}

FAKE_MICROPHONE: Final[Mapping[str, str]] = {
    "media.navigator.streams.fake": "true",
    "media.navigator.permission.disabled": "true",
}
"""A microphone that hears a tone (``media.navigator.audio.fake_frequency``), asked for unseen."""


class FirefoxPage:
    """Firefox' one tab."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = count(1)
        self._target: dict[str, str] = {}

    async def begin(self) -> None:
        """Take the tab over."""
        await self._run("session.new", {"capabilities": {}})
        tree = await self._run("browsingContext.getTree", {})
        self._target = {"context": str(tree["contexts"][0]["context"])}

    async def begin_each_with(self, function: str) -> None:
        """Have a function run in each page before its own scripts."""
        await self._run("script.addPreloadScript", {"functionDeclaration": function})

    async def open(self, url: str) -> None:
        """Load a page; returns when that is done."""
        where = {"url": url, "wait": "complete", **self._target}
        await self._run("browsingContext.navigate", where)

    async def evaluate(self, script: str) -> Any:
        """Return what a script comes to, if that is no object; promises are waited for."""
        what = {"expression": script, "awaitPromise": True, "target": self._target}
        said = await self._run("script.evaluate", what)
        assert said["type"] == "success", said
        return said["result"].get("value")

    async def act(self, actions: list[dict[str, Any]]) -> None:
        """Move, press, type: a person's hands (WebDriver's actions)."""
        await self._run("input.performActions", {"actions": actions, **self._target})

    async def _run(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        number = next(self._numbers)
        await self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        with anyio.fail_after(90):  # it answers the first when it has started
            while (answer := json.loads(await self._socket.recv())).get("id") != number:
                pass
        assert answer["type"] == "success", answer
        result: dict[str, Any] = answer["result"]
        return result


@asynccontextmanager
async def firefox(
    profile: Path, preferences: Mapping[str, str] | None = None
) -> AsyncIterator[FirefoxPage]:
    """Run Firefox; the values of ``preferences`` are JavaScript."""
    _prepare(profile, {**_PREFERENCES, **(preferences or {})})
    port = free_port()
    command = ["firefox-esr", "--headless", "--no-remote", "--profile", str(profile),
               "--remote-debugging-port", str(port), "about:blank"]  # fmt: skip
    environment = {"HOME": str(profile), "PATH": "/usr/bin:/bin"}
    with subprocess.Popen(  # noqa: ASYNC220  started once, and read in a thread
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            await anyio.to_thread.run_sync(_until_listening, process)
            async with connect(f"ws://127.0.0.1:{port}/session", max_size=None) as socket:
                page = FirefoxPage(socket)
                await page.begin()
                yield page
        finally:
            process.kill()


def _prepare(profile: Path, preferences: Mapping[str, str]) -> None:
    profile.mkdir()
    lines = [f'user_pref("{name}", {value});\n' for name, value in preferences.items()]
    (profile / "user.js").write_text("".join(lines))


def _until_listening(process: subprocess.Popen[str]) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if "WebDriver BiDi listening" in line:
            return
    raise AssertionError("Firefox did not start")
