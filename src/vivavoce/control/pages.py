"""The studio's built pages. Only files that were there at the start are served, by their names."""

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


def page_routes(folder: Path) -> list[Route]:
    """Return the routes of the pages in ``folder``, which is read once."""
    files = {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }

    def page(name: str) -> Callable[[Request], Response]:
        def send(_: Request) -> Response:
            if name not in files:
                return PlainTextResponse(_NOT_BUILT, 503)
            return Response(files[name], media_type=_HTML, headers={"cache-control": "no-cache"})

        return send

    def file(name: str) -> Route:
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        hashed = name.startswith("assets/")
        cache = "public, max-age=31536000, immutable" if hashed else "no-cache"

        def send(_: Request) -> Response:
            return Response(files[name], media_type=kind, headers={"cache-control": cache})

        return Route(f"/{name}", send, methods=["GET"])

    served = [file(name) for name in files if not name.endswith(".html")]
    studio, stage = page("studio.html"), page("stage.html")
    return [
        Route("/", studio),
        Route("/studio/{show}", studio),
        Route("/stage/{show}", stage),
        *served,
    ]
