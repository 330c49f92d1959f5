"""The files of shows, for edges on other machines: behind the edges' token, below ``/live``.

What is too large for memory they ask for range by range.
"""

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from vivavoce.card import SHOW_ID

_CODECS: Final = frozenset(("opus", "aac"))
_LARGE: Final = frozenset(("episode.mp3", "episode.opus"))


def files_route(folder: Path, known: Callable[[str], bool]) -> Route:
    """Return the route; ``known`` says whether a token is the edges' token."""

    async def serve(request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not known(token.strip()):
            return Response(status_code=401)
        found = await to_thread.run_sync(_read, folder, request.path_params["path"])
        if found is None:
            return Response(status_code=404)
        if isinstance(found, Path):
            return FileResponse(found, media_type="application/octet-stream")
        return Response(found, media_type="application/octet-stream")

    return Route("/live/{path:path}", serve)


def _read(folder: Path, path: str) -> bytes | Path | None:
    """Return a file, or the path of a large one."""
    file = folder / path
    match path.split("/"):
        case ["feed.xml"]:
            pass
        case ["series", name] if _plain(name):
            pass
        case [show, name] if SHOW_ID.fullmatch(show) and _plain(name):
            if name in _LARGE:
                return file if file.is_file() and not file.is_symlink() else None
        case [show, codec, name] if SHOW_ID.fullmatch(show) and codec in _CODECS and _plain(name):
            pass
        case _:
            return None
    try:
        # A link would lead elsewhere, a pipe would be waited for, a device has no end.
        return file.read_bytes() if stat.S_ISREG(file.lstat().st_mode) else None
    except OSError:
        return None


def _plain(name: str) -> bool:
    word = name.replace(".", "").replace("-", "")
    return word.isalnum() and name.isascii() and not name.startswith(".")
