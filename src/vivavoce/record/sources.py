"""Where a show's files can be read to be verified: a folder, or a listen address. Blocking."""

import http.client
import re
import ssl
import zlib
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit

import msgspec

from vivavoce.card import SHOW_ID, ShowCard
from vivavoce.errors import UNREADABLE, MachineError, PeerError, UsageError
from vivavoce.record import layout, seal
from vivavoce.record.seal import PRIVATE
from vivavoce.record.verify import Source

_TIMEOUT_S: Final = 20.0
_SIZE_LIMIT: Final = 64 * 1024 * 1024
_TRIES: Final = 3

# Below what was given, where the public files may be: an exported archive keeps them in a folder.
_PUBLIC: Final = (".", "hls")
_ADDRESS: Final = re.compile(rf"(?:.*/)?(?:live/)?({SHOW_ID.pattern})/?")


class Folder:
    """A show's folder, as the studio has it or as it was exported."""

    def __init__(self, path: Path) -> None:
        for name in _PUBLIC:
            self._public = path / name
            if (self._public / seal.SEAL).is_file():
                break
        else:
            raise UsageError(
                "seal_missing",
                f"There is no {seal.SEAL} in {path}: give the folder of a show, such as"
                " DATA/live/SHOW, or its listen address.",
            )
        beside = self._public.resolve()
        # Only the studio has them as they were sealed; an archive has them with tags.
        self._tracks = beside.parent.parent / "record" / beside.name / PRIVATE
        self.private = self._tracks.is_dir()

    def read(self, name: str) -> bytes | None:
        """Return a file; None if there is none. Raises ``MachineError``."""
        root = self._public
        if name.startswith(PRIVATE):
            root = self._tracks.parent
        path = root / name
        try:
            # A name out of a hostile seal leads nowhere but into this folder.
            if not path.resolve().is_relative_to(root.resolve()) or not path.is_file():
                return None
            return path.read_bytes()
        except OSError as error:
            raise MachineError("file_unreadable", f"{path} cannot be read: {error}.") from None


class Address:
    """A show at its public address, over one connection."""

    private = False

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        found = _ADDRESS.fullmatch(self._url.path)
        if self._url.scheme not in ("http", "https") or not self._url.hostname or not found:
            raise UsageError(
                "address_unknown",
                f"{url} is no listen address: it looks like https://live.example.org/SHOW.",
            )
        before = self._url.path[: found.start(1)].removesuffix("live/")
        self._root = f"{before}live/{found[1]}/"
        self._link = _connect(self._url)

    def read(self, name: str) -> bytes | None:
        """Return a file; None if the server says that there is none. Raises ``PeerError``."""
        for left in reversed(range(_TRIES)):
            try:
                return self._ask(name)
            except (OSError, http.client.HTTPException) as error:
                self._link.close()
                self._link = _connect(self._url)
                if not left:
                    raise PeerError(
                        "address_silent",
                        f"{self._url.netloc} does not answer ({type(error).__name__}).",
                    ) from None
        raise AssertionError

    def _ask(self, name: str) -> bytes | None:
        self._link.request("GET", self._root + quote(name), headers={"Accept-Encoding": "gzip"})
        response = self._link.getresponse()
        body = response.read(_SIZE_LIMIT + 1)
        if response.status == 410:
            raise UsageError("show_deleted", "The host has deleted this show: nothing is left.")
        if response.status == 404:
            return None
        if response.status != 200 or len(body) > _SIZE_LIMIT:
            raise PeerError(
                "address_refuses", f"{self._url.netloc} answers with status {response.status}."
            )
        if response.headers.get("Content-Encoding") == "gzip":
            body = self._unpacked(body)
        return body

    def _unpacked(self, body: bytes) -> bytes:
        # No further than it may be: a few bytes can be packed terabytes.
        unpacker = zlib.decompressobj(wbits=31)
        try:
            unpacked = unpacker.decompress(body, _SIZE_LIMIT + 1)
        except zlib.error:
            unpacked = None
        if unpacked is None or len(unpacked) > _SIZE_LIMIT or not unpacker.eof:
            raise PeerError(
                "address_refuses", f"{self._url.netloc} packs what it sends in no way to be read."
            )
        return unpacked


def _connect(url: SplitResult) -> http.client.HTTPConnection:
    host = url.hostname or ""
    if url.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, url.port, timeout=_TIMEOUT_S, context=context)
    return http.client.HTTPConnection(host, url.port, timeout=_TIMEOUT_S)


def source_of(place: str) -> Source:
    """Return the source for a path or an address as a person types it."""
    if "://" in place:
        return Address(place)
    return Folder(Path(place).expanduser())


def card_of(source: Source) -> ShowCard:
    """Return the show's card; raises ``UsageError`` (``show_unknown``, ``card_missing``)."""
    data = source.read(layout.CARD)
    if data is None:
        raise UsageError("show_unknown", "There is no show there: no card.json.")
    try:
        return msgspec.json.decode(data, type=ShowCard)
    except UNREADABLE:
        raise UsageError(
            "card_missing", "There is no readable card.json, so it is not known which show it is."
        ) from None
