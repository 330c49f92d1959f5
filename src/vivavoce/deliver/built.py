"""The built web pages, read into memory once at the start of an edge (about 1 MB)."""

import gzip
import logging
import mimetypes
from pathlib import Path
from typing import Final

from vivavoce.deliver.files import File
from vivavoce.deliver.page import Template
from vivavoce.deliver.pages import FILLED, BuiltFile, BuiltPages

_log = logging.getLogger(__name__)

_SIZE_LIMIT: Final = 4 * 1024 * 1024
_TEXT: Final = ("text/", "application/json", "application/javascript", "image/svg+xml")
_TYPES: Final = {".js": "text/javascript", ".woff2": "font/woff2", ".webmanifest": "text/json"}


def load_pages(folder: Path) -> BuiltPages:
    """Read all pages of ``folder``; a folder that is not there gives none, and a warning."""
    files: dict[str, BuiltFile] = {}
    for path in sorted([*folder.glob("*"), *folder.glob("assets/*")]):
        if path.is_file() and path.stat().st_size <= _SIZE_LIMIT:
            files[path.relative_to(folder).as_posix()] = _read(path)
    if "listen.html" not in files:
        _log.warning("the web pages are not built: listeners get sound, but no page")
    templates = {
        name: Template.cut(files[f"{name}.html"].plain.body.decode("utf-8"))
        for name in FILLED
        if f"{name}.html" in files
    }
    return BuiltPages(templates, files)


def _read(path: Path) -> BuiltFile:
    body = path.read_bytes()
    guessed = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    content_type = guessed or "application/octet-stream"
    packed = None
    if content_type.startswith(_TEXT):
        content_type += "; charset=utf-8"
        # mtime 0: equal content gives equal bytes, and so the same entity tag on every edge.
        smaller = gzip.compress(body, mtime=0)
        packed = File.of(smaller) if len(smaller) < len(body) else None
    return BuiltFile(File.of(body), packed, content_type)
