"""The export of a three-hour show to MP3 at podcast loudness, beside ffmpeg doing the same.

python -m bench.export [--quick] [--json FOLDER]

Processor time of whole processes: ours from the show's segments, ffmpeg's from one Opus file. Both
write mono at 96 kbit/s with LAME's own setting of quality. ffmpeg does it in two ways: as people do
it (`-af loudnorm` twice, the second time with what the first found), the other side of the goal;
and by our own steps (`ebur128`, then gain, limiter and encoder), the least that it can do.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
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

HOURS: Final = 3.0
# Fixed costs (the start of Python, a cover) weigh more than in three hours.
_QUICK_HOURS: Final = 0.15
_MP3: Final = ("-c:a", "libmp3lame", "-b:a", "96k", "-f", "mp3")


async def run(flags: argparse.Namespace) -> None:
    """Measure in pairs, A B B A, and print."""
    rig.need("ffmpeg")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        seconds = write_show(place / "live", _QUICK_HOURS if flags.quick else HOURS)
        source = place / "programme.opus"
        write_opus(place / "live" / SHOW, source, Tags(title="Bench"))
        found = measure(source, round(seconds * SAMPLE_RATE))
        sides = {
            "ours": lambda: ours(place),
            "loudnorm": lambda: loudnorm(source, place),
            "steps": lambda: steps(source, place, found),
        }
        taken: dict[str, list[float]] = {side: [] for side in sides}
        for side in rig.abba(tuple(sides), 2 if flags.quick else 4):
            taken[side].append(sides[side]())
            print(f"{side}: {seconds / taken[side][-1]:.1f} x real time of a core", flush=True)
    speed = [seconds / cpu_s for cpu_s in taken["ours"]]
    told: dict[str, Any] = {"seconds": seconds, "cpu_s": taken, "times_real_time": speed}
    for other in ("loudnorm", "steps"):
        ratio = told[f"to_{other}"] = rig.ratios(taken["ours"], taken[other])
        said = f"{ratio['median']:.2f} ({ratio['low']:.2f}-{ratio['high']:.2f})"
        print(f"processor time, ours / ffmpeg {other}: {said}")
    print(f"ours: {rig.spread(speed)} x real time of a core")
    rig.keep("export", told, flags.json)


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


def steps(source: Path, place: Path, found: Measured) -> float:
    """Let ffmpeg do what we do."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-threads", "1", "-y", "-i", str(source)]
    chain = ",".join(
        f"{name}={':'.join(f'{key}={value}' for key, value in options.items())}"
        for name, options in found.filters()
    )
    before = _children()
    subprocess.run([*command, "-af", "ebur128=peak=sample", "-f", "null", "-"], check=True)
    subprocess.run([*command, "-af", chain, *_MP3, str(place / "steps.mp3")], check=True)
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
