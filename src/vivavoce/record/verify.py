"""Holding a show's files against its seal, and saying what was found. Pure.

The verdict is on what is heard: every segment in both codecs, and, once the show has ended, the
lists that lead to them and all else that was sealed at its end. Title and description may change.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal, Protocol

import msgspec

from vivavoce.card import ShowCard, State
from vivavoce.media import Codec
from vivavoce.package.playlist import segment_name
from vivavoce.record import seal
from vivavoce.record.seal import PRIVATE
from vivavoce.record.takedowns import TAKEDOWNS, Takedown, read_takedowns
from vivavoce.units import SAMPLE_RATE, SEGMENT_SAMPLES, SegmentNumber

Kind = Literal["altered", "missing", "taken_down", "cut", "unchecked"]

_BAD: Final = frozenset(("altered", "missing"))
_REPLACED: Final = re.compile(r"\.t\d+(?=\.m4s$)")
_CODECS: Final = (Codec.OPUS, Codec.AAC)


class Source(Protocol):
    """Where a show's files are."""

    private: bool
    """Whether the speakers' tracks can be read here."""

    def read(self, name: str) -> bytes | None:
        """Return the file ``name`` of the show's public folder; None if there is none."""


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that is not as it was sealed, or could not be looked at."""

    kind: Kind
    words: str
    segments: tuple[int, int] | None = None
    """The first and the last of them."""
    seconds: tuple[float, float] | None = None
    """Where they are heard in the replay."""
    files: tuple[str, ...] = ()


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """A head that somebody noted, and the segment that it was said to cover."""

    head: str
    segment: int | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict; ``segments`` were looked at, and they play for ``seconds``."""

    show: str
    title: str
    live: bool
    whole: bool
    segments: int
    seconds: float
    head: str
    findings: tuple[Finding, ...]
    published: tuple[tuple[Published, bool], ...] = ()
    """The given heads, each with whether it is in the chain."""


def verify(source: Source, card: ShowCard, published: Sequence[Published] = ()) -> Report:
    """Compare all that ``source`` has of a show with its seal.

    ``ValueError`` if the show has no seal that could be compared with.
    """
    data = source.read(seal.SEAL)
    if data is None or card.epoch_ms is None:
        raise ValueError("no seal")
    links, findings = read_links(card, data)
    told = read_takedowns(source.read(TAKEDOWNS))
    sound = _Sound(source, links, told)
    findings += sound.findings()
    findings += _files(source, _manifest(links))
    answers = tuple((one, _published(links, one)) for one in published)
    bad = any(finding.kind in _BAD for finding in findings)
    return Report(
        show=card.show,
        title=card.title,
        live=card.state is State.LIVE,
        whole=not bad and all(found for _, found in answers),
        segments=len(sound.kept),
        seconds=len(sound.kept) * _SEGMENT_S,
        head=links[-1].head if links else seal.first(card.show, card.epoch_ms),
        findings=tuple(findings),
        published=answers,
    )


def read_links(card: ShowCard, data: bytes) -> tuple[list[seal.Link], list[Finding]]:
    """Return the chain's sound beginning, and what is wrong with the rest and with the card."""
    chain = seal.Chain(card.show, card.epoch_ms or 0)
    links: list[seal.Link] = []
    findings = []
    lines = data.splitlines(keepends=True)
    for raw in lines:
        link = seal.parse(raw)
        # The last line of a live show may just be being written.
        if link is None and raw is lines[-1] and card.state is State.LIVE:
            break
        if link is None or not chain.follow(link):
            findings.append(_broken(len(links) + 1))
            break
        links.append(link)
    heads = [link.head for link in links]
    named = card.seal.head if card.seal else None
    # While it is live the chain runs ahead of the card; afterwards the card names its end.
    right = heads[-1:] if card.state is State.ENDED else [None, *heads]
    if named not in right:
        findings.append(_OTHER_HEAD)
    return links, findings


def _broken(line: int) -> Finding:
    return Finding(
        kind="altered",
        words=f"The seal itself was altered or cut off at its line {line}; what it said from there"
        " on cannot be compared.",
        files=(seal.SEAL,),
    )


_OTHER_HEAD: Final = Finding(
    kind="altered",
    words="The show card names another head than the seal ends with.",
    files=("card.json", seal.SEAL),
)


def _published(links: Iterable[seal.Link], wanted: Published) -> bool:
    segment = -1
    for link in links:
        segment = segment if link.n is None else link.n
        if link.head == wanted.head.lower() and wanted.segment in (None, segment):
            return True
    return False


