"""The stage: its cost beside Janus' AudioBridge, its delay, how it bears loss and crowds.

python -m bench.stage [--quick] [--json FOLDER] [cost encodes idle delay loss drift crowd]
"""

import argparse
import asyncio
import json
import os
import re
import socket
import sqlite3
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from tests.caller import PAYLOAD_TYPE

from bench import goals, rig, stage_goals
from bench.janus import janus
from bench.phones import Phone, Plain, dial, poster, room, said, talk, voice
from bench.stage_virtual import drift, encodes, loss
from vivavoce.mix.opus import Decoder
from vivavoce.units import FRAME_SAMPLES, SAMPLE_RATE

PEOPLE: Final = 10
AUDIBLE: Final = 2


@dataclass
class Ours:
    """A running server with one show."""

    running: rig.Running
    started: dict[str, Any]
    show: dict[str, Any]
    data: str

    async def people(self, count: int, audible: int, *, keep: bool = False) -> list[Phone]:
        """Let people in; the first ``audible`` of them speak."""
        key = self.show["host_url"].partition("#key=")[2]
        base = self.started["studio_url"]
        post = await asyncio.to_thread(poster, base, key)
        seats = [self.show]  # its own seat, the host's: a show has a hundred
        for number in range(1, count):
            path = f"/api/shows/{self.show['show']}/seats"
            body = {"name": f"Guest {number}", "role": "speaker"}
            seats.append(await asyncio.to_thread(post, path, body))
        quiet = said(room())
        phones = []
        for number, seat in enumerate(seats):
            says = said(voice(110 + 17 * number)) if number < audible else quiet
            phone = dial(seat["whip_url"], seat["whip_token"], says, number + 1, keep=keep)
            phones.append(await phone)
        return phones

    async def start(self) -> None:
        """Go live."""
        await _cli("show", "start", self.show["show"], "--data", self.data)

    async def metrics(self) -> dict[str, float]:
        """Return the studio's metrics by name."""
        text = await asyncio.to_thread(_text, f"{self.started['studio_url']}/metrics")
        pairs = re.findall(r"^(\w+)(?:\{[^}]*\})? ([-\d.e+]+)$", text, re.MULTILINE)
        return {name: float(value) for name, value in pairs}


def _text(url: str) -> str:
    import urllib.request  # noqa: PLC0415

    with urllib.request.urlopen(url, timeout=10) as answer:
        found: str = answer.read().decode()
    return found


async def _cli(*arguments: str) -> dict[str, Any]:
    command = (sys.executable, "-m", "vivavoce", *arguments, "--json")
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    found: dict[str, Any] = json.loads(out)
    return found


@asynccontextmanager
async def ours(kept: str | None = None) -> AsyncIterator[Ours]:
    """Run ``vivavoce serve`` on the server's core, with one planned show."""
    with tempfile.TemporaryDirectory(prefix="vivavoce-bench-") as fresh:
        data = kept or fresh
        command = (
            sys.executable, "-m", "vivavoce", "serve", "--json", "--host", "127.0.0.1",
            "--port", "0", "--studio-port", "0", "--data", data,
        )  # fmt: skip
        pipes = {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.DEVNULL}
        async with rig.running(*command, **pipes) as process:
            assert process.process.stdout is not None
            started = json.loads(await process.process.stdout.readline())
            show = await _cli("show", "new", "Bench", "--data", data)
            yield Ours(process, started, show, data)


async def measure(running: rig.Running, phones: list[Phone], seconds: float) -> dict[str, float]:
    """Return the server's share of its core, the generator's of its own, and what came back."""
    await talk(phones, 2)
    cpu, own = running.cpu_s(), _own_cpu()
    got = sum(phone.received for phone in phones)
    latest = await talk(phones, seconds)
    return {
        "cpu": (running.cpu_s() - cpu) / seconds,
        "generator": (_own_cpu() - own) / seconds,
        "returned_per_s": (sum(phone.received for phone in phones) - got) / seconds,
        "latest_ms": latest * 1000,
    }


def _own_cpu() -> float:
    times = os.times()
    return times.user + times.system


@asynccontextmanager
async def at_janus(count: int, audible: int) -> AsyncIterator[tuple[rig.Running, list[Phone]]]:
    """The same people in an AudioBridge, on plain RTP."""
    async with janus() as bridge:
        quiet, phones = said(room()), []
        for number in range(count):
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.bind(("127.0.0.1", 0))
            port = await bridge.join(sock.getsockname()[1], PAYLOAD_TYPE, 1)
            sock.connect(("127.0.0.1", port))
            sock.setblocking(False)
            says = said(voice(110 + 17 * number)) if number < audible else quiet
            phones.append(Phone(sock, Plain(), says, number + 1))
        yield bridge.running, phones


