"""The export of a show to MP3 at podcast loudness, beside ffmpeg doing the same.

python -m bench.export [--quick] [--json FOLDER]

Two sides, A B B A on one core, each alone, in processor time of whole processes:

* ours: a worker from the order to the finished file. It puts the show's segments together, measures
  the loudness, encodes through gain and limiter, with tags, chapters and a cover.
* ffmpeg doing the same: ``ebur128`` over the programme as one Opus file, which is given to it, then
  gain, limiter and encoder with the same settings. It has no tags, chapters or cover to make.

Both write mono at 96 kbit/s with LAME's own setting of quality. A show of half an hour is measured
in four pairs and one of three hours in two: eleven minutes. How people mostly do it with ffmpeg
(``loudnorm`` in two passes) takes three times as long, and is measured once, at half an hour.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from bench import rig
from vivavoce.demo import voices
from vivavoce.export.loudness import Measured, measure
from vivavoce.export.orders import Kind, Order
from vivavoce.export.programme import Tags, write_opus
from vivavoce.testing.decode import decode
from vivavoce.testing.ended_show import SHOW, EndedShow
from vivavoce.units import SAMPLE_RATE, SEGMENT_SAMPLES

HALF: Final = "half an hour"
WHOLE: Final = "three hours"
OURS: Final = "ours"
SAME: Final = "ffmpeg doing the same"
LOUDNORM: Final = "ffmpeg loudnorm"

LENGTHS: Final = {HALF: (0.5, 4), WHOLE: (3.0, 2)}
"""Hours of the show, and pairs."""
# Fixed costs (the start of Python, a cover) weigh more than in half an hour.
_QUICK: Final = {"nine minutes": (0.15, 3)}
_MP3: Final = ("-c:a", "libmp3lame", "-b:a", "96k", "-f", "mp3")

Sides = dict[str, list[float]]
"""Processor time of each run, seconds."""


async def run(flags: argparse.Namespace) -> None:
    """Measure in pairs, A B B A, and print."""
    rig.need("ffmpeg")
    told: dict[str, Any] = {"lengths": {}}
    rows: list[tuple[object, ...]] = [
        ("show of", "who", "times real time of a core", "processor time, ours ÷ theirs")
    ]
    for name, (hours, pairs) in (_QUICK if flags.quick else LENGTHS).items():
        once = () if name == WHOLE else (LOUDNORM,)
        seconds, taken = measured(name, hours, pairs, once)
        told["lengths"][name] = summed_up(seconds, taken)
        rows += shown(name, told["lengths"][name])
    rig.table(rows)
    rig.keep("export", told, flags.json)


def measured(name: str, hours: float, pairs: int, once: Sequence[str]) -> tuple[float, Sides]:
    """Return the seconds of the show and what each side took; ``once``: one run at the end."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        seconds = write_show(place / "live", hours)
        source = place / "programme.opus"
        write_opus(place / "live" / SHOW, source, Tags(title="Bench"))
        found = measure(source, round(seconds * SAMPLE_RATE))
        sides = {
            OURS: lambda: ours(place),
            SAME: lambda: same(source, place, found),
            LOUDNORM: lambda: loudnorm(source, place),
        }
        taken: Sides = {}
        for side in [*rig.abba((OURS, SAME), pairs), *once]:
            taken.setdefault(side, []).append(sides[side]())
            speed = seconds / taken[side][-1]
            print(f"{name}: {side}: {speed:.1f} x real time of a core", flush=True)
    return seconds, taken


def summed_up(seconds: float, taken: Sides) -> dict[str, Any]:
    """Return what is kept of one length of show."""
    speeds = {side: [seconds / cpu_s for cpu_s in runs] for side, runs in taken.items()}
    found: dict[str, Any] = {"seconds": seconds, "cpu_s": taken, "times_real_time": speeds}
    found["to_same"] = rig.ratios(taken[OURS], taken[SAME])
    if LOUDNORM in taken:
        found["to_loudnorm"] = rig.ratios(taken[OURS][-1:], taken[LOUDNORM])
    return found


def shown(name: str, found: dict[str, Any]) -> Iterator[tuple[object, ...]]:
    """Yield the rows for people."""
    ratios = {SAME: found["to_same"], LOUDNORM: found.get("to_loudnorm")}
    for side, speeds in found["times_real_time"].items():
        ratio = ratios.get(side)
        said = f"{ratio['median']:.2f} ({ratio['low']:.2f}-{ratio['high']:.2f})" if ratio else ""
        yield (name, side, rig.spread(speeds), said)


def write_show(live: Path, hours: float) -> float:
    """Write an ended show of two voices; return its seconds."""
    first, second = (decode(voice.path).astype(np.int32) for voice in voices.VOICES[:2])
    length = min(len(first), len(second)) // SEGMENT_SAMPLES * SEGMENT_SAMPLES
    both = (first[:length] + second[:length]).clip(-32_768, 32_767).astype(np.int16)
    rounds = max(1, round(hours * 3_600 * SAMPLE_RATE / length))
    EndedShow(round=both, rounds=rounds, title="Bench").write(live)
    return rounds * length / SAMPLE_RATE


def ours(place: Path) -> float:
    """Let a worker make the file; return its processor time."""
    to = place / "made"
    shutil.rmtree(to, ignore_errors=True)
    order = Order(
        kind=Kind.MP3,
        show=SHOW,
        live=str(place / "live" / SHOW),
        record=str(place / "record" / SHOW),
        to=str(to),
    )
    return spent([sys.executable, "-m", "vivavoce", "role", "worker"], msgspec.json.encode(order))


def loudnorm(source: Path, place: Path) -> float:
    """Let ffmpeg do it as its wiki says: measured, then with one gain where peaks allow."""
    aim = "loudnorm=I=-16:TP=-1:LRA=20"
    command = ["ffmpeg", "-nostdin", "-hide_banner", "-threads", "1", "-y", "-i", str(source)]
    before = _children()
    said = subprocess.run(
        [*command, "-af", f"{aim}:print_format=json", "-f", "null", "-"],
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    found = json.loads(said[said.rindex("{") : said.rindex("}") + 1])
    names = {"I": "i", "TP": "tp", "LRA": "lra", "thresh": "thresh"}
    known = ":".join(f"measured_{name}={found[f'input_{key}']}" for name, key in names.items())
    second = f"{aim}:{known}:offset={found['target_offset']}:linear=true,aresample=48000"
    made = [*command, "-af", second, *_MP3, str(place / "loudnorm.mp3")]
    subprocess.run(made, capture_output=True, check=True)
    return _children() - before


def same(source: Path, place: Path, found: Measured) -> float:
    """Let ffmpeg do what we do."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-threads", "1", "-y", "-i", str(source)]
    chain = ",".join(
        f"{name}={':'.join(f'{key}={value}' for key, value in options.items())}"
        for name, options in found.filters()
    )
    before = _children()
    subprocess.run([*command, "-af", "ebur128=peak=sample", "-f", "null", "-"], check=True)
    subprocess.run([*command, "-af", chain, *_MP3, str(place / "same.mp3")], check=True)
    return _children() - before


def spent(command: list[str], order: bytes) -> float:
    """Run a worker with its order; return its processor time in seconds."""
    before = _children()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(order + b"\n")
        process.stdin.flush()
        last = [json.loads(line) for line in process.stdout][-1]
    if last["type"] != "done":
        raise RuntimeError(f"the export failed: {last}")
    return _children() - before


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    rig.main(run, about=str(__doc__))
