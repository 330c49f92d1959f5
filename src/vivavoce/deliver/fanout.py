"""The sweep: each new batch goes to every listener of a channel with one write.

No task, no transport and no copy per listener: a bare socket, written to straight from the shared
bytes object, so the only buffer is the kernel's. Listeners who are up to date stand in rows, each
of which is sent to in one go (``rows``, ``sends``); those behind TLS keep their connection.
A sweep is cut into slices so that joins and other channels are served in between.
"""

import asyncio
import errno
import os
import socket
from array import array
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from vivavoce.clock import Clock
from vivavoce.deliver.channel import PATIENCE_S, Channel, Listener, Taker
from vivavoce.deliver.rows import ROW, Row
from vivavoce.deliver.sends import Sends, sends
from vivavoce.deliver.totals import Totals
from vivavoce.deliver.watch import Watch

# The kernel's own default grows to 4 MB: a quarter of an hour of Opus, which a stalled listener
# would get late instead of being moved to the live edge. 32 KiB (Linux doubles it for its
# bookkeeping) is 8 s of Opus with its overhead, and still over 100 KB/s at a round trip of 300 ms.
_SEND_BUFFER: Final = 32 * 1024

# What a listener may have said meanwhile, in reads of 64 KiB: more than the kernel holds for it.
_UNREAD: Final = 128

# What a socket answers that takes nothing just now.
_LATER: Final = {-errno.EAGAIN, -errno.EWOULDBLOCK, -errno.EINTR}


