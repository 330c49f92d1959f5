"""Files of shows that an edge on another machine lacks: asked of its studio, or the edge before it.

Only shows that the feed has told of are asked for, so that strangers' addresses cost the studio
nothing. What comes is kept like a file of one's own.
"""

import http.client
import logging
from collections.abc import Callable
from typing import Final
from urllib.parse import quote, urlsplit

from vivavoce.deliver.files import File

_log = logging.getLogger(__name__)

_TIMEOUT_S: Final = 5.0
_SIZE_LIMIT: Final = 8 * 1024 * 1024


class Upstream:
    """Where the feed comes from, as a place of files. Blocking: called in a worker thread."""

    def __init__(self, feed_url: str, token: str | None, knows: Callable[[str], bool]) -> None:
        parts = urlsplit(feed_url)
        self._secure = parts.scheme == "wss"
        self._host, self._port = parts.hostname or "", parts.port
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._knows = knows

    def read(self, name: str) -> File | None:
        """Return the file ``SHOW/…``; None if it is not there, or cannot be had now."""
        if not self._knows(name.partition("/")[0]):
            return None
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        link = kind(self._host, self._port, timeout=_TIMEOUT_S)
        try:
            link.request("GET", f"/live/{quote(name)}", headers=self._headers)
            response = link.getresponse()
            body = response.read(_SIZE_LIMIT + 1)
            return File.of(body) if response.status == 200 and len(body) <= _SIZE_LIMIT else None
        except (OSError, http.client.HTTPException) as error:
            _log.info("a file could not be had", extra={"why": type(error).__name__})
            return None
        finally:
            link.close()
