"""A guest's browser without a browser: cookies, the stage socket, a microphone."""

import json
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from vivavoce.testing.speaker import Speaker


@dataclass
class Browser:
    """One browser at the studio's door; it keeps cookies."""

    studio: str
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Origin": self.studio, **({"Cookie": cookies} if cookies else {})}

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Ask the API; return status and answer."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.studio + path, data, method=method)
        for name, value in {**self.headers, "Content-Type": "application/json"}.items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                for cookie in answer.headers.get_all("Set-Cookie", []):
                    name, _, value = cookie.partition(";")[0].partition("=")
                    self.cookies[name] = value
                told = answer.read()
                return answer.status, json.loads(told) if told else None
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def accept(self, link: str, name: str | None = None) -> tuple[int, Any]:
        """Open an invitation's link."""
        key = urlsplit(link).fragment.removeprefix("invite=")
        body = {"key": key} if name is None else {"key": key, "name": name}
        return self.ask("POST", "/api/invitations", body)


class StagePage:
    """A page with a stage socket, which reads all the time and keeps the latest of each kind."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._new = anyio.Event()
        self.latest: dict[str, dict[str, Any]] = {}
        self.count: dict[str, int] = {}
        self.closed: int | None = None

    async def read(self) -> None:
        with suppress(ConnectionClosed):
            async for text in self._socket:
                message = json.loads(text)
                self.latest[message["type"]] = message
                self.count[message["type"]] = self.count.get(message["type"], 0) + 1
                self._new.set()
        self.closed = self._socket.close_code
        self._new.set()

    async def say(self, **message: Any) -> None:
        await self._socket.send(json.dumps(message))

    async def command(self, command: str, seat: str | None = None) -> None:
        about = {} if seat is None else {"seat": seat}
        await self.say(type="command", command=command, **about)

    async def until(self, kind: str, **wanted: Any) -> dict[str, Any]:
        """Wait until the latest message of a kind has these values."""
        with anyio.fail_after(30):
            while True:
                latest = self.latest.get(kind)
                if latest and all(latest.get(k) == v for k, v in wanted.items()):
                    return latest
                self._new = anyio.Event()
                await self._new.wait()

    async def person(self, seat: str, **wanted: Any) -> dict[str, Any]:
        """Wait until somebody is seen so."""
        with anyio.fail_after(30):
            while True:
                seats = self.latest.get("people", {"seats": []})["seats"]
                for person in seats:
                    if person["seat"] == seat and all(person[k] == v for k, v in wanted.items()):
                        return dict(person)
                self._new = anyio.Event()
                await self._new.wait()

    async def until_closed(self) -> int | None:
        with anyio.fail_after(30):
            while self.closed is None:
                self._new = anyio.Event()
                await self._new.wait()
        return self.closed

    async def speak(self, speaker: Speaker, *, take: bool = False) -> None:
        """Connect a microphone."""
        await self.say(type="offer", sdp=await speaker.offer(), take=take)
        answer = await self.until("answer")
        await speaker.accept(answer["sdp"])


@asynccontextmanager
async def stage_page(
    browser: Browser, show: str, window: str = "window-one", *, query: str = ""
) -> AsyncIterator[StagePage]:
    """Open the stage socket for the length of the block."""
    url = f"{browser.studio.replace('http', 'ws', 1)}/api/shows/{show}/stage?window={window}{query}"
    async with (
        connect(url, additional_headers=browser.headers, max_size=2**20) as socket,
        anyio.create_task_group() as tasks,
    ):
        page = StagePage(socket)
        tasks.start_soon(page.read)
        yield page
        tasks.cancel_scope.cancel()


async def asked(browser: Browser, *call: Any) -> tuple[int, Any]:
    """Ask the API without holding up the loop."""
    return await anyio.to_thread.run_sync(lambda: browser.ask(*call))
