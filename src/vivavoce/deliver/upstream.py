"""Files of shows that an edge on another machine lacks: asked of its studio, or the edge before it.

Only shows that the feed has told of are asked for, and the podcasts that they are in, so that
strangers' addresses cost the studio nothing. What comes is kept like a file of one's own, but for
episodes: of these a listener's piece at a time goes through.
"""

import http.client
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from vivavoce.deliver.files import File
from vivavoce.deliver.stretch import Bounds

_log = logging.getLogger(__name__)

_TIMEOUT_S: Final = 5.0
_SIZE_LIMIT: Final = 8 * 1024 * 1024


class Upstream:
    """Where the feed comes from, as a place of files. Blocking: called in a worker thread."""

    def __init__(
        self,
        feed_url: str,
        token: str | None,
        knows: Callable[[str], bool],
        lists: Callable[[str], bool] = lambda _: False,
    ) -> None:
        parts = urlsplit(feed_url)
        self._secure = parts.scheme == "wss"
        self._host, self._port = parts.hostname or "", parts.port
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._knows = knows
        self._lists = lists

    def read(self, name: str) -> File | None:
        """Return the file ``SHOW/…``, or one of a podcast's; None if it cannot be had now."""
        if not self._may(name):
            return None
        try:
            with self._asked("GET", name) as response:
                body = response.read(_SIZE_LIMIT + 1)
        except (OSError, http.client.HTTPException) as error:
            _log.info("a file could not be had", extra={"why": type(error).__name__})
            return None
        return File.of(body) if response.status == 200 and len(body) <= _SIZE_LIMIT else None

    def find(self, name: str) -> File | None:
        """Return a large file by what is said of it; None if it cannot be had now."""
        if not self._may(name):
            return None
        try:
            with self._asked("HEAD", name) as response:
                etag, size = response.headers["etag"], response.headers["content-length"]
        except (OSError, http.client.HTTPException) as error:
            _log.info("a file could not be had", extra={"why": type(error).__name__})
            return None
        if response.status != 200 or not etag or not (size or "").isdigit():
            return None
        return File(b"", etag, Distant(self, name, etag, start=0, stop=int(size)))

    def piece(self, name: str, etag: str, start: int, stop: int) -> bytes:
        """Return bytes of the large file that has this tag; ``OSError`` if they cannot be had."""
        wanted = {"Range": f"bytes={start}-{stop - 1}", "If-Range": etag}
        try:
            with self._asked("GET", name, wanted) as response:
                if response.status != 206:
                    raise OSError("another file is there now")
                data = response.read(stop - start)
        except http.client.HTTPException as error:
            raise OSError("the file is away") from error
        if len(data) != stop - start:
            raise OSError("the file is shorter than was said")
        return data

    def _may(self, name: str) -> bool:
        first, _, rest = name.partition("/")
        if first == "series":
            return self._lists(rest.partition(".")[0])
        return name == "feed.xml" or self._knows(first)

    @contextmanager
    def _asked(
        self, method: str, name: str, more: Mapping[str, str] | None = None
    ) -> Iterator[http.client.HTTPResponse]:
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        link = kind(self._host, self._port, timeout=_TIMEOUT_S)
        try:
            link.request(method, f"/live/{quote(name)}", headers={**self._headers, **(more or {})})
            yield link.getresponse()
        finally:
            link.close()


@dataclass(frozen=True, slots=True)
class Distant(Bounds):
    """Bytes of a large file that lies elsewhere, while it has this tag."""

    upstream: Upstream
    name: str
    etag: str

    def read(self) -> bytes:
        """Return the bytes; ``OSError`` if they cannot be had. Blocking."""
        return self.upstream.piece(self.name, self.etag, self.start, self.stop)
