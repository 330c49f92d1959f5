"""Keeps a bucket equal to the recordings' folders, whatever the bucket does meanwhile.

The folder is the spool: nothing is held in memory but marks of the files of shows that change. An
outage loses nothing as long as the folder has it; what the bucket lacks is found by comparing.
"""

import logging
from collections.abc import Callable, Collection
from itertools import groupby
from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread

from vivavoce.backoff import Backoff
from vivavoce.clock import Clock
from vivavoce.errors import MachineError, Problem
from vivavoce.metrics import Metrics
from vivavoce.record import files, mirror
from vivavoce.record.bucket import Bucket
from vivavoce.record.bucket_faults import AWAY, NOT_DONE
from vivavoce.record.folders import Folders, mark_of
from vivavoce.record.mirror import Held, Plan, Seen
from vivavoce.record.mirroring_words import told

logger = logging.getLogger(__name__)

_ROUND_S: Final = 0.5
_AGAIN_S: Final = 2.0
_SWEEP_S: Final = 30.0  # shows that nothing seemed to happen to
_SETTLE_NS: Final = 60_000_000_000

TOGETHER: Final = 4
"""Requests at once: with files of at most 1 MiB in memory, or pieces of 1 MiB of bigger ones."""
ROUND: Final = 256
"""Files in one round over all shows; those on air come first."""
_COMPARED: Final = 64  # what comparing a show with the bucket counts for
_SMALL: Final = 1 << 20

# Segments come every 1.92 s, are looked for every half second, and the host is told within five.
_PATIENCE_S: Final = 1.5
_RATE: Final = 1 << 20

# A bucket that was away for longer may not be what it was.
_LONG_S: Final = 60.0


