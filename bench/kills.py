"""A whole server, with a show on air and somebody speaking, killed again and again.

python -m bench.kills [--quick] [--json FOLDER]

``kill -9`` of the studio, which its supervisor starts anew, or of all the server's processes at
once, which are then started by the same command: at moments drawn at random while the show runs,
now and then while the server is still coming up. Whole parts that are on the disk right after a
kill were acknowledged: at the end each has to be there still, as it was.
"""

import asyncio
import hashlib
import itertools
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import PIPE
from typing import Any, Final

import msgspec
import numpy as np

from bench import rig
from bench.phones import Phone, Said, dial, said
from bench.record_child import sound
from bench.studio import environment
from bench.sync import lags
from vivavoce.card import ShowCard
from vivavoce.cli.remote import Remote
from vivavoce.media import SEGMENTED, Codec, Part
from vivavoce.package.cmaf import parts_in
from vivavoce.package.silence import silent_part
from vivavoce.record.sources import Folder
from vivavoce.record.verify import verify
from vivavoce.testing.decode import decode
from vivavoce.units import PART_SAMPLES, PARTS_PER_SEGMENT, SAMPLE_RATE

# A start takes a second or two; on a machine that does much else, some ten.
_START_S: Final = 60.0
_ON_AIR_S: Final = 4.0  # at most, from the first sound to the next kill
_EARLY: Final = 0.15  # share of kills that do not wait for sound

PART_S: Final = PART_SAMPLES / SAMPLE_RATE

Made = tuple[Codec, int]
"""A codec and the number of a part."""


@dataclass
class Found:
    """What became of the show."""

    kills: dict[str, int] = field(default_factory=lambda: {"studio": 0, "tree": 0})
    early: int = 0
    """Kills before there was sound again."""
    safe: dict[Made, bytes] = field(default_factory=dict)
    """Digest of each part that was on the disk after a kill."""
    lost_s: list[float] = field(default_factory=list)
    """What each kill took of the sound before it."""
    again: int = 0
    """The part from which on there was sound again after the last kill."""
    failed_starts: int = 0
    back_s: list[float] = field(default_factory=list)
    """From a kill until there is sound on the disk again."""


class Show:
    """The server, its one show and the one who speaks; ``folder`` has the data."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self._log = folder / "log"
        self._ports = [str(rig.free_port()) for _ in range(3)]
        self._process: asyncio.subprocess.Process | None = None
        self.phone: Phone | None = None
        self.show = self._url = self._token = ""
        self._ssrc = itertools.count(1)

    @property
    def public(self) -> Path:
        return self.data / "live" / self.show

    async def serve(self) -> bool:
        """Start the server; return whether it came so far as to say so."""
        public, studio, udp = self._ports
        command = (
            sys.executable, "-m", "vivavoce", "serve", "--json", "--port", public,
            "--studio-port", studio, "--udp-port", udp, "--host", "127.0.0.1",
            "--data", str(self.data),
        )  # fmt: skip
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command, stdout=PIPE, stderr=log, env=environment()
            )
        assert self._process.stdout is not None
        try:
            line = await asyncio.wait_for(self._process.stdout.readline(), _START_S)
        except TimeoutError:
            line = b""
        return bool(line) and "studio_url" in json.loads(line)

    async def begin(self) -> None:
        """Make the show and go live."""
        ask = Remote(self.data).ask
        self.show = (await asyncio.to_thread(ask, "POST", "/api/shows", {"title": "Kills"}))["show"]
        body = {"name": "Ada", "role": "speaker"}
        path = f"/api/shows/{self.show}"
        seat = await asyncio.to_thread(ask, "POST", f"{path}/seats", body)
        self._url, self._token = seat["whip_url"], seat["whip_token"]
        await asyncio.to_thread(ask, "POST", f"{path}/start")

    async def end(self) -> ShowCard:
        """End the show, return its last card, and stop the server."""
        ask = Remote(self.data).ask
        await asyncio.to_thread(ask, "POST", f"/api/shows/{self.show}/end")
        async with asyncio.timeout(_START_S):
            while self.card().seal is None:  # noqa: ASYNC110  the sign is a file
                await asyncio.sleep(0.2)
        assert self._process is not None
        self._process.terminate()
        await self._process.wait()
        return self.card()

    def card(self) -> ShowCard:
        return msgspec.json.decode((self.public / "card.json").read_bytes(), type=ShowCard)

    def media_s(self) -> float:
        """Return how long the show has been going on."""
        epoch_ms = self.card().epoch_ms
        assert epoch_ms is not None
        return time.time() - epoch_ms / 1000  # noqa: TID251  a benchmark is its own clock

    async def speak(self) -> None:
        """Speak for ever, through whatever studio there is."""
        while True:
            with suppress(Exception):  # nobody there, or killed as we came in
                ssrc = next(self._ssrc)
                says = await asyncio.to_thread(_speech, ssrc)
                async with asyncio.timeout(10):
                    self.phone = await dial(self._url, self._token, says, ssrc)
                phone, due = self.phone, time.monotonic()
                while self.phone is phone:
                    phone.take()
                    with suppress(ConnectionRefusedError, BlockingIOError):
                        phone.speak()
                    due += 0.02
                    await asyncio.sleep(due - time.monotonic())
            await asyncio.sleep(0.1)

    def kill(self, what: str) -> None:
        """Kill the studio, or everything, with -9."""
        assert self._process is not None
        running = rig.Running(self._process)
        pids = [running.role("studio")] if what == "studio" else running.pids
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.phone is not None:
            self.phone.sock.close()
            self.phone = None

    def studio_pid(self) -> int | None:
        """Return the studio's pid, None between two."""
        assert self._process is not None
        try:
            return rig.Running(self._process).role("studio")
        except (OSError, SystemExit):
            return None

    async def gone(self) -> None:
        """Wait until the process that was killed is."""
        assert self._process is not None
        await self._process.wait()

    def parts(self, since: int = 0) -> dict[Made, Part]:
        """Return the whole parts on the disk, from segment ``since`` on."""
        found: dict[Made, Part] = {}
        for codec in SEGMENTED:
            for path in sorted((self.public / codec).glob("*.m4s")):
                if path.name >= f"{since:08d}":
                    read = parts_in(codec, path.read_bytes())
                    found |= {(codec, int(part.number)): part for part in read}
        return found


