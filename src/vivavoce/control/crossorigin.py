"""What the listeners' page, which has another origin, may ask of the studio: to raise a hand.

The hand's token is the whole right; no cookie is read, and none can be sent.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vivavoce.control.origin import origin_of

_HANDS: Final = re.compile(r"/api/shows/[^/]+/(hands(/[^/]+)?|ice)")


@dataclass(frozen=True, slots=True)
class Outside:
    """The two addresses from which pages of ours come."""

    public_url: str
    studio_url: str

    def welcome(self, connection: HTTPConnection) -> bool:
        """Say whether a page of ours is asking, or a program, which has no origin."""
        origin = connection.headers.get("origin")
        if origin is None:
            return True
        return self.knows(origin, connection.headers.get("host", ""))

    def knows(self, origin: str, host: str) -> bool:
        """Say whether ``origin`` is one of ours, or on the host that was asked, at our ports.

        A server without a name of its own is reached by several: localhost, an address.
        """
        theirs = origin_of(origin)
        ours = [origin_of(self.public_url), origin_of(self.studio_url)]
        asked = urlsplit(f"//{host}").hostname
        ours += [(known[0], asked, known[2]) for known in ours if known and asked]
        return theirs is not None and theirs in ours


class CrossOrigin:
    """Lets the listeners' page read the answers about hands; ASGI, around the application."""

    def __init__(self, app: ASGIApp, outside: Outside) -> None:
        self._app = app
        self._outside = outside

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or connection."""
        if scope["type"] != "http" or not _HANDS.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin", "")
        if not origin or not self._outside.knows(origin, headers.get("host", "")):
            await self._app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS":
            await send(
                {"type": "http.response.start", "status": 204, "headers": _preflight(origin)}
            )
            await send({"type": "http.response.body", "body": b""})
            return

        async def send_to_origin(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer["access-control-allow-origin"] = origin
                answer["cross-origin-resource-policy"] = "cross-origin"
                answer.add_vary_header("origin")
            await send(message)

        await self._app(scope, receive, send_to_origin)


def _preflight(origin: str) -> list[tuple[bytes, bytes]]:
    return [
        (b"access-control-allow-origin", origin.encode()),
        (b"access-control-allow-methods", b"POST, DELETE"),
        (b"access-control-allow-headers", b"authorization, content-type"),
        (b"access-control-max-age", b"86400"),
        (b"vary", b"origin"),
    ]