class Mirror:
    """Copies shows' files to ``bucket``; ``name`` is the bucket's, for what is noted of it."""

    def __init__(self, bucket: Bucket, name: str, data: Path, clock: Clock) -> None:
        self._bucket = bucket
        self._name = name
        self._notes = data / "mirror"
        self._data = data
        self._clock = clock
        self._folders = Folders(data)
        self._limiter = anyio.CapacityLimiter(TOGETHER)
        self._backoff = Backoff(1.0, 15.0, settled_s=float("inf"))
        self._held: dict[str, dict[str, Held]] = {}
        self._known: dict[str, set[str]] = {}  # of those held, segments that are as in the folder
        self._unsure: set[str] = set()  # of those held, what may be otherwise
        self._left: set[str] = set()  # of which more is due than fitted into a round
        self._settled: dict[str, object] = {}
        self._waiting: dict[str, tuple[int, int]] = {}
        self._missing: dict[str, int] = {}
        self._again: dict[str, tuple[object, float]] = {}
        self._under_way: dict[str, tuple[float, float]] = {}
        self._failure: MachineError | None = None
        self._since = 0.0  # when the bucket went away
        self._behind = False  # back, and not all is copied yet
        self._swept = float("-inf")
        self.copied = self.deleted = self.failures = self.put_off = self.unreadable = 0

    async def run(self, on_air: Callable[[], Collection[str]]) -> None:
        """Copy, for ever; ``on_air`` tells the shows that are live."""
        wait_s = 0.0
        while True:
            await anyio.sleep(wait_s)
            wait_s = await self.round(on_air())

    async def round(self, on_air: Collection[str]) -> float:
        """Copy what is due, and return after how many seconds to look again."""
        try:
            room = ROUND
            for show in await anyio.to_thread.run_sync(self._order, on_air):
                room -= await self._visit(show, room)
        except Exception as error:  # noqa: BLE001  live and the folder go on, whatever is wrong there
            return self._fail(error)
        self._well()
        return _ROUND_S

    def notice(self) -> Problem | None:
        """Return what hosts should know about the bucket now, in plain words."""
        slow = any(self._clock.now() > until for _, until in self._under_way.values())
        failure = AWAY if slow and self._failure is None else self._failure
        if failure is None and not self._behind:
            return None
        began = min((began for began, _ in self._under_way.values()), default=self._clock.now())
        since = self._since if self._failure is not None or self._behind else began
        return told(failure, self._clock.now() - since, self.waiting, sum(self._missing.values()))

    @property
    def waiting(self) -> tuple[int, int]:
        """Files and bytes that are in the folder and not in the bucket, as of the last look."""
        counts = self._waiting.values()
        return sum(files for files, _ in counts), sum(size for _, size in counts)

    def tell_of(self, metrics: Metrics) -> None:
        """Add the bucket's metrics to ``metrics``."""
        for name, text, value in (
            ("away", "1 while the bucket does not answer", lambda: self._failure is not None),
            ("waiting_files", "Files not in the bucket yet", lambda: self.waiting[0]),
            ("waiting_bytes", "Bytes not in the bucket yet", lambda: self.waiting[1]),
            ("missing_files", "Listed, and gone", lambda: sum(self._missing.values())),
        ):
            metrics.read(f"vivavoce_bucket_{name}", text, value)
        for name, text, value in (
            ("copied", "Files copied to the bucket", lambda: self.copied),
            ("deleted", "Files deleted there", lambda: self.deleted),
            ("failures", "Rounds that the bucket broke off", lambda: self.failures),
            ("put_off", "Files that did not fit into a round", lambda: self.put_off),
            ("unreadable", "Files that the disk would not give", lambda: self.unreadable),
        ):
            metrics.read_total(f"vivavoce_bucket_{name}_total", text, value)

    def _order(self, on_air: Collection[str]) -> list[str]:
        """Return the shows to visit: on air, then those being copied, now and then all."""
        now = self._clock.now()
        shows = [*on_air, *self._again]
        if now - self._swept >= _SWEEP_S:
            self._swept = now
            shows += self._folders.shows()
        return list(dict.fromkeys(shows))

    async def _visit(self, show: str, room: int) -> int:
        """Copy what is due of one show, at most ``room`` files, and return how many."""
        now = self._clock.now()
        before, again_at = self._again.get(show, (None, now))
        if room <= 0:
            self._again[show] = (before, again_at)
            return 0
        signature = await anyio.to_thread.run_sync(self._folders.signature, show)
        if (before == signature and now < again_at) or self._settled.get(show) == signature:
            return 0
        self._settled.pop(show, None)
        known = set() if show in self._unsure else self._known.get(show, set())
        seen = await anyio.to_thread.run_sync(self._folders.look, show, known)
        if seen is None:
            self._settle(show, signature)
            return 0
        # Known from here on, so that it is visited again even if the bucket fails.
        self._again[show] = (None, now)
        cost = 0 if show in self._held and show not in self._unsure else _COMPARED
        plan = await self._plan(show, seen)
        self._waiting[show], self._missing[show] = plan.waiting, plan.missing
        try:
            await self._do(show, seen, plan)
        except _StaleError:
            return cost + len(plan.put)
        self._waiting[show] = plan.rest
        self._left.add(show) if plan.left else self._left.discard(show)
        self._again[show] = (signature, now if plan.left else now + _AGAIN_S)
        if plan.settled and not seen.live and self._old(seen):
            self._settle(show, signature)
        return cost + len(plan.put)

    async def _plan(self, show: str, seen: Seen) -> Plan:
        now, wall_ns = self._clock.now(), int(self._clock.wall().timestamp() * 1e9)
        if show not in self._held or show in self._unsure:
            # What waits is told even if the bucket does not answer.
            before = self._held.get(show, {})
            told = await anyio.to_thread.run_sync(mirror.plan, seen, before, now, wall_ns)
            self._waiting[show], self._missing[show] = told.waiting, told.missing
            listing: dict[str, int] = {}
            for top in mirror.FOLDERS:
                with self._patience(f"{top}/{show}", 0):
                    listing |= await self._bucket.sizes(f"{top}/{show}")
            kept = await anyio.to_thread.run_sync(self._noted, show)
            held = await anyio.to_thread.run_sync(mirror.found, listing, seen, kept)
            self._held[show], self._known[show] = held, mirror.known(held)
            self._unsure.discard(show)
        held = self._held[show]
        return await anyio.to_thread.run_sync(mirror.plan, seen, held, now, wall_ns)

    async def _do(self, show: str, seen: Seen, plan: Plan) -> None:
        self.put_off += plan.left
        for _, keys in groupby(plan.put, mirror.rank):
            failures: list[Exception] = []
            async with anyio.create_task_group() as tasks:
                for key in keys:
                    tasks.start_soon(self._put, show, key, seen, failures)
            if failures:
                raise failures[0]
        for _, gone in groupby(plan.drop, mirror.rank):
            batch = list(gone)
            with self._patience(batch[0], len(batch) * _RATE // 100):
                await self._bucket.delete(batch)
            for key in batch:
                del self._held[show][key]
                self._known[show].discard(key)
            self.deleted += len(batch)
        if plan.drop or not all(map(mirror.is_segment, plan.put)):
            await anyio.to_thread.run_sync(self._note, show)

    async def _put(self, show: str, key: str, seen: Seen, failures: list[Exception]) -> None:
        mark, path = seen.files[key], self._data / key
        async with self._limiter:
            if failures:
                return
            try:
                body: bytes | Path = path
                if mark.size <= _SMALL or mirror.is_list(key):
                    body = await anyio.to_thread.run_sync(files.read_small, path)
                if mirror.is_list(key) and mark_of(path) != mark:
                    raise FileNotFoundError  # it may name what was not copied yet
                with self._patience(key, mark.size):
                    await self._bucket.put(key, body)
            except FileNotFoundError:
                failures.append(_StaleError())
                return
            except OSError as error:
                # Tried again at the next start; the bucket may have it from better days.
                self.unreadable += 1
                logger.error("a file cannot be read: %s", error.strerror, extra={"file": key})
            except Exception as error:  # noqa: BLE001  raised by who waits for all of them
                failures.append(error)
                return
            else:
                self.copied += 1
            self._held[show][key] = Held(mark, self._clock.now())
            if mirror.is_segment(key):
                self._known[show].add(key)

    def _patience(self, key: str, size: int) -> "_UnderWay":
        return _UnderWay(self._under_way, key, self._clock.now(), _PATIENCE_S + size / _RATE)

    def _settle(self, show: str, signature: object) -> None:
        self._settled[show] = signature
        for table in (self._held, self._known, self._waiting, self._missing, self._again):
            table.pop(show, None)
        self._unsure.discard(show)
        self._left.discard(show)
        self._folders.forget(show)

    def _old(self, seen: Seen) -> bool:
        """Whether nothing was written for a while, so that whatever comes changes a folder."""
        wall_ns = int(self._clock.wall().timestamp() * 1e9)
        return all(abs(wall_ns - mark.changed_ns) > _SETTLE_NS for mark in seen.files.values())

    def _fail(self, error: Exception) -> float:
        now = self._clock.now()
        failure = error if isinstance(error, MachineError) else AWAY
        self.failures += 1
        if self._failure is None:
            self._since = now if not self._behind else self._since
            unknown = None if isinstance(error, MachineError) else error
            extra = {"code": failure.code}
            logger.error("the bucket failed: %s", failure.message, exc_info=unknown, extra=extra)
        self._failure = failure
        if failure not in NOT_DONE:
            # A request that failed may have been carried out: what is there is looked up again.
            self._unsure.update(self._held)
        return self._backoff.next(now)

    def _well(self) -> None:
        self._backoff.failures = 0
        if self._failure is not None:
            away_s = self._clock.now() - self._since
            lost = sum(self._missing.values())
            logger.warning("the bucket is back after %.0f s; lost: %d files", away_s, lost)
            if away_s >= _LONG_S:
                self._settled.clear()
                self._swept = float("-inf")
            self._failure, self._behind = None, True
        elif self._behind and not self._unsure and not self._left:
            logger.info("all that waited for the bucket is copied")
            self._behind = False

    def _noted(self, show: str) -> dict[str, tuple[int, int]]:
        try:
            return mirror.noted(self._name, files.read_small(self._notes / f"{show}.json"))
        except OSError:
            return {}

    def _note(self, show: str) -> None:
        held = self._held[show]
        data = mirror.note(self._name, {key: held[key] for key in held.keys() - self._known[show]})
        path = self._notes / f"{show}.json"
        try:
            if mirror.is_gone(self._held[show]):
                path.unlink(missing_ok=True)
                return
            files.make_folder(self._notes)
            files.write_atomic(path, data)
        except OSError as error:  # only costs a restart some copies
            logger.warning("the copy's state cannot be noted: %s", error.strerror)


class _StaleError(Exception):
    """The folder changed while it was copied; the next round looks again."""


class _UnderWay:
    """A request under way: since when, and until when nobody worries."""

    def __init__(
        self, table: dict[str, tuple[float, float]], key: str, now: float, patience_s: float
    ) -> None:
        self._table, self._key = table, key
        self._entry = (now, now + patience_s)

    def __enter__(self) -> None:
        self._table[self._key] = self._entry

    def __exit__(self, *_: object) -> None:
        self._table.pop(self._key, None)
