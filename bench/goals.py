"""What delivery and exports are asked to be, row by row, beside what was measured last.

The latter lies in docs/bench/*.json.
"""

import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bench import rig

Found = dict[str, Any]

NAMES: Final = ("push", "limit", "joins", "ears", "hls", "chain", "replay", "bad_days")
"""The benchmarks of delivery."""


@dataclass(frozen=True)
class Row:
    """One goal: what it is about, what was measured, with the range, and what it should be."""

    what: str
    measured: float | None
    spread: str
    least: float
    beyond: float | None = None
    more: bool = False
    """Whether more is better."""

    @property
    def verdict(self) -> str:
        """Say whether it was reached."""
        if self.measured is None:
            return "not measured"
        if self.beyond is not None and self._reaches(self.beyond):
            return "beyond"
        return "reached" if self._reaches(self.least) else "MISSED"

    def _reaches(self, goal: float) -> bool:
        assert self.measured is not None
        return self.measured >= goal if self.more else self.measured <= goal


def rows() -> Iterator[Row]:
    """Yield the goals of delivery and of exports; ``stage_goals`` has those of the stage."""
    yield from _push(rig.kept("push") or {})
    yield from _limit(rig.kept("limit") or {})
    yield from _joins(rig.kept("joins") or {})
    yield from _ears(rig.kept("ears") or {})
    yield from _hls(rig.kept("hls") or {})
    yield from _chain(rig.kept("chain") or {})
    yield from _export(rig.kept("export") or {})
    yield from _replay(rig.kept("replay") or {})

    yield from _bad_days(rig.kept("bad_days") or {})


def _push(push: Found) -> Iterator[Row]:
    for other, least, beyond in (("icecast", 1.0, 0.9), ("floor", 1.3, 1.1)):
        what = f"CPU per listener-second, push, 8,000 listeners ÷ {other}"
        yield ratio(what, push.get(f"edge_to_{other}"), least, beyond)


def _limit(limit: Found) -> Iterator[Row]:
    goals = ((320, 1, 15_000, None), (1_920, 1, 18_000, None), (960, 2, 30_000, 30_000))
    for batch_ms, edges, least, beyond in goals:
        runs = [run for run in limit.get("runs", ()) if run["batch_ms"] == batch_ms]
        good = [run for run in runs if run["good"] and not run["void"] and run["edges"] == edges]
        best = max(good, key=lambda run: run["listeners"], default=None)
        late = "" if best is None else f"p99 {best['late_p99']:.0f} ms late, {best['core']:.0%} CPU"
        what = f"listeners on one core, batch {batch_ms} ms, {edges} process(es)"
        yield Row(what, best and best["listeners"], late, least, beyond, more=True)


def _joins(joins: Found) -> Iterator[Row]:
    yield _worst("memory of the process per listener, bytes", joins, "bytes_each", 4_096, 2_048)
    runs = joins.get("runs")
    void = joins.get("void", {}).get("edge")
    each = [run["joins_per_s"] for run in runs or ()]
    middle = statistics.median(each) if each else None
    spread = f"{between(each)}{', generator full' if void else ''}" if each else ""
    yield Row("joins a second while 5,000 listen", middle, spread, 5_000, more=True)
    yield ratio("joins ÷ nginx's, a second", joins.get("ratio"), 0.25, 0.5, more=True)
    yield ratio("joins ÷ nginx's, by CPU", joins.get("ratio_by_cpu"), 0.25, 0.5, more=True)
    yield _worst("late p99.9 of those 5,000, ms", joins, "late_p999", 500)
    yield _worst("gaps heard by those 5,000", joins, "gaps", 0)


def _ears(ears: Found) -> Iterator[Row]:
    for door, least, beyond in (("push", 1.2, 0.7), ("ll-hls", 2.5, None), ("hls", 8.0, None)):
        delays = ears.get("delay_s", {}).get(door, ())
        p95 = ears.get(f"{door}_p95_s")
        spread = f"median {statistics.median(delays):.2f}, {between(delays)}" if delays else ""
        yield Row(f"microphone to ear, {door}, p95, s", p95, spread, least, beyond)
    spread = ""
    if ears:
        ours, alone = ears["first_ms_p95"], ears["first_from_memory_ms_p95"]
        spread = f"p95 {ours:.0f}, from memory {alone:.0f}"
    beyond_own = ears.get("first_beyond_p95_ms")
    yield Row("first sound beyond the browser's own, p95, ms", beyond_own, spread, 150)


