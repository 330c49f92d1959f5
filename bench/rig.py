"""What all benchmarks share: pinned processes, their costs, generators, pairs, tables and JSON."""

import asyncio
import json
import os
import platform
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
RESULTS: Final = HERE.parent / "docs" / "bench"

SERVER_CORE: Final = 0
LOAD_CORE: Final = 1

# A generator that is busier than this measures itself.
BUSY_LIMIT: Final = 0.85
# Two sides that delivered more different amounts did different work.
BYTES_LIMIT: Final = 0.005

PEERS: Final = {"icecast2": "icecast2", "nginx": "nginx-light", "gcc": "gcc"}
"""Programs beside which is measured, and the Debian packages that have them."""


def need(*programs: str) -> None:
    """End with the one command that installs what is missing."""
    missing = [PEERS[name] for name in programs if find(name) is None]
    if missing:
        sys.exit(f"Missing here: sudo apt-get install --yes {' '.join(missing)}")
    if (os.cpu_count() or 1) < 2:
        sys.exit("A benchmark needs two cores: one for the server, one for its listeners.")


def find(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


@cache
def built(source: str, *flags: str) -> str:
    """Compile a C program of ours; return where it is."""
    out = Path(tempfile.mkdtemp(prefix="vivavoce-bench-")) / Path(source).stem
    command = ["gcc", "-O2", "-Wall", "-Wextra", *flags, "-o", str(out), str(HERE / source)]
    subprocess.run(command, check=True)
    return str(out)


def as_root() -> str:
    """Return the line that lets nginx read our files, where root runs it."""
    return "user root;" if os.geteuid() == 0 else ""


def free_port() -> int:
    """Return a port below those that the kernel gives to clients, or it might meet itself."""
    while True:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", random.randrange(20_000, 32_000)))
            except OSError:
                continue
            return int(probe.getsockname()[1])


async def until_open(port: int, tries: int = 400) -> None:
    for _ in range(tries):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        await asyncio.sleep(0.05)
    sys.exit(f"nothing listens on port {port}")


@dataclass
class Running:
    """A process of ours, and whatever it started itself."""

    process: asyncio.subprocess.Process

    @property
    def pids(self) -> list[int]:
        found, waiting = [], [self.process.pid]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            for task in Path(f"/proc/{pid}/task").iterdir():
                waiting += [int(child) for child in (task / "children").read_text().split()]
        return found

    def cpu_s(self) -> float:
        """User and system time so far, of all threads and children, to the nanosecond."""
        return sum(map(_cpu_s, self.pids))

    def role(self, kind: str) -> int:
        """Return the pid of the child of ours that has this role."""
        for pid in self.pids:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            if b"role" in words and kind.encode() in words:
                return pid
        sys.exit(f"no {kind} among the server's processes")

    def rss(self) -> int:
        """Resident bytes that are its own."""
        return sum(
            int(line.split()[1]) * 1024
            for pid in self.pids
            for line in Path(f"/proc/{pid}/status").read_text().splitlines()
            if line.startswith("RssAnon:")
        )


@dataclass
class Role:
    """One process of a server of ours, measured by itself."""

    pid: int

    def cpu_s(self) -> float:
        """User and system time so far, of all its threads."""
        return _cpu_s(self.pid)

    def pin(self, core: int) -> None:
        """Let it run on ``core`` alone from now on."""
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), {core})


def _cpu_s(pid: int) -> float:
    """By the process's own clock (``clock_getcpuclockid``): threads that have ended count too."""
    return time.clock_gettime((~pid << 3) | 2)


@asynccontextmanager
async def running(
    *command: str, core: int = SERVER_CORE, log: Path | None = None, **more: Any
) -> AsyncIterator[Running]:
    """Run a program on one core; it is killed at the end."""
    out = log.open("ab") if log else subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        "taskset", "-c", str(core), *command, **({"stdout": out, "stderr": out} | more)
    )
    try:
        yield Running(process)
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 4)
            except TimeoutError:
                process.kill()
                await process.wait()


@dataclass
class Generator:
    """A program that is told on its standard input what to do; its source says what it counts."""

    running: Running

    def say(self, text: str) -> None:
        assert self.running.process.stdin is not None
        self.running.process.stdin.write(f"{text}\n".encode())

    async def mark(self) -> dict[str, Any]:
        """Return what was seen since the last mark."""
        self.say("mark")
        assert self.running.process.stdout is not None
        found: dict[str, Any] = json.loads(await self.running.process.stdout.readline())
        return found


