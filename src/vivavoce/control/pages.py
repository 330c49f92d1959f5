"""The studio's built pages. Only files that were there at the start are served, by their names."""

import gzip
import mimetypes
from collections.abc import Callable
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

_NOT_BUILT: Final = (
    "The studio's pages are not built. Stop the server and run `make serve`, which builds them.\n"
)
_HTML: Final = "text/html; charset=utf-8"

# What is text, and more than fits into one packet anyway. Fonts are packed already.
_PACKED: Final = (".js", ".css", ".svg", ".html")
_SMALL: Final = 1_000


def page_routes(folder: Path) -> list[Route]:
    """Return the routes of the pages in ``folder``, which is read once."""
    files = {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }

    packed = {
        name: gzip.compress(body, mtime=0)
        for name, body in files.items()
        if name.endswith(_PACKED) and len(body) > _SMALL
    }

    def answer(request: Request, name: str, kind: str, cache: str) -> Response:
        headers = {"cache-control": cache}
        body = files[name]
        if name in packed:
            headers["vary"] = "Accept-Encoding"
            if "gzip" in request.headers.get("accept-encoding", ""):
                headers["content-encoding"] = "gzip"
                body = packed[name]
        return Response(body, media_type=kind, headers=headers)

    def page(name: str) -> Callable[[Request], Response]:
        def send(request: Request) -> Response:
            if name not in files:
                return PlainTextResponse(_NOT_BUILT, 503)
            return answer(request, name, _HTML, "no-cache")

        return send

    def file(name: str) -> Route:
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        hashed = name.startswith("assets/")
        cache = "public, max-age=31536000, immutable" if hashed else "no-cache"

        def send(request: Request) -> Response:
            return answer(request, name, kind, cache)

        return Route(f"/{name}", send, methods=["GET"])

    served = [file(name) for name in files if not name.endswith(".html")]
    studio, stage = page("studio.html"), page("stage.html")
    return [
        Route("/", studio),
        Route("/studio/{show}", studio),
        Route("/stage/{show}", stage),
        *served,
    ]
