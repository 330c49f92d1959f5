"""A network that fails without a word: a TCP proxy whose connections go dead and stay open."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_CHUNK = 65_536


class BrokenLine:
    """Stands before ``port`` of this machine, at a ``port`` of its own."""

    def __init__(self, port: int) -> None:
        self.target = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._open: list[socket.socket] = []
        self._dead = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def lose_all(self) -> int:
        """Let nothing through any more on what is connected, and tell neither end; count it.

        It is what a change of address does. New connections work.
        """
        self._dead.set()
        self._dead = threading.Event()
        return len(self._open) // 2

    def close(self) -> None:
        for end in [self._listening, *self._open]:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        while True:
            try:
                caller, _ = self._listening.accept()
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                return
            self._open += [caller, server]
            for source, sink in ((caller, server), (server, caller)):
                threading.Thread(target=_pass, args=(source, sink, self._dead), daemon=True).start()


def _pass(source: socket.socket, sink: socket.socket, dead: threading.Event) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(_CHUNK):
            if not dead.is_set():
                sink.sendall(data)
        if not dead.is_set():
            sink.shutdown(socket.SHUT_WR)


@contextmanager
def broken_line(port: int) -> Iterator[BrokenLine]:
    line = BrokenLine(port)
    try:
        yield line
    finally:
        line.close()