class Fanout:
    """All listeners of one edge."""

    def __init__(self, clock: Clock, totals: Totals, way: Callable[[int], Sends] = sends) -> None:
        self._way = way
        self._clock = clock
        self._totals = totals
        self._due: dict[Channel, None] = {}
        self._sweeping = False
        self._woken_at = 0.0
        self._slowest = 0.0
        self._behind: dict[Listener, Channel] = {}
        # Listeners on bare sockets, by descriptor.
        self._bare: dict[int, tuple[Channel, Listener]] = {}
        self._watch = Watch(self._gone)
        self._sends: Sends | None = None

    @property
    def bare(self) -> int:
        """Listeners that are no connection of asyncio's."""
        return len(self._bare)

    def take(self, channel: Channel, fd: int, says: bytes, opening: bytes) -> None:
        """Add a listener on a bare socket, who is sent the response head ``says`` and ``opening``.

        The descriptor is the fan-out's from now on.
        """
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, fd) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
            sock.detach()
        started = channel.head is not None
        listener = Listener(channel.ring.end if started else -1, fd=fd, ready=started)
        channel.apart[listener] = None
        self._bare[fd] = (channel, listener)
        self._watch.add(fd)
        self._totals.listeners_joined += 1
        first = says + opening
        try:
            taken = os.write(fd, first)
        except OSError:
            taken = -1
        if taken < 0 or (taken != len(first) and not started):
            self._drop(channel, listener)  # a new socket that does not take a head is no listener
        elif taken != len(first):
            listener.rest = first
            listener.sent(taken, now=self._clock.now())
            self._behind[listener] = channel
        elif started:
            channel.in_step(listener)

    def slowest(self) -> float:
        """Return how long the slowest of the sweeps since the last call took, in seconds."""
        slowest, self._slowest = self._slowest, 0.0
        return slowest

    def close(self) -> None:
        """Let go of all listeners on bare sockets."""
        for channel, listener in list(self._bare.values()):
            self._drop(channel, listener)
        self._watch.close()
        if self._sends is not None:
            self._sends.close()
            self._sends = None

    def send(self, fds: "array[int]", body: bytes) -> "Sequence[int] | None":
        """Write ``body`` to non-blocking sockets, whosever they are, as ``Sends`` says."""
        self._sends = self._sends or self._way(ROW)
        return self._sends.send(fds, body)

    def _gone(self, fd: int) -> None:
        found = self._bare.get(fd)
        if found is not None:
            self._drop(*found)

    def join(self, channel: Channel, taker: Taker, transport: asyncio.Transport) -> Listener:
        """Add a listener who has just been sent ``channel.opening()``, or waits for a head."""
        sock: socket.socket = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        started = channel.head is not None
        sealed = transport.get_extra_info("ssl_object") is not None
        listener = Listener(
            channel.ring.end if started else -1, fd=sock.fileno(), taker=taker, sealed=sealed
        )
        channel.apart[listener] = None
        self._totals.listeners_joined += 1
        if started and not taker.unsent():
            listener.ready = not sealed
            if listener.ready:
                channel.in_step(listener)
        elif started:
            listener.behind_since = self._clock.now()
            self._behind[listener] = channel
        return listener

    def leave(self, channel: Channel, listener: Listener) -> None:
        """Forget a listener whose connection is lost or ends; its descriptor may be reused now."""
        if self._bare.pop(listener.fd, None) is not None:
            self._watch.forget(listener.fd)
        channel.forget(listener)
        listener.fd, listener.ready, listener.rest = -1, False, None
        self._behind.pop(listener, None)

    def wake(self, channel: Channel) -> None:
        """Sweep ``channel`` soon: it has a new batch, a head, or has ended."""
        self._due[channel] = None
        if not self._sweeping:
            self._sweeping = True
            self._woken_at = self._clock.now()
            asyncio.get_running_loop().call_soon(self._next_channel)

    def tick(self) -> None:
        """Try again with all who are behind, new batch or not; let go of those who stay so."""
        now = self._clock.now()
        for listener, channel in list(self._behind.items()):
            self._catch_up(channel, listener, now)

    def _next_channel(self) -> None:
        if not self._due:
            self._sweeping = False
            self._slowest = max(self._slowest, self._clock.now() - self._woken_at)
            return
        channel = next(iter(self._due))
        del self._due[channel]
        self._totals.sweeps += 1
        self._slice(channel, deque(channel.rows), deque(channel.apart))

    def _slice(
        self, channel: Channel, rows: "deque[Row[Listener]]", apart: deque[Listener]
    ) -> None:
        """Send to as many as a full row has, in one turn of the loop; go on in the next one."""
        began, many = self._clock.now(), 0
        while rows and many < ROW:
            many += len(rows[0])
            self._send(channel, rows.popleft(), began)
        for _ in range(min(len(apart), ROW - many)):
            self._catch_up(channel, apart.popleft(), began)
        self._totals.sweep_seconds += self._clock.now() - began
        loop = asyncio.get_running_loop()
        if rows or apart:
            loop.call_soon(self._slice, channel, rows, apart)
        else:
            loop.call_soon(self._next_channel)

    def _send(self, channel: Channel, row: "Row[Listener]", now: float) -> None:
        """Send a row what it waits for."""
        ring = channel.ring
        while row and row.next < ring.end:
            if row.next < ring.oldest:  # this process did not come to it for that long
                if not channel.skips:
                    for listener in row:
                        self._let_go(channel, listener)
                    return
                self._totals.parts_skipped += (ring.end - 1 - row.next) * len(row)
                row.next = ring.end - 1
            body = ring.get(row.next)
            row.next += 1
            self._send_batch(channel, row, body, now)
        if channel.ended:
            for listener in row:
                self._finish(channel, listener)

    def _send_batch(self, channel: Channel, row: "Row[Listener]", body: bytes, now: float) -> None:
        fds, size = row.fds, len(body)
        taken = self.send(fds, body)
        if taken is None:
            self._totals.batches_sent += len(fds)
            self._totals.bytes_sent += len(fds) * size
            return
        for fd, some in zip(fds, taken, strict=True):
            if some < size:
                self._fall_behind(channel, row[fd], body, some, now)
            else:
                self._totals.batches_sent += 1
                self._totals.bytes_sent += size

    def _fall_behind(
        self, channel: Channel, listener: Listener, body: bytes, taken: int, now: float
    ) -> None:
        """Take a listener out of its row, who took so many bytes only; or ``-errno``."""
        if taken < 0 and taken not in _LATER:
            self._drop(channel, listener)
            return
        channel.out_of_step(listener)
        listener.rest, taken = body, max(taken, 0)
        listener.sent(taken, now=now)
        self._totals.bytes_sent += taken
        self._behind[listener] = channel

    def _catch_up(self, channel: Channel, listener: Listener, now: float) -> None:
        if listener.row is not None:
            return  # has caught up since the sweep began
        if listener.fd < 0 or not self._opened(channel, listener):
            self._wait_sealed(channel, listener, now)
            self._lose_patience(channel, listener, now)
            return
        while True:
            lost = listener.lost(channel.ring)
            if lost and not channel.skips:
                self._let_go(channel, listener)
                return
            if lost and listener.rest is None:
                self._totals.parts_skipped += listener.rejoin(channel.ring)
            data = listener.due(channel.ring)
            if data is None:
                self._up_to_date(channel, listener)
                return
            try:
                taken = self._write(listener, data)
            except BlockingIOError:
                taken = 0
            except OSError:
                self._drop(channel, listener)
                return
            self._totals.bytes_sent += taken
            if not listener.sent(taken, now=now):
                self._behind[listener] = channel
                self._lose_patience(channel, listener, now)
                return
            self._totals.batches_sent += 1

    def _up_to_date(self, channel: Channel, listener: Listener) -> None:
        self._behind.pop(listener, None)
        if channel.ended:
            self._finish(channel, listener)
        elif listener.ready:
            channel.in_step(listener)

    def _opened(self, channel: Channel, listener: Listener) -> bool:
        """Return whether batches may follow; start a listener who waited for the head."""
        if listener.ready:
            return True
        taker = listener.taker
        if taker is not None and taker.unsent():
            return False
        if listener.next < 0:
            if channel.head is None:
                if channel.ended:
                    self._finish(channel, listener)
                return False
            listener.next = channel.ring.joining()
            listener.rest = channel.head or None
        listener.ready = not listener.sealed
        return True

    def _write(self, listener: Listener, data: bytes | memoryview) -> int:
        if not listener.sealed or listener.taker is None:
            return os.write(listener.fd, data)
        if listener.taker.unsent():
            raise BlockingIOError
        return listener.taker.write(bytes(data))

    def _wait_sealed(self, channel: Channel, listener: Listener, now: float) -> None:
        """Begin to wait for a peer behind TLS who does not take what it was given."""
        taker = listener.taker
        if listener.sealed and listener.fd >= 0 and taker is not None and taker.unsent():
            listener.behind_since = listener.behind_since or now
            self._behind[listener] = channel

    def _lose_patience(self, channel: Channel, listener: Listener, now: float) -> None:
        since = listener.behind_since
        if since is not None and now - since > PATIENCE_S and listener.fd >= 0:
            self._let_go(channel, listener)

    def _let_go(self, channel: Channel, listener: Listener) -> None:
        self._totals.listeners_let_go += 1
        self._drop(channel, listener)

    def _drop(self, channel: Channel, listener: Listener) -> None:
        taker, fd = listener.taker, listener.fd
        self.leave(channel, listener)
        if taker is not None:
            taker.abort()
        elif fd >= 0:
            os.close(fd)

    def _finish(self, channel: Channel, listener: Listener) -> None:
        taker, fd = listener.taker, listener.fd
        self.leave(channel, listener)
        if taker is not None:
            taker.finish()
        elif fd >= 0:
            _hang_up(fd)


def _hang_up(fd: int) -> None:
    """Close in good order: with bytes of the peer unread, the kernel would cut the sound off."""
    try:
        for _ in range(_UNREAD):
            if not os.read(fd, 65_536):
                break
    except OSError:
        pass
    os.close(fd)
