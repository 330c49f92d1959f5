"""Write the tables of docs/CAPACITY.md from docs/bench/*.json: what was measured, what it makes.

Between ``<!-- NAME -->`` and ``<!-- /NAME -->`` the page is this program's; the rest is people's.
"""

import json
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "CAPACITY.md"
RESULTS: Final = ROOT / "docs" / "bench"

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


def load(name: str) -> Results | None:
    file = RESULTS / f"{name}.json"
    found: Results | None = json.loads(file.read_text()) if file.exists() else None
    return found


def rows(head: Sequence[object], body: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def per_core(batch_ms: int) -> int | None:
    """Return listeners per core, with headroom, from the CPU of the largest good run."""
    limit = load("limit")
    good = [r for r in (limit or {"runs": []})["runs"] if r["batch_ms"] == batch_ms and r["good"]]
    if not good:
        return None
    best = max(good, key=lambda run: run["listeners"])
    return math.floor(USABLE * best["listeners"] / max(best["core"], 0.01) / 100) * 100


def per_gbit(batch_ms: int) -> int:
    """Return listeners per Gbit/s of a link."""
    wire = WIRE[batch_ms]
    chain = load("chain")
    if chain is not None:
        wire = chain["wire_to_audio"][str(batch_ms)]["mp4 on the wire"]
    return math.floor(LINK * 1e6 / (KBPS * wire) / 100) * 100


def measured() -> str:
    """Return what was measured, with the machine."""
    body: list[tuple[object, ...]] = []
    push, limit, joins, chain = (load(name) for name in ("push", "limit", "joins", "chain"))
    for other in ("icecast", "floor"):
        if push and "median" in (ratio := push.get(f"edge_to_{other}", {})):
            value = f"{ratio['median']:.2f} ({ratio['low']:.2f}-{ratio['high']:.2f})"
            body.append((f"CPU per listener-second, 8,000 listeners, ÷ {other}", value))
    for run in (limit or {"runs": []})["runs"]:
        if run["good"]:
            what = f"{run['edges']} edge(s) on one core, batch {run['batch_ms']} ms"
            late = f"{run['listeners']:,} listeners, p99 {run['late_p99']:.0f} ms late"
            body.append((what, f"{late}, {run['core']:.0%} of the core"))
    if joins:
        for what, name in (("a second", "ratio"), ("by CPU", "ratio_by_cpu")):
            body.append((f"joins ÷ nginx's connections, {what}", f"{joins[name]['median']:.2f}"))
        late = max(run["late_p999"] for run in joins["runs"])
        body.append(("late p99.9 of 5,000 who listen meanwhile", f"{late:.0f} ms"))
        each = max(run["bytes_each"] for run in joins["runs"])
        body.append(("memory of the process per listener", f"{each:.0f} bytes"))
    if chain:
        body.append(("added by an edge behind an edge, p95", f"{chain['added_p95_ms']:.1f} ms"))
        cost = chain["follower_to_listener"]
        body.append(("a follower's cost to its parent ÷ a listener's", f"{cost:.1f}"))
    if not body:
        return "Not measured yet: `make bench`."
    on = (push or limit or joins or chain or {})["machine"]
    where = f"{on['date']}, {on['cpu']}, {on['cores']} cores, Linux {on['kernel']}, {on['note']}."
    return f"{rows(('what', 'measured'), body)}\n\n{where}"


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


def _count(number: int | None) -> str:
    return "not measured" if number is None else f"{number:,}"


PARTS: Final[dict[str, Callable[[], str]]] = {
    "measured": measured,
    "capacity": capacity,
    "machines": machines,
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
