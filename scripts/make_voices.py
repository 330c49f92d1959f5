"""Make the two voices of ``vivavoce demo`` with espeak-ng: src/vivavoce/demo/recorded/*.opus.

Two files of the same length, in time with each other: whoever plays both from the start hears the
conversation. Each line begins so many seconds after the line before it ended; a negative number
is someone who does not wait.
"""

import io
import subprocess
from pathlib import Path
from typing import Final

import av
import numpy as np

from vivavoce.media import Pcm
from vivavoce.testing.decode import decode
from vivavoce.testing.tones import level_db, loud
from vivavoce.units import FRAME_SAMPLES, SAMPLE_RATE

OUT: Final = Path(__file__).parents[1] / "src" / "vivavoce" / "demo" / "recorded"
LEVEL_DB: Final = -23.0
BIT_RATE: Final = 24_000

# espeak-ng: voice, words a minute, pitch (0 to 99).
VOICES: Final = {
    "vera": ["-v", "en-us+f4", "-s", "172", "-p", "62"],
    "otto": ["-v", "en-gb-x-rp+m3", "-s", "165", "-p", "28"],
}

LINES: Final = [
    (0.6, "vera", "Hello, and welcome to Viva Voce. I am Vera."),
    (0.3, "otto", "And I am Otto. Good to be on the air."),
    (0.4, "vera", "Tell me, Otto. What is this place?"),
    (
        0.4,
        "otto",
        "You talk in your browser, and whoever has the link can listen. One press is enough.",
    ),
    (0.4, "vera", "And if a great many come?"),
    (
        0.4,
        "otto",
        "The sound is made once, however many listen, and then handed from one to the ne",
    ),
    (-0.7, "vera", "And those who come too late?"),
    (0.4, "otto", "They hear it afterwards, at the same address."),
    (1.3, "vera", "So that pause was recorded too."),
    (0.3, "otto", "Every word, and every silence."),
    (0.4, "vera", "Thank you, Otto. Now it is your turn."),
]


def say(who: str, text: str) -> Pcm:
    """Speak one line; the quiet before and after it is cut off."""
    command = ["espeak-ng", "--stdout", *VOICES[who], text]
    spoken = subprocess.run(command, check=True, capture_output=True)  # noqa: S603  our own words
    pcm = decode(whole_wav(spoken.stdout))
    heard = loud(pcm, below_db=-45)
    assert heard is not None
    return pcm[heard.start : heard.end]


def whole_wav(piped: bytes) -> bytes:
    """Put the true length into a WAV that was written to a pipe, where it was not yet known."""
    size = len(piped) - 44
    return (
        piped[:4]
        + (size + 36).to_bytes(4, "little")
        + piped[8:40]
        + size.to_bytes(4, "little")
        + piped[44:]
    )


def conversation() -> dict[str, Pcm]:
    """Return both tracks, of the same length, each at ``LEVEL_DB`` while it speaks."""
    spoken = [(who, pause, say(who, text)) for pause, who, text in LINES]
    at, placed = 0, []
    for who, pause, pcm in spoken:
        at += int(pause * SAMPLE_RATE)
        placed.append((who, at, pcm))
        at += len(pcm)
    length = -(-(at + SAMPLE_RATE) // FRAME_SAMPLES) * FRAME_SAMPLES
    tracks = {who: np.zeros(length, dtype=np.int16) for who in VOICES}
    for who, start, pcm in placed:
        gain = 10 ** ((LEVEL_DB - level_db(pcm)) / 20)
        tracks[who][start : start + len(pcm)] = np.clip(pcm * gain, -32_000, 32_000).astype(
            np.int16
        )
    return tracks


def opus(pcm: Pcm) -> bytes:
    """Encode to Ogg Opus in 20 ms packets."""
    out = io.BytesIO()
    options = {"application": "voip", "frame_duration": "20", "vbr": "on"}
    with av.open(out, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=SAMPLE_RATE, options=options, layout="mono")
        assert isinstance(stream, av.AudioStream)
        stream.bit_rate = BIT_RATE
        frame = av.AudioFrame.from_ndarray(pcm[np.newaxis], format="s16", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        container.mux([*stream.encode(frame), *stream.encode(None)])
    return out.getvalue()


def main() -> None:
    """Write both files."""
    OUT.mkdir(parents=True, exist_ok=True)
    for who, pcm in conversation().items():
        (OUT / f"{who}.opus").write_bytes(opus(pcm))


if __name__ == "__main__":
    main()
