"""What the endpoint needs of whoever turns packets into sound; ``vivavoce.mix.voice`` does."""

from collections.abc import Callable
from typing import Protocol

from vivavoce.media import Frame, Played


class VoiceBuffer(Protocol):
    """One voice: packets in as they come, one frame out every 20 ms."""

    undecodable: int
    """Packets in a row, up to the last, that were not Opus."""

    played: tuple[Played, ...]
    """What the newest frame was made of."""

    def push(self, sequence: int, time: int, payload: bytes, silent: bool, now: float) -> None:
        """Take a packet, its counters unwrapped; ``silent``: the sender says so (RFC 6464)."""

    def tick(self, now: float) -> Frame:
        """Return the next 20 ms; ``SILENCE`` itself where there is nothing."""

    def delay_s(self) -> float:
        """Return how long a packet waits at present before it is played, in seconds."""


NewVoice = Callable[[], VoiceBuffer]
"""Makes an empty one, for a new peer or a new source."""
