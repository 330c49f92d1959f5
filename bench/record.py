"""Recording: what is lost when it is killed at random moments, and what it costs.

``kill -9`` of the process that writes a show's programme, tracks and seal, again and again, as it
writes many times faster than a studio does; and, in virtual time, the CPU and memory of a show with
ten speakers.
"""

import random
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench import rig
from bench.record_child import EPOCH, SEAT, SHOW, sound
from bench.sync import Lags, lags
from vivavoce.app.recording import Recordings
from vivavoce.card import ShowCard, State
from vivavoce.clock import unix_ms
from vivavoce.media import SEGMENTED, Codec, Part, Played
from vivavoce.mix.opus import Encoder
from vivavoce.package.cmaf import PACKETS_PER_PART, chunk, parts_in
from vivavoce.package.rates import BITRATES
from vivavoce.package.silence import silent_part
from vivavoce.record import sealed
from vivavoce.record.onair import Batch, Tick, Voice
from vivavoce.record.sources import Folder
from vivavoce.record.verify import verify
from vivavoce.testing.decode import decode
from vivavoce.units import FRAME_SAMPLES, PART_SAMPLES, PartNumber, Samples

ROOT: Final = Path(__file__).parents[1]
_LONGEST_AWAY: Final = 40


Made = tuple[str, int]
"""A codec and the number of a part."""


@dataclass
class Killed:
    """What became of a show whose recording was killed again and again."""

    data: Path
    safe: set[Made] = field(default_factory=set)
    """Parts that were said to be safe."""
    failed_starts: int = 0
    kept: set[Made] = field(default_factory=set)
    """Parts that have sound in the end."""
    lost_s: list[float] = field(default_factory=list)
    """Of what was made before each kill, how much is missing."""
    monotonic: bool = True
    lags: Lags = field(default_factory=lambda: Lags([], []))
    """Between track and programme."""
    length: int = 0
    whole: bool = False
    """As sealed."""


def kill_often(data: Path, times: int, seed: int) -> Killed:
    """Kill a recording ``times`` times at moments drawn from ``seed``, and look at what is left."""
    drawn = random.Random(seed)
    found, first = Killed(data), 0
    lasts = []
    for _ in range(times):
        made = _run(found, first, drawn)
        lasts.append(made)
        first = (
            max((number for _, number in made), default=first) + 1 + drawn.randrange(_LONGEST_AWAY)
        )
    _end(found)
    for made in lasts:
        lost = {number for _, number in made - found.kept}
        found.lost_s.append(len(lost) * PART_SAMPLES / 48_000)
    return found


