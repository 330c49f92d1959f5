"""One pushed stream of sound: its listeners, dealt out over lanes that take turns. Pure.

Batches of six parts end in another lane with each part, and so a core that is full of listeners
sends to a sixth of them each 320 ms, instead of to all of them at one moment and then to nobody.
The last one is reached six times sooner.
"""

from typing import Final

from vivavoce.deliver.batch import Gathering, Join
from vivavoce.deliver.channel import Channel

# As many as the longest batch has parts; with shorter ones, several lanes end together.
LANES: Final = 6


class Lanes:
    """The lanes of one stream; ``join`` makes one body of the parts of a batch."""

    def __init__(self, head: bytes | None, join: Join = b"".join) -> None:
        self.channels: Final = tuple(Channel(head) for _ in range(LANES))
        self._gathered: Final = tuple(Gathering(join) for _ in range(LANES))

    @property
    def head(self) -> bytes | None:
        """Bytes before the first batch; None while they are not known."""
        return self.channels[0].head

    @property
    def listeners(self) -> int:
        """How many listen, on all lanes."""
        return sum(channel.listeners for channel in self.channels)

    @property
    def waits(self) -> bool:
        """Whether parts wait for their batch."""
        return any(map(len, self._gathered))

    @property
    def ended(self) -> bool:
        """Whether nothing comes any more."""
        return self.channels[0].ended

    def emptiest(self) -> Channel:
        """Return the lane for the next listener."""
        return min(self.channels, key=lambda channel: channel.listeners)

    def begin(self, head: bytes) -> None:
        """Set the head, or change it."""
        for channel in self.channels:
            channel.begin(head)

    def add(self, number: int, body: bytes, size: int) -> list[Channel]:
        """Take part ``number``, with ``size`` parts to a batch; return the lanes that got one."""
        touched = []
        for phase, (channel, gathered) in enumerate(
            zip(self.channels, self._gathered, strict=True)
        ):
            due = gathered.add(number + phase, body, size)
            for batch, parts in due:
                channel.push(batch, parts)
            if due:
                touched.append(channel)
        return touched

    def flush(self) -> list[Channel]:
        """Send what has been gathered, whole or not; return the lanes that got something."""
        touched = []
        for channel, gathered in zip(self.channels, self._gathered, strict=True):
            for batch, parts in gathered.flush():
                channel.push(batch, parts)
                touched.append(channel)
        return touched

    def end(self) -> None:
        """Send the rest, and nothing after it."""
        self.flush()
        for channel in self.channels:
            channel.ended = True
