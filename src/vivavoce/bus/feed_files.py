"""The files of shows, for edges on other machines: behind the edges' token, below ``/live``."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vivavoce.card import SHOW_ID

_CODECS: Final = frozenset(("opus", "aac"))


def files_route(folder: Path, known: Callable[[str], bool]) -> Route:
    """Return the route; ``known`` says whether a token is the edges' token."""

    async def serve(request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not known(token.strip()):
            return Response(status_code=401)
        body = await to_thread.run_sync(_read, folder, request.path_params["path"])
        if body is None:
            return Response(status_code=404)
        return Response(body, media_type="application/octet-stream")

    return Route("/live/{path:path}", serve)


def _read(folder: Path, path: str) -> bytes | None:
    match path.split("/"):
        case [show, name] if SHOW_ID.fullmatch(show) and _plain(name):
            file = folder / show / name
        case [show, codec, name] if SHOW_ID.fullmatch(show) and codec in _CODECS and _plain(name):
            file = folder / show / codec / name
        case _:
            return None
    try:
        return file.read_bytes()
    except OSError:
        return None


def _plain(name: str) -> bool:
    return name.replace(".", "").isalnum() and name.isascii() and not name.startswith(".")
