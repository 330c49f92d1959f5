"""What recording is asked to be, row by row, beside what was measured last."""

from collections.abc import Iterator
from typing import Any

from bench import rig
from bench.goals import Row


def rows() -> Iterator[Row]:
    """Yield the goals of recording that were measured."""
    record = rig.kept("record") or {}
    yield from _killed("the recorder", record.get("killed"), "safe parts", "most lost at a kill, s")
    found = (rig.kept("kills") or {}).get("found")
    yield from _killed("the server", found, "acknowledged parts", "most sound missing at a kill, s")
    yield from _cost(record.get("cost"))


def _killed(what: str, found: dict[str, Any] | None, parts: str, lost: str) -> Iterator[Row]:
    if found is None:
        return
    kills = found.get("kills") or found["kills of the studio"] + found["kills of every process"]
    what = f"{what}, killed {kills} times:"
    spread = f"of {found[parts]}"
    yield Row(f"{what} acknowledged parts missing", found[f"{parts} that are missing"], spread, 0)
    yield Row(f"{what} sound missing at a kill, s", found[lost], "the most", 2)
    yield Row(f"{what} starts that failed", found["starts that failed"], "", 0)
    yield Row(f"{what} tracks out of sync, ms", found["most out of sync, ms"], "the most", 20)
    whole = found["timeline monotonic"] and found["as sealed"]
    yield Row(f"{what} timeline monotonic, as sealed", float(whole), "", 1, more=True)


def _cost(cost: dict[str, Any] | None) -> Iterator[Row]:
    if cost is None:
        return
    what = f"recording {cost['speakers']} speakers for {cost['minutes'] / 60:.2g} h"
    yield Row(f"{what}, % of a core", 100 * cost["share of a core"], "", 3)
    growth = cost["memory in the end, MB"] - cost["memory after a tenth, MB"]
    yield Row(f"{what}, memory grown after a tenth, MB", growth, "", 4)
