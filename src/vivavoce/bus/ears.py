"""What many sockets have said, asked of the kernel now and then: nobody is woken up by it.

To wake the event loop for one small message costs ten times what it takes to read it. What may wait
for half a second is therefore left with the kernel: one call says who has said something, and these
alone are read.
"""

import os
import select
from collections.abc import Callable
from typing import Final

# What one socket may say at a time; the rest is there the next time. To have room for more than
# nearly all say takes longer than to read it.
_SMALL: Final = 2_048
_MORE: Final = 65_536


class Ears:
    """Descriptors of non-blocking sockets, and who is to be called when there is anything."""

    def __init__(self) -> None:
        self._epoll: select.epoll | None = None
        self._heard: dict[int, Callable[[], None]] = {}

    def add(self, fd: int, heard: Callable[[], None]) -> bool:
        """Begin to ask about a socket; False where this cannot be done (there is no epoll)."""
        if not hasattr(select, "epoll"):
            return False
        self._epoll = self._epoll or select.epoll()
        self._epoll.register(fd, select.EPOLLIN | select.EPOLLRDHUP)
        self._heard[fd] = heard
        return True

    def forget(self, fd: int) -> None:
        """Ask no longer; before it is closed, since its number comes again."""
        if self._heard.pop(fd, None) is None or self._epoll is None:
            return
        self._epoll.unregister(fd)
        if not self._heard:
            self._epoll.close()
            self._epoll = None

    def listen(self) -> None:
        """Call for each socket that has bytes, has reached its end or has failed."""
        if self._epoll is None:
            return
        for fd, _ in self._epoll.poll(0, len(self._heard)):
            if heard := self._heard.get(fd):
                heard()

    def read(self, fd: int) -> bytes | None:
        """Return what is there, empty at the end; None if nothing is. ``OSError`` if it broke."""
        data = None
        try:
            data = os.read(fd, _SMALL)
            if len(data) == _SMALL:
                data += os.read(fd, _MORE)
        except (BlockingIOError, InterruptedError):
            return data
        return data
