"""Write the tables of docs/CAPACITY.md from docs/bench/*.json: what was measured, what it makes.

Between ``<!-- NAME -->`` and ``<!-- /NAME -->`` the page is this program's; the rest is people's.
"""

import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from bench import goals, record_goals, rig

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "CAPACITY.md"

# The assumptions that the page names.
USABLE: Final = 0.7
LINK: Final = 0.9
KBPS: Final = 32.0
WIRE: Final = {320: 1.20, 960: 1.15, 1_920: 1.14}
MACHINES: Final = (
    ("small: 2 cores, 1 Gbit/s", 2, 1.0),
    ("usual: 8 cores, 10 Gbit/s", 8, 10.0),
    ("large: 32 cores, 25 Gbit/s", 32, 25.0),
)
AUDIENCES: Final = (1_100_000, 60_000_000)

Results = dict[str, Any]


def rows(head: Sequence[object], body: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def per_core(batch_ms: int) -> int | None:
    """Return listeners per core, with headroom, from the CPU of the largest good run."""
    limit = rig.kept("limit")
    good = [r for r in (limit or {"runs": []})["runs"] if r["batch_ms"] == batch_ms and r["good"]]
    if not good:
        return None
    best = max(good, key=lambda run: run["listeners"])
    return math.floor(USABLE * best["listeners"] / max(best["core"], 0.01) / 100) * 100


def per_gbit(batch_ms: int) -> int:
    """Return listeners per Gbit/s of a link."""
    wire = WIRE[batch_ms]
    chain = rig.kept("chain")
    if chain is not None:
        wire = chain["wire_to_audio"][str(batch_ms)]["mp4 on the wire"]
    return math.floor(LINK * 1e6 / (KBPS * wire) / 100) * 100


def measured() -> str:
    """Return what was measured, with the machine."""
    head, *body = goals.table(goals.rows())
    found = [result for name in goals.NAMES if (result := rig.kept(name))]
    if not found:
        return "Not measured yet: `make bench`."
    on = found[0]["machine"]
    where = f"{on['date']}, {on['cpu']}, {on['cores']} cores, Linux {on['kernel']}, {on['note']}."
    return f"{rows(head, body)}\n\n{where}"


def record() -> str:
    """Return what was measured of recording, with the machine."""
    head, *body = goals.table(record_goals.rows())
    found = [result for name in ("record", "kills") if (result := rig.kept(name))]
    if not found:
        return "Not measured yet: `python -m bench record kills`."
    on = found[0]["machine"]
    return f"{rows(head, body)}\n\n{on['date']}, {on['cpu']}, {on['cores']} cores."


def capacity() -> str:
    """Return listeners by batch: per core and per Gbit/s."""
    body = [(f"{ms} ms", _count(per_core(ms)), _count(per_gbit(ms))) for ms in (320, 960, 1_920)]
    return rows(("batch", "listeners per core", "listeners per Gbit/s"), body)


def machines() -> str:
    """Return listeners by class of machine and how many of them an audience takes."""
    body = []
    for name, cores, gbit in MACHINES:
        core = per_core(1_920)
        if core is None:
            return "Not measured yet: `make bench`."
        listeners = min(core * cores, math.floor(per_gbit(1_920) * gbit))
        bound = "cores" if core * cores < per_gbit(1_920) * gbit else "link"
        needed = [f"{math.ceil(audience / listeners):,}" for audience in AUDIENCES]
        body.append((name, _count(listeners), bound, *needed))
    head = ("machine", "listeners", "bound by", *(f"machines for {a:,}" for a in AUDIENCES))
    return rows(head, body)


def days() -> str:
    """Return what those who listen hear on each bad day."""
    kept = rig.kept("bad_days")
    if kept is None:
        return "Not measured yet: `make bench`."
    found = kept["days"]
    away_s = found["the studio is gone"]["seconds"] - 5  # and 5 s after it
    body = [
        (
            DAYS[day].format(away_s=away_s),
            seen["late_p50"],
            f"{seen['late_p99']:,}",
            seen["gaps"] + seen["closed"],
        )
        for day, seen in found.items()
    ]
    head = (
        "2,000 listen on while",
        "late p50, ms",
        "late p99, ms",
        "parts missed, connections lost",
    )
    return rows(head, body)


DAYS: Final = {
    "an ordinary day": "nothing happens",
    "10,000 never speak": "10,000 connections never speak, until all are shown out",
    "5,000 leave at once": "5,000 others leave in the same moment",
    "1,000 take nothing": "1,000 others take nothing, until all are let go",
    "the clock jumps": "the clock jumps by 400 days, there and back",
    "stopped for 4 s": "the process stands still for 4 s",
    "the studio is gone": "the studio hangs up on whoever comes, for {away_s:.0f} s",
}


def _count(number: int | None) -> str:
    return "not measured" if number is None else f"{number:,}"


PARTS: Final[dict[str, Callable[[], str]]] = {
    "measured": measured,
    "capacity": capacity,
    "days": days,
    "machines": machines,
    "record": record,
}


def main() -> None:
    text = PAGE.read_text()
    for name, make in PARTS.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        made = make()
        text = pattern.sub(lambda found, made=made: f"{found[1]}{made}\n{found[2]}", text)
    PAGE.write_text(text)


if __name__ == "__main__":
    main()