def _speech(number: int) -> Said:
    """Return ten seconds that nobody said before: what is said twice could be taken for late."""
    return said(np.concatenate([sound(number * 1_000 + tick) for tick in range(500)]))


def sounding(parts: dict[Made, Part]) -> dict[Made, Part]:
    """Leave the silent parts out, which a restart puts where nothing was."""
    return {
        (codec, number): part
        for (codec, number), part in parts.items()
        if part != silent_part(codec, part.number)
    }


async def kill_often(show: Show, times: int, seed: int) -> Found:
    """Kill the server ``times`` times at moments drawn from ``seed``, half of them all of it."""
    drawn, found = random.Random(seed), Found()
    found.failed_starts += not await show.serve()
    await show.begin()
    async with asyncio.TaskGroup() as tasks:
        speaking = tasks.create_task(show.speak())
        await _sound_after(show, 0)
        for number in range(times):
            await _kill(show, found, "tree" if number % 2 else "studio", drawn)
            if number % 10 == 9:
                print(
                    f"{number + 1} kills, at most {max(found.lost_s):.2f} s lost, back in "
                    f"{rig.spread(found.back_s)} s",
                    flush=True,
                )
        speaking.cancel()
    return found


async def _kill(show: Show, found: Found, what: str, drawn: random.Random) -> None:
    await asyncio.sleep(drawn.uniform(0, _ON_AIR_S))
    since = _last(show) // PARTS_PER_SEGMENT - 4
    before = show.studio_pid()
    show.kill(what)
    killed_s = show.media_s()
    if what == "tree":
        await show.gone()
    _note(show, found, since, killed_s)
    found.kills[what] += 1
    up = await _up(show, what, before)
    found.failed_starts += not up
    if drawn.random() < _EARLY:  # as it comes up: what was safe must be so, nothing is new
        await asyncio.sleep(drawn.uniform(0, 1))
        since = _last(show) // PARTS_PER_SEGMENT - 4
        before = show.studio_pid()
        show.kill(what)
        if what == "tree":
            await show.gone()
        _note(show, found, since, None)
        found.early += 1
        found.failed_starts += not await _up(show, what, before)
    found.again = await _sound_after(show, int(show.media_s() / PART_S) if up else 0)
    found.back_s.append(show.media_s() - killed_s)