async def cost(quick: bool) -> dict[str, Any]:
    """CPU with ten on stage, two of them audible, all sending, beside Janus on the same packets."""
    seconds, pairs = (4, 5) if quick else (20, 5)
    found: dict[str, list[dict[str, float]]] = {
        side: [] for side in ("stage", "janus/stage", "live", "janus/live")
    }
    async with ours() as server, at_janus(PEOPLE, AUDIBLE) as (bridge, theirs):
        people = await server.people(PEOPLE, AUDIBLE)
        for ours_is in ("stage", "live"):
            if ours_is == "live":
                await server.start()
                await talk(people, 2)
            for side in rig.abba((ours_is, f"janus/{ours_is}"), pairs):
                mine = side == ours_is
                pair = (server.running, people) if mine else (bridge, theirs)
                found[side].append(await measure(*pair, seconds))
                # Whoever is not measured keeps talking now and then, or is taken for gone.
                await talk(theirs if mine else people, 0.5)
    cpu = {side: [run["cpu"] for run in runs] for side, runs in found.items()}
    busy = max(run["generator"] for runs in found.values() for run in runs)
    rows: list[list[object]] = [["10 on stage, 2 audible", "core", "returned/s"]]
    names = {
        "stage": "ours, in the green room",
        "live": "ours, live with programme",
        "janus/stage": "Janus, beside the green room",
        "janus/live": "Janus, beside live",
    }
    for side, name in names.items():
        share = rig.spread([value * 100 for value in cpu[side]])
        back = np.median([run["returned_per_s"] for run in found[side]])
        rows.append([name, f"{share} %", float(back)])
    rig.table(rows)
    ratio = {
        "stage/janus": rig.ratios(cpu["stage"], cpu["janus/stage"]),
        "live/janus": rig.ratios(cpu["live"], cpu["janus/live"]),
    }
    for name, value in ratio.items():
        print(f"{name}: {value['median']:.2f} ({value['low']:.2f}-{value['high']:.2f})")
    if busy > rig.BUSY_LIMIT:
        print(f"VOID: the generator used {busy:.0%} of its core")
    return {"runs": found, "ratios": ratio, "void": busy > rig.BUSY_LIMIT}


async def delay(quick: bool) -> dict[str, Any]:
    """From a speaker's packet in to the packet out to somebody else that holds the same sound."""
    async with ours() as server:
        speaker, listener, *others = await server.people(4, 1, keep=True)
        await talk([speaker, listener, *others], 12 if quick else 40)
    found = delays_ms(speaker, listener)
    p50, p99 = (float(np.percentile(found, p)) for p in (50, 99))
    rig.table([["delay that the server adds, ms", "p50", "p99"], ["ours", p50, p99]])
    return {"p50_ms": p50, "p99_ms": p99, "most_ms": max(found), "packets": len(found)}


