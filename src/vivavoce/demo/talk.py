"""Recorded voices, begun on one cue, so that two WebRTC peers speak in time with each other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

# 20 ms of silence, full band, mono (RFC 6716 section 3.1: TOC 0xF8; then a range coder at rest).
OPUS_SILENCE: Final = b"\xf8\xff\xfe"


@dataclass(slots=True)
class Cue:
    """Given once, for all who wait for it."""

    given: bool = False


@dataclass(slots=True)
class Line:
    """What one speaker says: silence until the cue, the recording once, then silence again.

    It is a ``testing.speaker.Voice``: called with the number of each frame, in order.
    """

    payloads: Sequence[bytes]
    cue: Cue
    done: Callable[[], None]
    """Called at the first frame after the recording, and at each one after that."""
    first: int | None = field(default=None, init=False)
    """The number of the frame in which it began."""

    def __call__(self, frame: int) -> bytes:
        """Return the Opus payload for ``frame``."""
        if self.first is None and self.cue.given:
            self.first = frame
        at = -1 if self.first is None else frame - self.first
        if at >= len(self.payloads):
            self.done()
        return self.payloads[at] if 0 <= at < len(self.payloads) else OPUS_SILENCE
