"""The queue between the mix and the encoders. Pure.

When the encoders fall behind, frames are lost but never time: each lost frame is a silent one.
"""

from collections import deque
from typing import Final

from vivavoce.media import SILENCE, Frame

# One second. Encoding takes a fiftieth of real time: who is a second behind is stuck, not slow.
BOUND: Final = 50


class Backlog:
    """Holds at most ``BOUND`` frames; while it is full, the newest are lost and counted."""

    def __init__(self) -> None:
        self._frames: deque[Frame] = deque()
        self._owed = 0
        self.lost = 0
        """Frames that became silence."""

    def put(self, frame: Frame) -> None:
        """Add the next frame. After a loss, frames are lost until all that waits was taken."""
        if self._owed or len(self._frames) >= BOUND:
            self._owed += 1
            self.lost += 1
        else:
            self._frames.append(frame)

    def take(self, most: int) -> list[Frame]:
        """Return up to ``most`` of the next frames, one for every ``put``, in order."""
        if not self._frames and self._owed:
            count = min(most, self._owed)
            self._owed -= count
            return [SILENCE] * count
        return [self._frames.popleft() for _ in range(min(most, len(self._frames)))]

    def __len__(self) -> int:
        return len(self._frames) + self._owed