def delays_ms(speaker: Phone, listener: Phone) -> list[float]:
    """Find each heard piece in what was said; the codec's own delay is not counted."""
    decoder, count = Decoder(), len(speaker.says.packets)
    spoken = np.concatenate(
        [decoder.decode(speaker.says.packets[n % count]) for n in range(speaker.number)]
    ).astype(np.float64)
    heard, arrival = [], []
    decoder, expected = Decoder(), None
    for at, stamp, payload in sorted(listener.heard, key=lambda item: item[1]):
        while (
            expected is not None
            and (stamp - expected) & 0xFFFFFFFF >= FRAME_SAMPLES
            and len(heard) < 20_000
            and (stamp - expected) & 0xFFFFFFFF < 48_000 * 2
        ):
            heard.append(np.zeros(FRAME_SAMPLES))
            arrival.append(float("nan"))
            expected += FRAME_SAMPLES
        heard.append(decoder.decode(payload).astype(np.float64))
        arrival.append(at)
        expected = stamp + FRAME_SAMPLES
    found: list[float] = []
    sent = np.array(speaker.sent_at)
    window = 25
    for first in range(50, len(heard) - window, window):
        piece = np.concatenate(heard[first : first + window])
        t0 = arrival[first]
        if not np.any(piece) or np.isnan(t0):
            continue
        near = int(np.searchsorted(sent, t0)) * FRAME_SAMPLES
        begin = max(0, near - SAMPLE_RATE // 2)
        place = spoken[begin : begin + SAMPLE_RATE + len(piece)]
        if len(place) < len(piece) + SAMPLE_RATE // 2:
            continue
        size = 1 << (len(place) + len(piece)).bit_length()
        spectrum = np.fft.rfft(place, size) * np.conj(np.fft.rfft(piece, size))
        match = np.fft.irfft(spectrum)[: len(place) - len(piece)]
        lag = int(np.argmax(match))
        alike = place[lag : lag + len(piece)]
        if match[lag] < _ALIKE * np.linalg.norm(piece) * np.linalg.norm(alike):
            continue  # a correction of speed, or a hole: it would be found anywhere
        said_at = begin + lag + _LOOK_AHEAD
        for n in range(window):
            sample = (said_at + n * FRAME_SAMPLES) / FRAME_SAMPLES
            if int(sample) + 1 < len(sent) and not np.isnan(arrival[first + n]):
                part = sample - int(sample)
                then = sent[int(sample)] * (1 - part) + sent[int(sample) + 1] * part
                found.append((arrival[first + n] - then) * 1000)
    return found


_ALIKE: Final = 0.5
_LOOK_AHEAD: Final = 312  # libopus' encoder, 6.5 ms: the return was encoded once more


async def crowd(quick: bool) -> dict[str, Any]:
    """Fifty, then a hundred on one stage, all sending, each a voice: ticks that came late."""
    found: dict[str, Any] = {}
    rows: list[list[object]] = [["on stage, all sending", "core", "overruns", "generator"]]
    for count in (50, 100):
        async with ours() as server:
            people = await server.people(count, count)
            await server.start()
            seconds = 20 if quick else 60  # of fewer ticks, one would be more than is allowed
            before = await _late(server)
            run = await measure(server.running, people, seconds)
            late = await _late(server) - before
            share = late / ((seconds + 2) * 50)
            found[str(count)] = run | {"overruns": late, "overrun_share": share}
            rows.append([count, f"{run['cpu']:.0%}", f"{share:.3%}", f"{run['generator']:.0%}"])
    rig.table(rows)
    return found


async def idle(quick: bool) -> dict[str, Any]:
    """Ten thousand shows in which nobody is: memory of each, and what a second of them costs."""
    seconds = 10 if quick else 30
    found: dict[str, list[tuple[float, float]]] = {"none": [], "many": []}
    with tempfile.TemporaryDirectory(prefix="vivavoce-bench-") as none:
        many = Path(none) / "many"
        async with ours(none):
            pass  # makes a database with a show
        _copy(Path(none) / "vivavoce.db", many, IDLE)
        for side in rig.abba(("none", "many"), 1 if quick else 2):
            async with ours(str(many) if side == "many" else none) as server:
                await _settled(server.running)
                cpu = server.running.cpu_s()
                await asyncio.sleep(seconds)
                share = (server.running.cpu_s() - cpu) / seconds
                found[side].append((server.running.rss(), share))
    pairs = list(zip(found["many"], found["none"], strict=True))
    each = [(full[0] - empty[0]) / IDLE for full, empty in pairs]
    core = [full[1] for full, _ in pairs]
    rig.table(
        [
            ["idle shows", "bytes each", "core", "core without them"],
            [IDLE, rig.spread(each), rig.spread(core), rig.spread([e[1] for _, e in pairs])],
        ]
    )
    return {"shows": IDLE, "bytes_each": each, "core": core}


async def _settled(running: rig.Running) -> None:
    """Wait until a start is over: all shows are read, told to the edge and written down."""
    quiet = 0
    while quiet < _QUIET_S:
        cpu = running.cpu_s()
        await asyncio.sleep(1)
        quiet = quiet + 1 if running.cpu_s() - cpu < _BUSY else 0


_QUIET_S: Final = 4
_BUSY: Final = 0.1


IDLE: Final = 10_000


def _copy(database: Path, folder: Path, count: int) -> None:
    """Make a data folder with the planned show that is there, so many times."""
    folder.mkdir()
    with sqlite3.connect(database) as source, sqlite3.connect(folder / database.name) as rows:
        source.backup(rows)
        columns = [row[1] for row in rows.execute("PRAGMA table_info(shows)")]
        show = list(rows.execute("SELECT * FROM shows LIMIT 1").fetchone())
        places = ",".join("?" * len(columns))
        for number in range(count):
            copy = [_another(value, number) for value in show]
            rows.execute(f"INSERT INTO shows VALUES ({places})", copy)


def _another(value: object, number: int) -> object:
    if isinstance(value, bytes):
        return os.urandom(len(value))  # digests of keys
    return f"{number:010d}" if isinstance(value, str) and len(value) == 10 else value


async def _late(server: Ours) -> float:
    """Return the ticks that were late so far, of the mix or of the programme."""
    names = ("vivavoce_floor_ticks_late", "vivavoce_stage_ticks_late")
    found = await server.metrics()
    return max(found[name] for name in names)


PARTS: Final = {
    "cost": cost,
    "encodes": encodes,
    "idle": idle,
    "delay": delay,
    "loss": loss,
    "drift": drift,
    "crowd": crowd,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer, shorter runs")
    parser.add_argument("--json", type=Path, metavar="FOLDER", help="keep the result there")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=[])
    options = parser.parse_args()
    os.sched_setaffinity(0, {rig.LOAD_CORE})
    found = {}
    for name in options.parts or PARTS:
        print(f"\n{PARTS[name].__doc__}")
        found[name] = asyncio.run(PARTS[name](options.quick))
    print()
    goals.show(stage_goals.rows(found))
    versions = {"janus": rig.version("janus", "--version")}
    rig.keep("stage", {"found": found, "versions": versions}, options.json)


if __name__ == "__main__":
    main()
