"""The sound file that listeners hear while nobody is on air, read once at the start."""

from pathlib import Path
from typing import Final

import av
import numpy as np

from vivavoce.errors import MachineError
from vivavoce.media import Pcm
from vivavoce.units import SAMPLE_RATE

# Five minutes are 29 MB, and nobody waits for longer without a word.
_LONGEST: Final = 300 * SAMPLE_RATE


def read_filler(file: str) -> Pcm | None:
    """Return the file as PCM, at most five minutes of it; None for no file.

    Raises ``MachineError`` (``filler_unreadable``): better now than in the first silence.
    """
    if not file:
        return None
    try:
        pcm = _decode(Path(file).expanduser())
    except (av.FFmpegError, OSError, IndexError) as error:
        raise _unreadable(file, str(error)) from error
    if not len(pcm):
        raise _unreadable(file, "there is no sound in it")
    return pcm


def _decode(file: Path) -> Pcm:
    pieces: list[Pcm] = []
    total = 0
    resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
    with av.open(str(file), mode="r") as container:
        for frame in container.decode(audio=0):
            new = [
                one.to_ndarray().reshape(-1).astype(np.int16) for one in resampler.resample(frame)
            ]
            pieces += new
            total += sum(map(len, new))
            if total >= _LONGEST:
                break
    return np.concatenate(pieces)[:_LONGEST] if pieces else np.zeros(0, dtype=np.int16)


def _unreadable(file: str, why: str) -> MachineError:
    return MachineError(
        "filler_unreadable",
        f"The filler {file} cannot be read as sound ({why}): set [sound] filler to a sound file, "
        "or leave it empty for a calm tone.",
    )
