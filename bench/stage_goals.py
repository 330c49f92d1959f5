"""What the stage is asked to be, row by row, beside what was measured."""

from collections.abc import Iterator
from statistics import median
from typing import Any

from bench.goals import Row, between, ratio


def rows(found: dict[str, Any]) -> Iterator[Row]:
    """Yield the goals of those parts of ``bench.stage`` that were run."""
    for part, goals in _PARTS.items():
        if part in found:
            yield from goals(found[part])


def mended(found: dict[str, Any]) -> Iterator[Row]:
    """Yield the goals of ``bench.mend``: how soon somebody whose line broke is on air again."""
    for name, words in _BREAKS.items():
        if name in found:
            one = found[name]
            spread = f"{between(one['range_s'])}, median {one['median_s']:.2f}"
            yield Row(f"{words}: heard again after, p95, s", one["p95_s"], spread, 3, 1)


_BREAKS = {
    "network": "link pulled out, another left",
    "wifi": "only link replaced by another",
    "port": "another UDP port",
    "reload": "page loaded anew",
    "sleep": "awake after a sleep",
}


def _cost(cost: dict[str, Any]) -> Iterator[Row]:
    void = {"void": True} if cost["void"] else {}
    for side, where in (("stage", "in the green room"), ("live", "live, programme in two codecs")):
        what = f"CPU of the studio ÷ Janus AudioBridge, 10 on stage, {where}"
        yield ratio(what, cost["ratios"][f"{side}/janus"] | void, 1.0, 0.5)


def _encodes(encodes: dict[str, Any]) -> Iterator[Row]:
    beyond_audible = [one["most"] - int(audible) for audible, one in encodes.items()]
    what = "encodes a tick beyond one for each that is audible"
    yield Row(what, max(beyond_audible), between(beyond_audible), 1)


def _idle(idle: dict[str, Any]) -> Iterator[Row]:
    core = [100 * value for value in idle["core"]]
    yield Row("core of 10,000 idle shows, %", median(core), between(core), 1)
    each = idle["bytes_each"]
    yield Row("memory of an idle show, bytes", median(each), between(each), 4_096)


def _delay(delay: dict[str, Any]) -> Iterator[Row]:
    yield Row("delay that the server adds, p50, ms", delay["p50_ms"], "", 40, 25)
    most = f"most {delay['most_ms']:.0f}"
    yield Row("delay that the server adds, p99, ms", delay["p99_ms"], most, 80)


def _loss(loss: dict[str, Any]) -> Iterator[Row]:
    for name, least in (("10 % random", 2), ("bursts of 6, 5 %", 3), ("20 % random", 5)):
        one = loss[name]
        what = f"frames neither received, repaired nor concealed, {name}, %"
        yield Row(what, 100 * one["nothing"], "", least)
        yield Row(f"level of the decoded tone, {name}", one["level"], "", 0.9, more=True)


def _drift(drift: dict[str, Any]) -> Iterator[Row]:
    ran_out = [one["concealed"] + one["nothing"] + one["dropped"] for one in drift.values()]
    hours = min(one["hours"] for one in drift.values())
    what = f"frames missing or too many in {hours:.2g} h at 200 ppm"
    yield Row(what, max(ran_out), between(ran_out), 0)
    largest = [one["largest_ms"] for one in drift.values()]
    yield Row("largest correction for that drift, ms", max(largest), between(largest), 1)


def _crowd(crowd: dict[str, Any]) -> Iterator[Row]:
    for count, one in crowd.items():
        cores = f"{one['cpu']:.0%} of a core, generator {one['generator']:.0%}"
        what = f"ticks that overran, {count} on stage, all sending, %"
        yield Row(what, 100 * one["overrun_share"], cores, 0.1)


_PARTS = {
    "cost": _cost,
    "encodes": _encodes,
    "idle": _idle,
    "delay": _delay,
    "loss": _loss,
    "drift": _drift,
    "crowd": _crowd,
}
