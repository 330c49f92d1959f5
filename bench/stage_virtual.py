"""What of the stage is measured without a clock: loss on the line."""

from typing import Any

import numpy as np

from bench import rig
from bench.phones import voice
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
