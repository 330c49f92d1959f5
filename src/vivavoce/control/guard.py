"""What holds for every request on the studio port, whatever its route: headers, size, kind.

Plain ASGI, so that nothing is wrapped around the long-lived connections.
"""

from typing import Final

import msgspec
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vivavoce.control.faults import WORDS

# The longest body is an SDP offer of a browser with many addresses: some 10 KB.
BODY_LIMIT: Final = 64 * 1024

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


class Guard:
    """Adds the headers; refuses bodies that are too long, and API bodies that are not JSON."""

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
        if _announced(headers) > BODY_LIMIT:
            await _refuse(guarded_send, *_TOO_LONG)
        elif api and scope["method"] in {"POST", "PATCH", "PUT"} and not _is_json(headers):
            await _refuse(guarded_send, *_NOT_JSON)
        else:
            await self._app(scope, _counted(receive), guarded_send)


def _counted(receive: Receive) -> Receive:
    """Return ``receive`` with an end: a body may be longer than it announced, or announce nothing.

    The error is the framework's own: any other, FastAPI takes for a body that cannot be read.
    """
    seen = 0

    async def counted_receive() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > BODY_LIMIT:
            raise HTTPException(413)
        return message

    return counted_receive


_TOO_LONG: Final = (413, *WORDS[413])
_NOT_JSON: Final = (415, "json_only", "Send application/json.")


def _announced(headers: Headers) -> int:
    length = headers.get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() else 0


def _is_json(headers: Headers) -> bool:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json"


async def _refuse(send: Send, status: int, code: str, words: str) -> None:
    body = msgspec.json.encode({"code": code, "message": words})
    kind = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": kind})
    await send({"type": "http.response.body", "body": body})
