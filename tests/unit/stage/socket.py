"""A WebSocket client of an ASGI application in the same loop: no port, no thread."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
from starlette.types import ASGIApp, Message


class Socket:
    """The page's end."""

    def __init__(self) -> None:
        self._up, self._from_page = anyio.create_memory_object_stream[Message](100)
        self._to_page, self._down = anyio.create_memory_object_stream[Message](1000)
        self.closed: int | None = None
        self.refused: tuple[int, dict[str, Any]] | None = None
        self.reading = True
        self.gone = False
        """Whatever is sent meets a closed connection."""

    async def receive(self) -> Message:
        return await self._from_page.receive()

    async def send(self, message: Message) -> None:
        if not self.reading:
            await anyio.sleep_forever()
        if self.gone:
            raise OSError("connection closed")  # as ASGI has it
        match message["type"]:
            case "websocket.close":
                self.closed = message.get("code", 1000)
            case "websocket.http.response.start":
                self.refused = (message["status"], {})
            case "websocket.http.response.body":
                assert self.refused is not None
                self.refused = (self.refused[0], json.loads(message["body"]))
            case _:
                await self._to_page.send(message)

    async def say(self, message: object) -> None:
        text = message if isinstance(message, str) else json.dumps(message)
        await self._up.send({"type": "websocket.receive", "text": text})

    async def say_bytes(self, body: bytes) -> None:
        await self._up.send({"type": "websocket.receive", "bytes": body})

    async def hear(self, kind: str) -> dict[str, Any]:
        """Return the next message of a kind, passing over others."""
        with anyio.fail_after(30):
            while True:
                message = await self._down.receive()
                if message["type"] == "websocket.send":
                    told: dict[str, Any] = json.loads(message["text"])
                    if told["type"] == kind:
                        return told

    def close(self) -> None:
        for stream in (self._up, self._from_page, self._to_page, self._down):
            stream.close()

    async def leave(self) -> None:
        await self._up.send({"type": "websocket.disconnect", "code": 1001})


@asynccontextmanager
async def opened(
    app: ASGIApp, path: str, token: str = "", query: str = ""
) -> AsyncIterator[Socket]:
    """Connect to ``path``; leave at the end of the block."""
    socket = Socket()
    scope = {
        "type": "websocket",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(b"authorization", f"Bearer {token}".encode())] if token else [],
        "scheme": "ws",
        "server": ("127.0.0.1", 8081),
        "client": ("127.0.0.1", 50000),
        "subprotocols": [],
        "extensions": {"websocket.http.response": {}},
    }
    await socket._up.send({"type": "websocket.connect"})
    with anyio.fail_after(30):
        async with anyio.create_task_group() as tasks:
            over = anyio.Event()

            async def serve() -> None:
                await app(scope, socket.receive, socket.send)
                over.set()

            tasks.start_soon(serve)
            yield socket
            await socket.leave()
            await over.wait()
    socket.close()