class Load(Generator):
    """Listeners to a stream (``load/listeners.c``)."""

    def start(self, listeners: int, rate: float = 0) -> None:
        self.say(f"join {listeners} {rate}")

    def leave(self, listeners: int) -> None:
        self.say(f"leave {listeners}")

    async def join(self, listeners: int, rate: float = 0, within_s: float = 60) -> None:
        """Add listeners and wait until all of them have their answer."""
        seen = await self.mark()
        playing = seen["playing"]
        self.start(listeners, rate)
        for _ in range(int(within_s / 0.25)):
            await asyncio.sleep(0.25)
            seen = await self.mark()
            if seen["playing"] >= playing + listeners:
                return
        sys.exit(f"only {seen['playing'] - playing} of {listeners} listeners came in")


@asynccontextmanager
async def load(
    port: int, path: str, source: str = "127.0.0.1", fields: Sequence[str] = ()
) -> AsyncIterator[Load]:
    """Run a generator of listeners against a server on this machine; with ``fields``, of edges."""
    more = ["".join(f"{line}\r\n" for line in fields)] if fields else []
    arguments = (source, "127.0.0.1", str(port), path, *more)
    async with generator("load/listeners.c", *arguments) as process:
        yield Load(process)


@asynccontextmanager
async def generator(source: str, *arguments: str) -> AsyncIterator[Running]:
    """Compile and run a generator on its core."""
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": None}
    async with running(built(source), *arguments, core=LOAD_CORE, **pipes) as process:
        yield process


def abba(sides: Sequence[str], pairs: int) -> list[str]:
    """Return who is measured when: A B B A A B B A …"""
    order: list[str] = []
    for pair in range(pairs):
        order += sides if pair % 2 == 0 else reversed(sides)
    return order


def spread(values: Sequence[float]) -> str:
    """Return the median and the range."""
    return f"{statistics.median(values):.3g} ({min(values):.3g}-{max(values):.3g})"


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> dict[str, float]:
    """Return median and range of the pairwise ratios."""
    found = [a / b for a, b in zip(ours, theirs, strict=True)]
    return {"median": statistics.median(found), "low": min(found), "high": max(found)}


def table(rows: Sequence[Sequence[object]]) -> None:
    """Print rows, the first one being their head."""
    cells = [
        [f"{cell:.3g}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows
    ]
    widths = [max(len(row[at]) for row in cells) for at in range(len(cells[0]))]
    for number, row in enumerate(cells):
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )
        if number == 0:
            print("  ".join("-" * width for width in widths))


def version(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return "not here"
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[0] if lines else "unknown"


def machine() -> dict[str, Any]:
    """Say what this was measured on."""
    cpu = [
        line.split(":", 1)[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu": cpu[0] if cpu else platform.machine(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "icecast": version(find("icecast2") or "icecast2", "-v"),
        "nginx": version(find("nginx") or "nginx", "-v"),
        "gcc": version("gcc", "--version"),
        "load_before": os.getloadavg()[0],
        "note": "loopback: the sender pays for the receiver's work; ratios hold, figures do not",
    }


def keep(name: str, found: dict[str, Any], folder: Path | None) -> None:
    """Write one benchmark's result, with the machine, for machines."""
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"bench": name, "machine": machine(), **found}, indent=1)
    (folder / f"{name}.json").write_text(f"{text}\n")


def kept(name: str) -> dict[str, Any] | None:
    """Return what one benchmark found last."""
    file = RESULTS / f"{name}.json"
    found: dict[str, Any] | None = json.loads(file.read_text()) if file.exists() else None
    return found


def void(seen: dict[str, Any], *, gaps: bool = False) -> str | None:
    """Return why a run does not count, or None."""
    busy = seen["cpu"] / max(seen["seconds"], 1e-9)
    if busy > BUSY_LIMIT:
        return f"the generator used {busy:.0%} of its core"
    if gaps and seen["gaps"]:
        return f"{seen['gaps']} parts were missed"
    return None


def main(run: Callable[[Any], Any], *, about: str) -> None:
    """Parse the common flags and run one benchmark."""
    import argparse  # noqa: PLC0415  only here

    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--quick", action="store_true", help="fewer, shorter runs")
    parser.add_argument("--json", type=Path, metavar="FOLDER", help="keep the result there")
    os.sched_setaffinity(0, {LOAD_CORE})
    asyncio.run(run(parser.parse_args()))
