"""What of the stage is measured without a clock: loss on the line, drift, encodes."""

from typing import Any

import numpy as np

from bench import rig
from bench.phones import room, voice
from vivavoce.mix.actions import Play, Voiced
from vivavoce.mix.console import Bus, Console, Strip
from vivavoce.mix.jitter import JitterBuffer
from vivavoce.mix.opus import Decoder, Encoder
from vivavoce.mix.voice import Voice
from vivavoce.testing import LossyLink
from vivavoce.units import FRAME_SAMPLES


async def loss(quick: bool) -> dict[str, Any]:
    """A voice over a lossy line: frames that were neither received, repaired nor concealed."""
    minutes = 0.2 if quick else 5
    found: dict[str, Any] = {}
    rows: list[list[object]] = [["loss", "lost", "repaired", "concealed", "nothing", "level"]]
    clean = _hear(LossyLink(1), minutes)[0]
    for name, link in {
        "10 % random": LossyLink(7, loss=0.10, jitter_s=0.005),
        "bursts of 6, 5 %": LossyLink(7, loss=0.05, burst=6, jitter_s=0.005),
        "20 % random": LossyLink(7, loss=0.20, jitter_s=0.005),
    }.items():
        level, heard, lost, sent = _hear(link, minutes)
        tally = heard.buffer.tally
        nothing = tally.rested / sent
        found[name] = {
            "lost": lost / sent, "repaired": tally.recovered / sent,
            "concealed": tally.concealed / sent, "nothing": nothing, "level": level / clean,
        }  # fmt: skip
        rows.append([name, *(f"{value:.3f}" for value in found[name].values())])
    rig.table(rows)
    return found


def _hear(link: LossyLink, minutes: float) -> tuple[float, Voice, int, int]:
    encoder, heard = Encoder(loss_percent=20), Voice(Decoder())
    frames = voice(140).reshape(-1, FRAME_SAMPLES)
    sent, lost, energy = round(minutes * 3_000), 0, 0.0
    waiting: list[tuple[float, int, bytes]] = []
    for n in range(sent):
        fate = link.fate()
        lost += fate.lost
        payload = encoder.encode(frames[n % len(frames)])
        waiting += [(n * 0.02 + delay, n, payload) for delay in fate.delays]
        now = n * 0.02 + 0.011
        for at, number, body in sorted(w for w in waiting if w[0] <= now):
            heard.push(number, number * FRAME_SAMPLES, body, False, at)
        waiting = [w for w in waiting if w[0] > now]
        frame = heard.tick(now).astype(np.float64)
        if n > 100:
            energy += float(np.mean(frame**2))
    return float(np.sqrt(energy / sent)), heard, lost, sent


async def encodes(quick: bool) -> dict[str, Any]:
    """Encodes a tick with ten on one bus, by how many of them speak."""
    found: dict[str, Any] = {}
    rows: list[list[object]] = [["audible, of ten", "encodes a tick"]]
    quiet = room().reshape(-1, FRAME_SAMPLES)
    for audible in (0, 1, 2, 3, 5, 10):
        console = Console(lambda: Encoder(complexity=0))
        says = [voice(110 + 17 * n).reshape(-1, FRAME_SAMPLES) for n in range(audible)]
        for n in range(10):
            console.strips[str(n)] = Strip(Bus.AIR)
        made = []
        for tick in range(250 if quick else 1_000):
            frames = {str(n): says[n] if n < audible else quiet for n in range(10)}
            console.tick({name: sound[tick % len(sound)] for name, sound in frames.items()})
            made.append(console.encodes)
        found[str(audible)] = {"mean": float(np.mean(made)), "most": max(made)}
        rows.append([audible, float(np.mean(made))])
    rig.table(rows)
    return found


async def drift(quick: bool) -> dict[str, Any]:
    """Six hours of a voice without a pause whose clock runs 200 ppm slow or fast."""
    seconds = 1_200 if quick else 6 * 3_600
    found: dict[str, Any] = {}
    rows: list[list[object]] = [["ppm", "hours", "concealed", "nothing", "dropped", "largest, ms"]]
    for ppm in (-200, 200):
        buffer, largest = _drifting(ppm, seconds)
        tally = buffer.tally
        found[str(ppm)] = {
            "hours": seconds / 3_600, "concealed": tally.concealed, "nothing": tally.rested,
            "dropped": tally.dropped + tally.late, "largest_ms": largest / 48,
        }  # fmt: skip
        rows.append([ppm, *(float(value) for value in found[str(ppm)].values())])
    rig.table(rows)
    return found


def _drifting(ppm: int, seconds: int) -> tuple[JitterBuffer, int]:
    """Return the buffer after so long, and by how many samples a tick differed from a frame."""
    buffer, period = JitterBuffer(), 0.02 * (1 + ppm / 1e6)
    sent = stock = largest = 0
    for n in range(seconds * 50):
        now = n * 0.02 + 0.011
        while (at := sent * period + 0.005) <= now:
            buffer.push(Voiced(sent, sent * FRAME_SAMPLES, FRAME_SAMPLES, bytes(60)), at)
            sent += 1
        if not (wanted := buffer.take(now, stock)):
            continue
        largest = max(largest, abs(wanted - FRAME_SAMPLES))
        while stock < wanted:
            action = buffer.next()
            stock += action.packet.samples if isinstance(action, Play) else action.samples
        stock -= wanted
    return buffer, largest
