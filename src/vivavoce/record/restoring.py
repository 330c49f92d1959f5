"""Brings shows back from a bucket into a data folder, and looks whether they are what was sealed.

What a bucket calls its objects is not trusted: a name that is none of ours is passed over. A show
comes beside the data first and into its place as a whole, so that one that was broken off is
fetched anew; one that is there already is left alone.
"""

import re
import shutil
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Final, Protocol

import anyio
import anyio.to_thread
import msgspec

from vivavoce.card import SHOW_ID, State
from vivavoce.errors import MachineError, Problem
from vivavoce.record import files, layout, mirror, podcasts
from vivavoce.record.folders import SENDABLE
from vivavoce.record.sources import Folder, card_of
from vivavoce.record.verify import verify

_TOGETHER: Final = 8
_KEY: Final = re.compile(rf"(?:{'|'.join(mirror.FOLDERS)})/({SHOW_ID.pattern})/(.+)")
_DEEPEST: Final = 2  # CODEC/FILE below a show's folder
_ROOM: Final = "restored"


class Source(Protocol):
    """What is needed of a bucket; each raises ``MachineError``."""

    async def sizes(self, prefix: str) -> dict[str, int]:
        """Return the bytes of all that is below ``prefix/``, by key."""

    async def fetch(self, key: str, path: Path) -> None:
        """Put what is kept under ``key`` into the new file ``path``."""


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one show."""

    show: str
    title: str = ""
    files: int = 0
    bytes: int = 0
    verdict: str
    """``sealed``, ``altered`` (see ``findings``), ``unsealed`` (copied before it was finished),
    ``deleted``, ``there`` (it is in the folder already), ``incomplete`` (no card)."""
    findings: tuple[str, ...] = ()


def shows_in(sizes: Iterable[str]) -> dict[str, list[str]]:
    """Return the keys of each show that can be its files; others are left out. Pure."""
    found: dict[str, list[str]] = defaultdict(list)
    for key in sizes:
        match = _KEY.fullmatch(key)
        names = match[2].split("/") if match else []
        if match and len(names) <= _DEEPEST and all(map(SENDABLE.fullmatch, names)):
            found[match[1]].append(key)
    return dict(sorted(found.items()))


async def restore(
    bucket: Source, data: Path, shows: Collection[str], told: Callable[[Restored], None]
) -> list[Restored]:
    """Bring ``shows`` back, all that the bucket has if none are named; ``told`` of each at once.

    Raises ``MachineError``: what is told by then is there.
    """
    sizes: dict[str, int] = {}
    for top in mirror.FOLDERS:
        sizes |= await bucket.sizes(top)
    there = shows_in(sizes)
    for show in shows:
        if show not in there:
            raise MachineError("show_unknown", f"The bucket has no show {show}.", status=404)
    found = []
    for show in shows or there:
        keys = {key: sizes[key] for key in there[show]}
        found.append(await _restore(bucket, data, show, keys))
        told(found[-1])
    if not shows:
        await _restore_podcasts(bucket, data, podcasts.wanted(sizes, data))
    with files.told():
        if (data / _ROOM).is_dir():
            await anyio.to_thread.run_sync(shutil.rmtree, data / _ROOM)
    return found


async def _restore(bucket: Source, data: Path, show: str, keys: dict[str, int]) -> Restored:
    public = data / "live" / show
    if (public / layout.CARD).exists() or (public / layout.GONE).exists():
        return Restored(show=show, verdict="there")
    room = data / _ROOM / show
    with files.told():
        await anyio.to_thread.run_sync(_clear, room)
        for folder in sorted({(room / key).parent for key in keys}):
            folder.mkdir(parents=True, exist_ok=True)
    await _fetch(bucket, room, keys)
    if not any((room / "live" / show / name).exists() for name in (layout.CARD, layout.GONE)):
        return Restored(show=show, verdict="incomplete", files=len(keys))
    with files.told():
        # The public folder comes last: with its card the show is there.
        for top in sorted(mirror.FOLDERS, reverse=True):
            if (room / top / show).is_dir():
                await anyio.to_thread.run_sync(_move, room / top / show, data / top / show)
    judged = await anyio.to_thread.run_sync(_judge, public, show)
    return msgspec.structs.replace(judged, files=len(keys), bytes=sum(keys.values()))


async def _restore_podcasts(bucket: Source, data: Path, keys: list[str]) -> None:
    room = data / _ROOM
    with files.told():
        for name in ("live", "live/series"):
            (room / name).mkdir(parents=True, exist_ok=True)
        for key in keys:
            (room / key).unlink(missing_ok=True)  # of an attempt that was broken off
    await _fetch(bucket, room, keys)
    with files.told():
        for key in keys:
            (data / key).parent.mkdir(parents=True, exist_ok=True)
            (room / key).rename(data / key)


async def _fetch(bucket: Source, room: Path, keys: Iterable[str]) -> None:
    limiter = anyio.CapacityLimiter(_TOGETHER)
    failures: list[Problem] = []

    async def fetch(key: str) -> None:
        async with limiter:
            if failures:
                return
            try:
                with files.told():
                    await bucket.fetch(key, room / key)
            except Problem as problem:
                failures.append(problem)

    async with anyio.create_task_group() as tasks:
        for key in keys:
            tasks.start_soon(fetch, key)
    if failures:
        raise failures[0]


def _judge(public: Path, show: str) -> Restored:
    if (public / layout.GONE).exists():
        return Restored(show=show, verdict="deleted")
    try:
        source = Folder(public)
        card = card_of(source)
    except (Problem, ValueError) as error:
        return Restored(show=show, verdict="altered", findings=(str(error),))
    if card.state is not State.ENDED or card.seal is None:
        return Restored(show=show, title=card.title, verdict="unsealed")
    report = verify(source, card)
    words = tuple(finding.words for finding in report.findings)
    verdict = "sealed" if report.whole else "altered"
    return Restored(show=show, title=card.title, verdict=verdict, findings=words)


def _clear(folder: Path) -> None:
    if folder.is_dir():
        shutil.rmtree(folder)


def _move(source: Path, goal: Path) -> None:
    files.make_folder(goal.parent)
    if goal.is_dir():  # of an attempt that was broken off between the two folders, or a stray
        files.set_aside(goal, "before")
    source.rename(goal)