def _run(found: Killed, first: int, drawn: random.Random) -> set[Made]:
    command = [sys.executable, "-m", "bench.record_child", str(found.data), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
        assert child.stdout is not None
        said = [child.stdout.readline() for _ in range(drawn.randrange(4, 80))]
        with suppress(subprocess.TimeoutExpired):
            child.wait(drawn.random() * 0.02)
        child.kill()
        said += child.stdout.readlines()
    pairs = [line.split() for line in said if line.endswith("\n")]
    found.failed_starts += not pairs
    found.safe |= {(codec, int(part)) for word, codec, part in pairs if word == "safe"}
    return {(codec, int(part)) for word, codec, part in pairs if word == "made"}


def _end(found: Killed) -> None:
    recordings = Recordings(found.data, BITRATES)
    programme, notes = recordings.programme(SHOW, EPOCH, None), recordings.notes(SHOW)
    found.length = programme.finish()
    end = Samples(programme.next_part * PART_SAMPLES)
    notes.finish(end)
    public, private = recordings.live / SHOW, recordings.record / SHOW
    for codec in SEGMENTED:
        data = b"".join(path.read_bytes() for path in sorted((public / codec).glob("*.m4s")))
        parts = list(parts_in(codec, data))
        numbers = [part.number for part in parts]
        found.monotonic &= numbers == sorted(set(numbers))
        found.kept |= {
            (str(codec), int(part.number))
            for part in parts
            if part != silent_part(codec, part.number)
        }
    heard = decode(public / Codec.OPUS / "replay.m3u8")
    decode(public / Codec.AAC / "replay.m3u8")
    found.lags = lags(decode(private / "tracks" / f"{SEAT}.opus"), heard)
    seal = sealed.end(public, private, SHOW, unix_ms(EPOCH))
    card = ShowCard(
        show=SHOW, version=1, title="", description="", language="en", state=State.ENDED,
        epoch_ms=unix_ms(EPOCH), seal=seal,
    )  # fmt: skip
    found.whole = verify(Folder(public), card).whole


def cost(data: Path, minutes: int, speakers: int) -> tuple[float, list[int]]:
    """Return the share of a core that recording takes, and the memory (kB) after each minute.

    Encoding and mixing are not recording: a minute of them is made once and used again.
    """
    recordings = Recordings(data, BITRATES)
    programme, notes = recordings.programme(SHOW, EPOCH, None), recordings.notes(SHOW)
    frames = [sound(tick) for tick in range(16 * 50)]
    encoder = Encoder(bitrate=32_000)
    packets = [encoder.encode(frame) for frame in frames]
    names = {f"seat{n:06d}": f"Speaker {n}" for n in range(speakers)}
    sizes = {Codec.OPUS: 80, Codec.AAC: 170}  # as 32 and 64 kbit/s have them
    content = {codec: [b"x" * sizes[codec]] * PACKETS_PER_PART[codec] for codec in SEGMENTED}
    spent, memory, tick = 0.0, [], 0
    for second in range(minutes * 60):
        ticks = []
        for _ in range(50):
            place = tick % len(frames)
            heard = (Played(0, FRAME_SAMPLES, packets[place]),)
            voices = tuple(Voice(seat, True, True, heard) for seat in names)
            ticks.append(Tick(Samples(tick * FRAME_SAMPLES), frames[place], voices))
            tick += 1
        due = map(PartNumber, range(second * 50 // 16, (second + 1) * 50 // 16))
        parts = [
            Part(codec, number, chunk(codec, number, content[codec]))
            for number in due
            for codec in SEGMENTED
        ]
        began = time.process_time()
        programme.append(parts)
        notes.append(Batch(tuple(ticks), names, programme.breaks))
        spent += time.process_time() - began
        if second % 60 == 59:
            memory.append(_resident())
    return spent / (minutes * 60), memory


def _resident() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:"))


async def run(options: Any) -> None:
    """Kill a recording; measure three hours of ten speakers."""
    kills, minutes = 60 if options.quick else 200, 180
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        share, memory = cost(Path(folder), minutes, speakers=10)
    tenth = memory[len(memory) // 10]
    found["cost"] = {
        "minutes": minutes,
        "speakers": 10,
        "share of a core": share,
        "memory after a tenth, MB": tenth / 1024,
        "memory in the end, MB": memory[-1] / 1024,
    }
    with tempfile.TemporaryDirectory() as folder:
        killed = kill_often(Path(folder), kills, seed=1)
    found["killed"] = {
        "kills": kills,
        "safe parts": len(killed.safe),
        "safe parts that are missing": len(killed.safe - killed.kept),
        "most lost at a kill, s": max(killed.lost_s),
        "starts that failed": killed.failed_starts,
        "timeline monotonic": killed.monotonic,
        "words compared": len(killed.lags.told),
        "words that the programme does not have": len(killed.lags.lost),
        "most out of sync, ms": killed.lags.most / 48,
        "as sealed": killed.whole,
        "length, s": killed.length / 48_000,
    }
    for name, values in found.items():
        print(f"\n{name}")
        rig.table([[key, value] for key, value in values.items()])
    rig.keep("record", found, options.json)


if __name__ == "__main__":
    rig.main(run, about=__doc__ or "")