def _hls(hls: Found) -> Iterator[Row]:
    what = "blocking playlists and parts a core ÷ nginx's files"
    yield ratio(what, hls.get("blocking"), 0.3, 0.5, more=True)
    yield ratio("origin CPU behind nginx, 10,000 players ÷ 100", hls.get("behind"), 1.1)


def _chain(chain: Found) -> Iterator[Row]:
    yield Row("added by a chained edge, p95, ms", chain.get("added_p95_ms"), "", 20)
    low, high = chain.get("follower_to_listener_range", (0, 0))
    spread = f"{low:.2f}-{high:.2f}" if chain else ""
    yield Row("its cost to its parent ÷ a listener's", chain.get("follower_to_listener"), spread, 1)
    wire = chain.get("wire_to_audio", {}).get("1920", {})
    for name in ("mp4", "ogg"):
        yield Row(
            f"bytes ÷ audio bytes, push, 1,920 ms, {name}", wire.get(f"{name} sent"), "", 1.05
        )


def _export(export: Found) -> Iterator[Row]:
    for name, found in export.get("lengths", {"three hours": {}}).items():
        speeds = found.get("times_real_time", {}).get("ours", ())
        middle, spread = (statistics.median(speeds), between(speeds)) if speeds else (None, "")
        what = f"{name} to MP3 in two passes, times real time a core"
        yield Row(what, middle, spread, 40, more=True)
        yield ratio(f"{name} to MP3: CPU ÷ ffmpeg doing the same", found.get("to_same"), 1.1)
        if "to_loudnorm" in found:
            what = f"{name} to MP3: CPU ÷ ffmpeg's loudnorm, twice"
            yield ratio(what, found["to_loudnorm"], 1.1)


def _replay(replay: Found) -> Iterator[Row]:
    for what, begins in (("press", "starts"), ("seek", "goes on elsewhere")):
        floor = replay.get(f"{what}_floor_p95_ms")
        spread = "" if floor is None else f"the browser's own {floor:.0f}"
        p95 = replay.get(f"{what}_page_p95_ms")
        yield Row(f"replay of three hours {begins}, p95, ms", p95, spread, 300)
        asked = replay.get(f"{what}_requests")
        yield Row(f"requests before its sound, {what}, most", asked, "", 2)


def _bad_days(bad: Found) -> Iterator[Row]:
    days = bad.get("days", {})
    missed = {day: seen["gaps"] + seen["closed"] for day, seen in days.items()}
    what = "gaps heard by 2,000 on the worst of the bad days"
    yield Row(what, max(missed.values(), default=None), f"{len(missed)} days", 0)
    for name, who in (("back_s", "plain clients"), ("page_s", "a page in Chromium")):
        found = bad.get(name, ())
        p95 = bad.get("back_p95_s") if name == "back_s" else max(found, default=None)
        yield Row(
            f"an edge is killed: sound again, {who}, s", p95, between(found) if found else "", 2
        )


def ratio(
    what: str, found: Found | None, least: float, beyond: float | None = None, *, more: bool = False
) -> Row:
    if not found or "median" not in found:
        return Row(what, None, "void" if found else "", least, beyond, more)
    spread = (
        f"{found['low']:.2f}-{found['high']:.2f}{', void' if found.get('void') is True else ''}"
    )
    return Row(what, found["median"], spread, least, beyond, more)


def _worst(what: str, joins: Found, name: str, least: float, beyond: float | None = None) -> Row:
    values = [run[name] for run in joins.get("runs", ())]
    return Row(what, max(values, default=None), between(values) if values else "", least, beyond)


def between(values: Sequence[float]) -> str:
    return f"{min(values):.3g}-{max(values):.3g}"


def table(found: Iterable[Row]) -> list[tuple[object, ...]]:
    """Return rows for people, their head first."""
    head = ("what", "measured", "range", "goal", "beyond", "verdict")
    return [head, *map(_shown, found)]


def _shown(row: Row) -> tuple[object, ...]:
    sign = "≥" if row.more else "≤"
    measured = "-" if row.measured is None else _number(row.measured)
    beyond = "" if row.beyond is None else f"{sign} {_number(row.beyond)}"
    return row.what, measured, row.spread, f"{sign} {_number(row.least)}", beyond, row.verdict


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def show(found: Iterable[Row]) -> None:
    """Print the table of some goals."""
    rig.table(table(found))


if __name__ == "__main__":
    show(rows())
