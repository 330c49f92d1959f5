"""Noticing that a listener has hung up, without a transport for each: one epoll for all.

Where there is no epoll (macOS), the next batch finds out.
"""

import asyncio
import select
from collections.abc import Callable
from typing import Final

# Then others have their turn: 5,000 who leave in one second are found in 20 turns.
_AT_ONCE: Final = 256


class Watch:
    """Descriptors of peers; ``gone`` is told those whose peer has shut its side."""

    def __init__(self, gone: Callable[[int], None]) -> None:
        self._gone = gone
        self._epoll = select.epoll() if hasattr(select, "epoll") else None
        self._open = False

    def add(self, fd: int) -> None:
        """Watch a descriptor."""
        if self._epoll is None:
            return
        if not self._open:
            asyncio.get_running_loop().add_reader(self._epoll.fileno(), self._look)
            self._open = True
        self._epoll.register(fd, select.EPOLLRDHUP)

    def forget(self, fd: int) -> None:
        """Watch a descriptor no longer; before it is closed, since its number comes again."""
        if self._epoll is not None:
            self._epoll.unregister(fd)

    def close(self) -> None:
        """Watch nothing any more."""
        if self._epoll is None or self._epoll.closed:
            return
        if self._open:
            asyncio.get_running_loop().remove_reader(self._epoll.fileno())
        self._epoll.close()

    def _look(self) -> None:
        assert self._epoll is not None
        for fd, _ in self._epoll.poll(0, _AT_ONCE):
            self._gone(fd)
