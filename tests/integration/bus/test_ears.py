"""Sockets that are asked what they have heard, with the kernel's own answers."""

import os
import select
import socket
import struct
from collections.abc import Iterator

import pytest

from vivavoce.bus.ears import Ears

pytestmark = pytest.mark.skipif(not hasattr(select, "epoll"), reason="no epoll here")


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A TCP connection: ours, which does not block, and the peer's."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        there = socket.create_connection(door.getsockname())
        here, _ = door.accept()
    here.setblocking(False)
    with here, there:
        yield here, there


class Heard:
    """Reads when it is called, and keeps what it got."""

    def __init__(self, ears: Ears, sock: socket.socket) -> None:
        self.ears, self.fd = ears, sock.fileno()
        self.got: list[bytes | None] = []
        assert ears.add(self.fd, self)

    def __call__(self) -> None:
        self.got.append(self.ears.read(self.fd))


def readable(sock: socket.socket) -> None:
    """Wait until the kernel has what the peer sent."""
    assert select.select([sock], [], [], 30)[0]


def test_who_has_said_something_is_called_and_nobody_else(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    here, there = pair
    ears = Ears()
    heard = Heard(ears, here)
    ears.listen()
    assert heard.got == []
    assert ears.read(heard.fd) is None
    there.sendall(b"one")
    readable(here)
    ears.listen()
    ears.listen()
    assert heard.got == [b"one"]
    there.shutdown(socket.SHUT_WR)
    readable(here)
    ears.listen()
    assert heard.got == [b"one", b""]
    ears.forget(heard.fd)
    ears.listen()
    assert len(heard.got) == 2


def test_a_connection_that_breaks_is_told(pair: tuple[socket.socket, socket.socket]) -> None:
    here, there = pair
    ears = Ears()
    heard = Heard(ears, here)
    there.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    there.close()
    readable(here)
    with pytest.raises(ConnectionResetError):
        ears.listen()
    ears.forget(heard.fd)


def test_a_descriptor_that_comes_again_is_the_new_ones(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    here, there = pair
    ears = Ears()
    first = Heard(ears, here)
    ears.forget(first.fd)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        os.dup2(ours.fileno(), first.fd)
        second = Heard(ears, here)
        there.close()  # of the connection that is gone
        theirs.sendall(b"new")
        readable(ours)
        ears.listen()
        assert (first.got, second.got) == ([], [b"new"])
        ears.forget(second.fd)


def test_nothing_is_held_when_nobody_is_asked(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[select.epoll] = []
    new = select.epoll

    def remembered() -> select.epoll:
        made.append(new())
        return made[-1]

    monkeypatch.setattr(select, "epoll", remembered)
    ears = Ears()
    for _ in range(2):
        heard = Heard(ears, pair[0])
        ears.forget(heard.fd)
        ears.forget(heard.fd)
        ears.listen()
    assert [one.closed for one in made] == [True, True]
