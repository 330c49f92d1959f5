"""HTTP/1.x request heads in, response heads out (RFC 9110, RFC 9112). Pure.

Strict where leniency has let requests be smuggled or paths be forged; bounded everywhere. It knows
nothing of shows: whatever a peer sends gives a ``Request`` or a ``PeerError``, nothing else.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol
from urllib.parse import unquote

import msgspec

from vivavoce.errors import PeerError

# A browser's head is 0.5 to 1.5 KB; 8 KiB is what nginx and Apache take by default.
HEAD_LIMIT: Final = 8_192
FIELD_LIMIT: Final = 100  # Apache's default; browsers send about 15
QUERY_LIMIT: Final = 16
# What is longer than this is read anew each time, so that what is remembered stays small.
_REMEMBERED: Final = 1_024

_REQUEST_LINE: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e]+) HTTP/(\d)\.(\d)")
# RFC 9112 section 5.1: no space before the colon. A line that begins with a space (an obs-fold,
# section 5.2) does not match either. NUL, CR and LF may never be in a value (RFC 9110, 5.5).
_FIELD: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t\x20-\x7e\x80-\xff]*)")
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
# RFC 9112 section 3.2.2: a server must take the absolute form too.
_ABSOLUTE: Final = re.compile(r"https?://[^/?#]+", re.IGNORECASE)

_PHRASES: Final[Mapping[int, str]] = {
    200: "OK",
    206: "Partial Content",
    304: "Not Modified",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    409: "Conflict",
    410: "Gone",
    413: "Content Too Large",
    416: "Range Not Satisfiable",
    431: "Request Header Fields Too Large",
    501: "Not Implemented",
    503: "Service Unavailable",
    505: "HTTP Version Not Supported",
}

_KNOWN_METHODS: Final = frozenset(("POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"))
# Of these a second one would leave open which of the two counts.
_SINGLE: Final = frozenset(("host", "content-length", "transfer-encoding", "range", "if-range"))

Fields = tuple[tuple[str, str], ...]
"""Header fields, in the order in which they are sent."""


class Request(msgspec.Struct, frozen=True):
    """One request without a body; everything in it is decoded and checked."""

    method: str
    """``GET`` or ``HEAD``."""
    path: tuple[str, ...]
    """The pieces between slashes, percent-decoded after the split: a piece may hold a slash."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """By lower-case name; repeated fields are joined by a comma."""
    minor: int
    """1 for HTTP/1.1, 0 for HTTP/1.0."""

    @property
    def keep_alive(self) -> bool:
        """Whether the peer wants to ask more on this connection (RFC 9112 section 9.3)."""
        options = self.headers.get("connection", "").lower()
        return "close" not in options if self.minor else "keep-alive" in options


class RequestParser:
    """Cuts received bytes into requests; the same ones however the bytes were split."""

    __slots__ = ("_buffer", "_headers", "_lines", "_searched", "_whole")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._whole = b""  # one request and nothing else, as nearly all come
        # A player asks with the same fields again and again: they are read once.
        self._lines = b""
        self._headers: Mapping[str, str] = {}

    @property
    def buffered(self) -> int:
        """Bytes received and not yet part of a returned request."""
        return len(self._buffer) + len(self._whole)

    def receive(self, data: bytes) -> None:
        """Take bytes from the peer."""
        if not self._buffer and not self._whole and _is_one(data):
            self._whole = data
            return
        if self._whole:
            self._buffer, self._whole = bytearray(self._whole), b""
        self._buffer += data

    def next(self) -> Request | None:
        """Return the next whole request, or None until more is received.

        Raises ``PeerError`` for a bad head; the connection cannot be read any further then.
        """
        head: bytes | None
        if self._whole:
            head, self._whole = self._whole[:-4], b""
        else:
            head = self._cut() if self._buffer else None
        if head is None:
            return None
        first, _, lines = head.partition(b"\r\n")
        if lines != self._lines:
            headers = _fields(lines)
            if len(lines) > _REMEMBERED:
                return _request(first, headers)
            self._lines, self._headers = lines, headers
        return _request(first, self._headers)

    def _cut(self) -> bytes | None:
        """Take one head off the buffer, without its empty line; None until it is whole."""
        # RFC 9112 section 2.2: empty lines before the request line are skipped.
        while self._buffer.startswith(b"\r\n"):
            del self._buffer[:2]
            self._searched = 0
        end = self._buffer.find(b"\r\n\r\n", self._searched)
        if end < 0:
            self._searched = max(0, len(self._buffer) - 3)
        if (len(self._buffer) if end < 0 else end + 4) > HEAD_LIMIT:
            raise PeerError("head_too_large", "The head of the request is too large.", status=431)
        if end < 0:
            return None
        head = bytes(self._buffer[:end])
        del self._buffer[: end + 4]
        self._searched = 0
        return head


def _is_one(data: bytes) -> bool:
    """Whether ``data`` is one head; a long one, or an empty line before it, is for ``_cut``."""
    size = len(data)
    return 4 < size <= HEAD_LIMIT and data.find(b"\r\n\r\n") == size - 4 and data[:2] != b"\r\n"


def parse_head(head: bytes) -> Request:
    """Return the request of one head without its final empty line; else raise ``PeerError``."""
    first, _, lines = head.partition(b"\r\n")
    return _request(first, _fields(lines))


def _request(first: bytes, headers: Mapping[str, str]) -> Request:
    read = _line if len(first) > _REMEMBERED else _known_line
    method, minor, path, query = read(first)
    if minor and not headers.get("host"):
        raise _bad("HTTP/1.1 needs a Host field.")
    if "transfer-encoding" in headers or headers.get("content-length", "0") != "0":
        # Nothing here reads a body; what follows it could be taken for a request.
        raise PeerError("body_refused", "A request here has no body.", status=413)
    return Request(method, path, query, headers, minor)


def _line(first: bytes) -> tuple[str, int, tuple[str, ...], Mapping[str, str]]:
    """Return method, minor version, path and query of a request line."""
    found = _REQUEST_LINE.fullmatch(first)
    if found is None:
        raise _bad("The request line is not HTTP.")
    if found[3] != b"1":
        raise PeerError("version_unknown", "Only HTTP/1.0 and HTTP/1.1 are spoken.", status=505)
    method = found[1].decode("ascii")
    if method in _KNOWN_METHODS:
        raise PeerError("method_not_allowed", "Only GET and HEAD are answered here.", status=405)
    if method not in ("GET", "HEAD"):
        raise PeerError("method_unknown", "This method is not known here.", status=501)
    path, query = _target(found[2].decode("ascii"))
    return method, min(int(found[4]), 1), path, query


# A crowd asks for the same few things: in one part's time for one list and one part.
_known_line = lru_cache(maxsize=256)(_line)


def _fields(block: bytes) -> dict[str, str]:
    lines = block.split(b"\r\n") if block else []
    if len(lines) > FIELD_LIMIT:
        raise PeerError("head_too_large", "The request has too many fields.", status=431)
    headers: dict[str, str] = {}
    for line in lines:
        found = _FIELD.fullmatch(line)
        if found is None:
            raise _bad("A header field is malformed.")
        name = found[1].decode("ascii").lower()
        value = found[2].decode("latin-1").strip(" \t")
        if name in headers:
            if name in _SINGLE:
                raise _bad("A header field is given twice.")
            value = f"{headers[name]}, {value}"
        headers[name] = value
    return headers


def _target(target: str) -> tuple[tuple[str, ...], dict[str, str]]:
    absolute = _ABSOLUTE.match(target)
    if absolute is not None:
        target = target[absolute.end() :]
        target = target if target.startswith("/") else f"/{target}"
    if not target.startswith("/") or "#" in target:
        raise _bad("The address is malformed.")
    path, _, query = target.partition("?")
    # Split before decoding: an encoded slash stays inside its piece and matches no route.
    return tuple(decode(piece) for piece in path[1:].split("/")), _query(query)


def _query(text: str) -> dict[str, str]:
    if not text:
        return {}
    pairs = text.split("&")
    if len(pairs) > QUERY_LIMIT:
        raise _bad("The address has too many query fields.")
    query: dict[str, str] = {}
    for pair in pairs:
        # A cache that keys by a field reads the first of that name, as it stands, and some in any
        # case: nobody may say one thing to it and another one to us.
        name, _, value = pair.partition("=")
        decode(name)  # strict as everywhere
        query[name] = decode(value.replace("+", " "))
    if len({name.lower() for name in query}) < len(pairs):
        raise _bad("A query field is given twice.")
    return query


def decode(text: str) -> str:
    """Undo percent-encoding strictly: whole escapes, valid UTF-8, no control characters."""
    if "%" not in text:
        return text
    if _BAD_ESCAPE.search(text):
        raise _bad("The address has a broken percent-escape.")
    try:
        decoded = unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise _bad("The address is not UTF-8.") from None
    if _CONTROL.search(decoded):
        raise _bad("The address has a control character.")
    return decoded


def _bad(message: str) -> PeerError:
    return PeerError("bad_request", message)


class Rest(Protocol):
    """Bytes that are not in memory."""

    def __len__(self) -> int:
        """Return how many."""

    def part(self, start: int, stop: int) -> "Rest":
        """Return some of them."""

    def read(self) -> bytes:
        """Return them; ``OSError`` if they are gone. Blocking."""


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer; the connection adds ``Date``, ``Content-Length`` and ``Connection``."""

    status: int
    fields: Fields = ()
    body: bytes | memoryview = b""
    rest: Rest | None = None
    """What follows the body, read as the peer takes it."""


def response_head(
    status: int,
    fields: Sequence[tuple[str, str]],
    *,
    date: str,
    length: int | None,
    keep_alive: bool | None,
) -> bytes:
    """Return status line and fields up to the empty line.

    ``length`` None: the body ends with the connection. ``keep_alive`` None: say nothing of it
    (an HTTP/1.1 peer then keeps the connection). Field values never hold a line break.
    """
    lines = [f"HTTP/1.1 {status} {_PHRASES[status]}", f"Date: {date}"]
    lines += [f"{name}: {value}" for name, value in fields]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    if keep_alive is not None:
        lines.append("Connection: keep-alive" if keep_alive else "Connection: close")
    head = "\r\n".join(lines)
    if head.count("\n") != len(lines) - 1 or head.count("\r") != len(lines) - 1:
        raise ValueError("a response field holds a line break")
    return head.encode("utf-8") + b"\r\n\r\n"
