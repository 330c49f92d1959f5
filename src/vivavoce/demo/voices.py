"""The two recorded voices, made by ``scripts/make_voices.py``, in time with each other."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vivavoce.testing.decode import packets

_FOLDER: Final = Path(__file__).parent / "recorded"


@dataclass(frozen=True, slots=True)
class Voice:
    """One of the two: the name that is shown on stage, and the file."""

    name: str
    path: Path


VOICES: Final = (
    Voice("Vera", _FOLDER / "vera.opus"),
    Voice("Otto", _FOLDER / "otto.opus"),
)


def load(voice: Voice) -> list[bytes]:
    """Return the voice as Opus payloads of 20 ms, in order, as they go into RTP packets."""
    return packets(voice.path)
