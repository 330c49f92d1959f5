"""What holds for every request on the studio port, whatever its route: headers, size, kind.

Plain ASGI, so that nothing is wrapped around the long-lived connections.
"""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vivavoce.control.faults import WORDS
from vivavoce.errors import UsageError
from vivavoce.export.cover import UPLOAD_LIMIT

# The longest body is an SDP offer of a browser with many addresses: some 10 KB.
BODY_LIMIT: Final = 64 * 1024

PICTURES: Final = frozenset({"image/jpeg", "image/png", "image/webp"})
"""What a cover may be sent as."""

_COVER: Final = re.compile(r"/api/series/[^/]+/cover")

# Nothing from elsewhere, nothing inline; sound comes from blobs, worklets and workers are files.
CSP: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "media-src 'self' blob:",
        "worker-src 'self' blob:",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS: Final = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "microphone=(self), camera=(), geolocation=()",
}


Refusal = tuple[int, str, str]
"""Status, code, and words."""


class Body(NamedTuple):
    """What may be sent to a route."""

    limit: int
    too_long: Refusal
    fault: Callable[[], Exception]
    """The same, while it is read."""
    kinds: frozenset[str]
    other_kind: Refusal


_JSON: Final = Body(
    BODY_LIMIT,
    (413, *WORDS[413]),
    # The framework's own: any other, FastAPI takes for a body that cannot be read.
    lambda: HTTPException(413),
    frozenset({"application/json"}),
    (415, "json_only", "Send application/json."),
)
_TOO_LARGE: Final = (413, "picture_too_large", "The picture is larger than 10 MB.")
_PICTURE: Final = Body(
    UPLOAD_LIMIT,
    _TOO_LARGE,
    lambda: UsageError(*_TOO_LARGE[1:], status=_TOO_LARGE[0]),
    PICTURES,
    (415, "picture_only", "Send a picture: image/jpeg, image/png or image/webp."),
)
_SENT: Final = frozenset({"POST", "PATCH", "PUT"})


class Guard:
    """Adds the headers; refuses bodies that are too long, and API bodies of another kind."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        api = scope["path"].startswith("/api/")

        async def guarded_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store" if api else "no-cache")
            await send(message)

        headers = Headers(scope=scope)
        body = _PICTURE if scope["method"] == "PUT" and _COVER.fullmatch(scope["path"]) else _JSON
        if _announced(headers) > body.limit:
            await _refuse(guarded_send, *body.too_long)
        elif api and scope["method"] in _SENT and _kind(headers) not in body.kinds:
            await _refuse(guarded_send, *body.other_kind)
        else:
            await self._app(scope, _counted(receive, body), guarded_send)


def _counted(receive: Receive, body: Body) -> Receive:
    """Return ``receive`` with an end: a body may be longer than announced, or announce nothing."""
    seen = 0

    async def counted_receive() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > body.limit:
            raise body.fault()
        return message

    return counted_receive


def _announced(headers: Headers) -> int:
    length = headers.get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() else 0


def _kind(headers: Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


async def _refuse(send: Send, status: int, code: str, words: str) -> None:
    body = msgspec.json.encode({"code": code, "message": words})
    kind = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": kind})
    await send({"type": "http.response.body", "body": body})
