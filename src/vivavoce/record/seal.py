"""The seal: a hash chain over a show's segments, kept while the show runs. Pure.

Each line of ``seal.jsonl`` is a link; each link's head is a SHA-256 that hangs on all before it, so
whoever noted one head can tell later whether anything up to there was changed. All numbers in
what is hashed are eight bytes, big endian; digests are their 32 bytes:

    link                            head
    before the first                SHA-256(show, a space, the epoch in ms as decimal digits)
    {"n", "opus", "aac"}            SHA-256(head before ‖ n ‖ digest of opus ‖ digest of aac)
    {"cut": n}                      SHA-256(head before ‖ "cut" ‖ n): from n on nothing was kept
    {"files": {name: digest}}       SHA-256(head before ‖ "files" ‖ lines "digest name\\n" by name)
    {"down": number, "files": …}    SHA-256(head before ‖ "down" ‖ number ‖ lines as above)

The chain depends on the sound alone, so one that was lost can be made again from the segments.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Final, Self

import msgspec

from vivavoce.card import Seal
from vivavoce.errors import UNREADABLE
from vivavoce.media import Codec
from vivavoce.units import SegmentNumber

SEAL: Final = "seal.jsonl"
"""Its name in a show's public folder."""

PRIVATE: Final = "tracks/"
"""Names of files that begin so are not in the public folder."""


class Link(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line: a segment, a cut at the end, or the other files of the finished show."""

    n: int | None = None
    opus: str = ""
    aac: str = ""
    cut: int | None = None
    down: int | None = None
    """Which take-down, from 1; the files are those that it changed."""
    files: dict[str, str] | None = None
    head: str = ""

    def line(self) -> bytes:
        """Return it as it stands in the file."""
        return msgspec.json.encode(self) + b"\n"


def digest(data: bytes) -> str:
    """Return the SHA-256 of a file's content in hexadecimal."""
    return sha256(data).hexdigest()


def first(show: str, epoch_ms: int) -> str:
    """Return the head before the first link."""
    return sha256(f"{show} {epoch_ms}".encode()).hexdigest()


class Chain:
    """The end of a chain: enough to go on with it."""

    def __init__(self, show: str, epoch_ms: int) -> None:
        self.head = first(show, epoch_ms)
        self.segment = SegmentNumber(-1)
        """The last segment that is in it."""
        self.ended = False
        """Whether the files of the finished show are in it."""

    def add(self, segment: SegmentNumber, opus: str, aac: str) -> Link:
        """Take the next segment, by its digests; return the link to write down."""
        return self._put(Link(n=segment, opus=opus, aac=aac))

    def cut(self, segment: SegmentNumber) -> Link:
        """Say that from ``segment`` on nothing of what was sealed is in the replay."""
        return self._put(Link(cut=segment))

    def end(self, files: Mapping[str, str]) -> Link:
        """Seal what else there is of the finished show: name to digest."""
        return self._put(Link(files=dict(files)))

    def take_down(self, number: int, files: Mapping[str, str]) -> Link:
        """Seal what take-down ``number`` (from 1) put in the place of what was taken away."""
        return self._put(Link(down=number, files=dict(files)))

    def follow(self, link: Link) -> bool:
        """Go on with a link that was read; False if it does not hang on what came before."""
        if head_after(self.head, link) != link.head:
            return False
        if link.n is not None and link.n <= self.segment:
            return False
        self._note(link)
        return True

    def _put(self, link: Link) -> Link:
        link = msgspec.structs.replace(link, head=head_after(self.head, link))
        self._note(link)
        return link

    def _note(self, link: Link) -> None:
        self.head = link.head
        if link.n is not None:
            self.segment = SegmentNumber(link.n)
        if link.cut is not None:
            self.segment = SegmentNumber(link.cut - 1)
        self.ended |= link.files is not None

    @classmethod
    def read(cls, show: str, epoch_ms: int, data: bytes) -> tuple[Self, int]:
        """Return the chain that ``data`` begins with, and how many bytes of it are sound."""
        chain, size = cls(show, epoch_ms), 0
        for raw in data.splitlines(keepends=True):
            link = parse(raw)
            if link is None or not chain.follow(link):
                break
            size += len(raw)
        return chain, size


def head_after(head: str, link: Link) -> str:
    """Return the head that ``link`` must have after ``head``; its own head is not looked at."""
    return sha256(bytes.fromhex(head) + b"".join(_said(link))).hexdigest()


def _said(link: Link) -> Iterator[bytes]:
    if link.n is not None:
        yield link.n.to_bytes(8)
        yield from (bytes.fromhex(getattr(link, codec)) for codec in (Codec.OPUS, Codec.AAC))
    if link.cut is not None:
        yield b"cut" + link.cut.to_bytes(8)
    if link.files is not None:
        yield b"files" if link.down is None else b"down" + link.down.to_bytes(8)
        yield "".join(f"{found} {name}\n" for name, found in sorted(link.files.items())).encode()


def newest(tail: bytes) -> Seal | None:
    """Return the head in the last lines of a chain; None if no segment is among them."""
    links = [link for link in map(parse, tail.splitlines(keepends=True)) if link is not None]
    for link in reversed(links):
        if link.n is not None or link.cut is not None:
            last = link.n if link.n is not None else (link.cut or 0) - 1
            return Seal(last, links[-1].head) if last >= 0 else None
    return None


def parse(line: bytes) -> Link | None:
    """Return the link of a whole line; None for anything else."""
    if not line.endswith(b"\n"):
        return None
    try:
        link = msgspec.json.decode(line, type=Link)
    except UNREADABLE:
        return None
    # As it was written, to the last byte: two ways to write one link would be two files.
    return link if link.line() == line and _plausible(link) else None


def _plausible(link: Link) -> bool:
    """Whether the link says one thing, with digests where they belong."""
    said = (link.n is not None) + (link.cut is not None) + (link.files is not None)
    digests = [link.head, *((link.opus, link.aac) if link.n is not None else ())]
    digests += (link.files or {}).values()
    numbers = [number for number in (link.n, link.cut, link.down) if number is not None]
    return (
        said == 1
        and (link.down is None or link.files is not None)
        and all(0 <= number < 1 << 63 for number in numbers)
        and all(len(found) == 64 and set(found) <= _HEX for found in digests)
    )


_HEX: Final = frozenset("0123456789abcdef")
