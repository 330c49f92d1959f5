"""One body to many sockets. On Linux with one system call for a whole row of them.

``io_submit`` (Linux AIO, since 2.6) does a write to a non-blocking socket at once, within the call:
what it takes is what ``write`` would, without the way into the kernel and back, and through the
interpreter, for each listener. Measured: a fifth of the whole cost of a send on loopback. Where it
is not to be had (other systems, a sandbox that forbids it, its limit ``fs.aio-max-nr`` reached)
the writes are made one by one.
"""

import ctypes
import errno
import os
import platform
import socket
import sys
from array import array
from collections.abc import Sequence
from itertools import islice, repeat
from typing import Final, Protocol

# io_setup, io_destroy, io_getevents, io_submit. (asm/unistd_64.h; asm-generic/unistd.h)
_CALLS: Final = {"x86_64": (206, 207, 208, 209), "aarch64": (0, 1, 4, 2)}

# struct iocb (linux/aio_abi.h) in 32-bit words of a little-endian machine: 64 bytes.
_WORDS: Final = 16
_DATA, _OPCODE, _FD, _BUF, _BUF_HIGH, _NBYTES = 0, 4, 5, 6, 7, 8
_PWRITE: Final = 1  # IOCB_CMD_PWRITE, the priority in the upper half being 0

# struct io_event in 64-bit words: data, obj, res, res2.
_EVENT, _RES = 4, 2


class Sends(Protocol):
    """Sends one body to many."""

    def send(self, fds: "array[int]", body: bytes) -> "Sequence[int] | None":
        """Write ``body`` to non-blocking sockets, each once.

        Return None if each has taken all, or what each has taken; ``-errno`` where it failed.
        """

    def close(self) -> None:
        """Give back what the kernel holds for it."""


def sends(most: int) -> Sends:
    """Return the best way here to send to at most ``most`` sockets at once."""
    try:
        found = Submitted(most)
    except OSError:
        return Written()
    if _works(found):
        return found
    found.close()
    return Written()


class Written:
    """One ``write`` after the other."""

    def send(self, fds: "array[int]", body: bytes) -> Sequence[int] | None:
        """Write to each, as ``Sends`` says."""
        taken: list[int] = []
        while len(taken) < len(fds):
            try:
                # What was returned before one of them fails, stays in the list.
                taken.extend(map(os.write, islice(fds, len(taken), None), repeat(body)))
            except OSError as error:
                taken.append(-(error.errno or errno.EIO))
        return None if taken.count(len(body)) == len(taken) else taken

    def close(self) -> None:
        """Nothing is held."""


class Submitted:
    """Writes of a row in one ``io_submit``; ``OSError`` where there is none."""

    def __init__(self, most: int) -> None:
        numbers = _CALLS.get(platform.machine())
        if numbers is None or sys.platform != "linux" or sys.maxsize < 2**32:
            raise OSError(errno.ENOSYS, "no io_submit here")
        self._most = most
        setup, self._destroy, self._getevents, self._submit = numbers
        call = ctypes.CDLL(None, use_errno=True).syscall
        call.restype = ctypes.c_long
        self._call = call
        # The arrays are never resized: their addresses hold.
        self._iocbs = array("I", bytes(4 * _WORDS * most))
        self._iocbs[_DATA::_WORDS] = array("I", range(most))
        self._iocbs[_OPCODE::_WORDS] = array("I", [_PWRITE]) * most
        first = self._iocbs.buffer_info()[0]
        self._list = array("Q", range(first, first + 4 * _WORDS * most, 4 * _WORDS))
        self._events = array("q", bytes(8 * _EVENT * most))
        self._at_list = ctypes.c_void_p(self._list.buffer_info()[0])
        self._at_events = ctypes.c_void_p(self._events.buffer_info()[0])
        self._context = ctypes.c_ulong(0)
        if call(ctypes.c_long(setup), ctypes.c_long(most), ctypes.byref(self._context)):
            raise OSError(ctypes.get_errno(), "io_setup")

    def send(self, fds: "array[int]", body: bytes) -> Sequence[int] | None:
        """Write to each, as ``Sends`` says."""
        taken: Sequence[int] | None = None
        for start in range(0, len(fds), self._most):
            some = fds[start : start + self._most]
            found = self._send(some, body)
            if found is not None or taken is not None:
                done = [len(body)] * start if taken is None else list(taken)
                taken = [*done, *(found or [len(body)] * len(some))]
        return taken

    def _send(self, fds: "array[int]", body: bytes) -> Sequence[int] | None:
        many, iocbs = len(fds), self._iocbs
        end = _WORDS * many
        at = ctypes.cast(ctypes.c_char_p(body), ctypes.c_void_p).value or 0
        iocbs[_FD:end:_WORDS] = fds
        iocbs[_BUF:end:_WORDS] = array("I", [at & 0xFFFFFFFF]) * many
        iocbs[_BUF_HIGH:end:_WORDS] = array("I", [at >> 32]) * many
        iocbs[_NBYTES:end:_WORDS] = array("I", [len(body)]) * many
        submitted = self._call(
            ctypes.c_long(self._submit), self._context, ctypes.c_long(many), self._at_list
        )
        submitted = max(submitted, 0)
        self._reap(submitted)
        taken = self._events[_RES : _EVENT * submitted : _EVENT]
        if submitted == many and taken == array("q", [len(body)]) * many:
            return None
        # By the number of each, whatever the order; those that the kernel did not begin, by hand.
        found = dict(zip(self._events[0 : _EVENT * submitted : _EVENT], taken, strict=True))
        rest = Written().send(fds[submitted:], body) or [len(body)] * (many - submitted)
        return [*(found[number] for number in range(submitted)), *rest]

    def _reap(self, many: int) -> None:
        """Take the results: they are there, since each write was over before the call was."""
        if not many:
            return
        long = ctypes.c_long
        got = self._call(
            long(self._getevents), self._context, long(many), long(many), self._at_events, None
        )
        if got != many:
            raise OSError(ctypes.get_errno(), "io_getevents")

    def close(self) -> None:
        """Give the context back."""
        if self._context.value:
            self._call(ctypes.c_long(self._destroy), self._context)
            self._context.value = 0


def _works(way: Sends) -> bool:
    """Try a way out: bytes come out whole, a full buffer and a closed peer are told."""
    full, body = -errno.EAGAIN, b"works" * 64
    here, there = socket.socketpair()
    gone, peer = socket.socketpair()
    peer.close()
    with here, there, gone:
        for sock in (here, gone):
            sock.setblocking(False)
        fds = array("I", [here.fileno(), gone.fileno()])
        try:
            if way.send(fds, body) != [len(body), -errno.EPIPE] or there.recv(4_096) != body:
                return False
            long = bytes(1 << 20)
            taken = [way.send(fds[:1], long) for _ in range(64)]
        except OSError:
            return False
        return taken[-1] == [full]