async def _up(show: Show, what: str, before: int | None) -> bool:
    """Wait for the next start: ours of the whole server, the supervisor's of the studio."""
    if what == "tree":
        return await show.serve()
    for _ in range(int(_START_S / 0.05)):
        await asyncio.sleep(0.05)
        if show.studio_pid() not in (None, before):
            return True
    return False


def _last(show: Show) -> int:
    names = [path.name for path in (show.public / Codec.OPUS).glob("*.m4s")]
    return int(max(names, default="0").partition(".")[0]) * PARTS_PER_SEGMENT


async def _sound_after(show: Show, part: int) -> int:
    """Wait until the disk has sound of ``part`` or later; return the first that has."""
    async with asyncio.timeout(2 * _START_S):
        while True:
            since = part // PARTS_PER_SEGMENT
            there = [number for _, number in sounding(show.parts(since)) if number >= part]
            if there:
                return min(there)
            await asyncio.sleep(0.1)


def _note(show: Show, found: Found, since: int, killed_s: float | None) -> None:
    there = show.parts(since)
    for made, part in there.items():
        found.safe[made] = hashlib.sha256(part.body).digest()
    if killed_s is not None:
        for codec in SEGMENTED:
            ends = [number + 1 for of, number in sounding(there) if of is codec]
            # A codec may have none yet since the kill before: what was away then is not lost now.
            found.lost_s.append(killed_s - max([*ends, found.again]) * PART_S)


def judge(show: Show, card: ShowCard, found: Found) -> dict[str, Any]:
    """Return what the show is after all that."""
    parts = show.parts()
    kept = {made: hashlib.sha256(part.body).digest() for made, part in parts.items()}
    missing = [made for made, digest in found.safe.items() if kept.get(made) != digest]
    numbers = {codec: [n for of, n in parts if of is codec] for codec in SEGMENTED}
    heard = {codec: decode(show.public / codec / "replay.m3u8") for codec in SEGMENTED}
    (track,) = sorted((show.data / "record" / show.show / "tracks").glob("*.opus"))
    talk = json.loads((show.public / "talk.json").read_text())
    pcm = decode(track)
    for begin, end in reversed(talk["breaks"]):
        pcm = np.delete(pcm, slice(begin * 48, end * 48))
    late = lags(pcm, heard[Codec.OPUS])
    off = [lag for lag in late.told if abs(lag.samples) > 960]
    report = verify(Folder(show.public), card)
    return {
        "kills of the studio": found.kills["studio"],
        "kills of every process": found.kills["tree"],
        "more kills while it came up": found.early,
        "acknowledged parts": len(found.safe),
        "acknowledged parts that are missing": len(missing),
        "most sound missing at a kill, s": max(found.lost_s),
        "median sound missing at a kill, s": sorted(found.lost_s)[len(found.lost_s) // 2],
        "starts that failed": found.failed_starts,
        "timeline monotonic": all(made == sorted(set(made)) for made in numbers.values()),
        "words compared": len(late.told),
        "words that the programme does not have": len(late.lost),
        "words off by more than 20 ms": len(off),
        "off, from s: by ms": ", ".join(f"{at / 48_000:.1f}: {by / 48:.1f}" for at, by in off),
        "most out of sync, ms": late.most / 48,
        "replay, s": {str(codec): len(pcm) / SAMPLE_RATE for codec, pcm in heard.items()},
        "media time, s": talk["length_ms"] / 1000,
        "tracks": 1,
        "as sealed": report.whole,
        "from a kill to sound on the disk again, s": rig.spread(found.back_s),
    }


@asynccontextmanager
async def a_show() -> AsyncIterator[Show]:
    """Lend a show whose server is killed at the end, whatever happens."""
    with tempfile.TemporaryDirectory(prefix="vivavoce-bench-") as folder:
        show = Show(Path(folder))
        try:
            yield show
        finally:
            with suppress(Exception):
                show.kill("tree")


async def run(options: Any) -> None:
    """Kill a show's server 200 times; count what is left."""
    # Nothing is compared here: both cores, and it is over sooner.
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    async with a_show() as show:
        found = await kill_often(show, 60 if options.quick else 200, seed=1)
        kept = judge(show, await show.end(), found)
    rig.table([["a show that is killed again and again", ""], *map(list, kept.items())])
    rig.keep("kills", {"found": kept}, options.json)


if __name__ == "__main__":
    rig.main(run, about=__doc__ or "")