_SEGMENT_S: Final = SEGMENT_SAMPLES / SAMPLE_RATE


class _Sound:
    """The segments of a seal, in the order in which they are heard."""

    def __init__(
        self, source: Source, links: Sequence[seal.Link], takedowns: Sequence[Takedown]
    ) -> None:
        self._source = source
        sealed = [link for link in links if link.n is not None]
        cut = next((link.cut for link in links if link.cut is not None), None)
        self.kept = [link for link in sealed if cut is None or (link.n or 0) < cut]
        self._cut = len(sealed) - len(self.kept)
        downs = sum(link.down is not None for link in links)
        # What is said to be taken down without a word of the seal was altered, not taken down.
        self._down = {n for one in takedowns[:downs] for n in one.segments}

    def findings(self) -> Iterator[Finding]:
        """Yield what differs, neighbours together."""
        run: list[int] = []
        kind: tuple[Kind, tuple[Codec, ...]] | None = None
        for place, link in enumerate(self.kept):
            found = self._look(link)
            if found != kind and kind is not None:
                yield self._finding(*kind, run)
                run = []
            kind = found
            if found is not None:
                run.append(place)
        if kind is not None:
            yield self._finding(*kind, run)
        if self._cut:
            yield Finding(
                kind="cut",
                words=f"The last {_clock(self._cut * _SEGMENT_S)} that was sealed was left out when"
                " the show ended, because nobody was there; the seal says so.",
            )

    def _look(self, link: seal.Link) -> tuple[Kind, tuple[Codec, ...]] | None:
        if link.n in self._down:
            return ("taken_down", ())
        missing, altered = [], []
        for codec in _CODECS:
            data = self._source.read(f"{codec}/{segment_name(SegmentNumber(link.n or 0))}")
            if data is None:
                missing.append(codec)
            elif seal.digest(data) != getattr(link, codec):
                altered.append(codec)
        if missing:
            return ("missing", tuple(missing))
        return ("altered", tuple(altered)) if altered else None

    def _finding(self, kind: Kind, codecs: tuple[Codec, ...], places: Sequence[int]) -> Finding:
        numbers = [self.kept[place].n or 0 for place in places]
        begin, end = places[0] * _SEGMENT_S, (places[-1] + 1) * _SEGMENT_S
        which = "Segment" if len(numbers) == 1 else "Segments"
        span = f"{numbers[0]}" if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}"
        be = "is" if len(numbers) == 1 else "are"
        where = f"{which} {span} (from {_clock(begin)} to {_clock(end)}"
        what = {
            "taken_down": ") was taken down by the host and is silence; the seal says so.",
            "missing": f", {' and '.join(codecs)}) {be} missing.",
            "altered": f", {' and '.join(codecs)}) {be} not as sealed.",
        }[kind]
        if kind == "taken_down" and len(numbers) > 1:
            what = what.replace("was", "were", 1).replace("is silence", "are silence")
        return Finding(
            kind=kind,
            words=where + what,
            segments=(numbers[0], numbers[-1]),
            seconds=(round(begin, 2), round(end, 2)),
        )


def _manifest(links: Iterable[seal.Link]) -> dict[str, str]:
    """Return the digests of all other files: of each, what was sealed of it last."""
    files: dict[str, tuple[str, str]] = {}
    for link in links:
        for name, found in (link.files or {}).items():
            # A segment that was replaced twice has a name for each time.
            files[_REPLACED.sub("", name)] = (name, found)
    return dict(files.values())


def _files(source: Source, manifest: Mapping[str, str]) -> Iterator[Finding]:
    """Yield which of the other files are not as sealed."""
    unseen = [name for name in manifest if name.startswith(PRIVATE) and not source.private]
    for name, digest in sorted(manifest.items()):
        if name in unseen:
            continue
        data = source.read(name)
        if data is None:
            yield Finding(kind="missing", words=f"{name} is missing.", files=(name,))
        elif seal.digest(data) != digest:
            yield Finding(kind="altered", words=f"{name} is not as sealed.", files=(name,))
    if unseen:
        yield Finding(
            kind="unchecked",
            words=f"The speakers' own tracks ({len(unseen)} files) are not public and were not"
            " looked at.",
            files=tuple(unseen),
        )


def _clock(duration_s: float) -> str:
    whole = int(duration_s)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
