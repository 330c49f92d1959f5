"""The fan-out on real sockets: what is sent is what is heard, by either way of sending."""

import asyncio
import errno
import random
import socket
from array import array
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vivavoce.deliver import sends as ways
from vivavoce.deliver.channel import PATIENCE_S, Channel
from vivavoce.deliver.fanout import Fanout
from vivavoce.deliver.rows import ROW
from vivavoce.deliver.sends import Sends, Submitted, Written
from vivavoce.deliver.totals import Totals
from vivavoce.testing.clock import FakeClock

pytestmark = pytest.mark.anyio


def submitted(most: int) -> Sends:
    try:
        return Submitted(most)
    except OSError as error:
        pytest.skip(f"no io_submit here: {error}")


WAYS = pytest.mark.parametrize(
    "way", [submitted, lambda _: Written()], ids=["submitted", "written"]
)
Way = Callable[[int], Sends]


def all_of(sock: socket.socket) -> bytes:
    """Receive what is there."""
    got = bytearray()
    try:
        while data := sock.recv(1 << 20):
            got += data
    except (BlockingIOError, ConnectionResetError):
        pass
    return bytes(got)


@WAYS
@settings(max_examples=30, deadline=None)
@given(
    peers=st.lists(st.sampled_from(["free", "full", "gone"]), max_size=20),
    size=st.integers(1, 3_000),
    most=st.integers(1, 8),
)
def test_what_a_send_says_was_taken_is_what_arrives(
    way: Way, peers: list[str], size: int, most: int
) -> None:
    body = random.Random(size).randbytes(size)
    with ExitStack() as stack:
        sender = stack.enter_context(closing(way(most)))
        here, there = array("I"), []
        for peer in peers:
            one, other = (stack.enter_context(sock) for sock in socket.socketpair())
            one.setblocking(False)
            other.setblocking(False)
            if peer == "full":
                while sender.send(array("I", [one.fileno()]), b"x" * 4_096) is None:
                    pass
            elif peer == "gone":
                other.close()
            here.append(one.fileno())
            there.append(other)
        taken = sender.send(here, body)
        assert (taken is None) == (set(peers) <= {"free"})
        told = taken if taken is not None else [size] * len(peers)
        wanted = {"free": size, "full": -errno.EAGAIN, "gone": -errno.EPIPE}
        assert list(told) == [wanted[peer] for peer in peers]
        for peer, sock in zip(peers, there, strict=True):
            if peer == "free":
                assert all_of(sock) == body


def test_a_machine_that_forbids_it_sends_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> Sends:
        raise OSError(errno.EPERM, "io_setup")

    monkeypatch.setattr(ways, "Submitted", refuse)
    assert isinstance(ways.sends(ROW), Written)

    class Odd(Written):
        def send(self, fds: "array[int]", body: bytes) -> list[int] | None:
            return None  # says that all went well

    monkeypatch.setattr(ways, "Submitted", lambda _: Odd())
    assert type(ways.sends(ROW)) is Written


BATCH = 1_500
TURNS = 10_000


def batch(number: int) -> bytes:
    return number.to_bytes(4, "big") * (BATCH // 4)


class House:
    """A channel with listeners on socket pairs, some of whom read seldom or leave."""

    def __init__(self, way: Way, seed: int) -> None:
        self.chance = random.Random(seed)
        self.totals, self.clock = Totals(), FakeClock()
        self.fanout = Fanout(self.clock, self.totals, way)
        self.channel = Channel(b"head")
        self.peers: dict[socket.socket, bytearray] = {}
        self.slow: set[socket.socket] = set()

    def join(self, many: int, *, slow: bool = False) -> None:
        for _ in range(many):
            here, there = socket.socketpair()
            for sock in (here, there):
                sock.setblocking(False)
            self.fanout.take(self.channel, here.detach(), b"", self.channel.opening())
            self.peers[there] = bytearray()
            if slow:
                self.slow.add(there)

    def leave(self, many: int) -> None:
        for sock in self.chance.sample(sorted(self.peers, key=id), min(many, len(self.peers))):
            self.slow.discard(sock)
            del self.peers[sock]
            sock.close()

    def read(self, *, slow: bool) -> None:
        for sock, got in self.peers.items():
            if slow or sock not in self.slow:
                got.extend(all_of(sock))

    def heard(self) -> Iterator[list[int]]:
        """Yield what each has heard; only whole batches."""
        for got in self.peers.values():
            assert got[:4] == b"head"
            numbers = [got[at : at + 4] for at in range(4, len(got), BATCH)]
            assert bytes(got[4:]) == b"".join(bytes(one) * (BATCH // 4) for one in numbers)
            yield [int.from_bytes(one, "big") for one in numbers]

    async def swept(self) -> None:
        """Let the sweep come to its end."""
        for _ in range(TURNS):
            if not self.fanout._sweeping:
                return
            await asyncio.sleep(0)
        raise AssertionError("the sweep does not end")

    async def settled(self) -> None:
        """Read until everybody has everything, and all who left were noticed."""
        for _ in range(TURNS):
            await self.swept()
            self.read(slow=True)
            self.fanout.tick()
            await asyncio.sleep(0)
            if not self.fanout._behind and self.fanout.bare == len(self.peers):
                self.read(slow=True)
                return
        raise AssertionError("not everybody was sent to")

    def close(self) -> None:
        self.fanout.close()
        self.leave(len(self.peers))


@WAYS
@pytest.mark.parametrize("seed", range(3))
async def test_whole_batches_in_order_whoever_comes_leaves_or_stalls(way: Way, seed: int) -> None:
    with closing(House(way, seed)) as house:
        house.join(2 * ROW)
        for number in range(120):
            house.channel.push(batch(number))
            house.fanout.wake(house.channel)
            for _ in range(house.chance.randrange(6)):  # somewhere within a sweep
                await asyncio.sleep(0)
                what = house.chance.random()
                if what < 0.2:
                    house.join(house.chance.randrange(20), slow=what < 0.05)
                elif what < 0.3:
                    house.leave(house.chance.randrange(20))
            house.read(slow=house.chance.random() < 0.02)
            house.clock.advance(0.05)
            house.fanout.tick()
        await house.settled()
        assert house.channel.listeners == house.fanout.bare == len(house.peers)
        missed = 0
        for sock, numbers in zip(house.peers, house.heard(), strict=True):
            assert numbers == sorted(set(numbers))
            assert numbers[-1] == 119
            gaps = numbers[-1] - numbers[0] + 1 - len(numbers)
            assert not gaps or sock in house.slow, "a good listener missed something"
            missed += gaps
        assert missed <= house.totals.parts_skipped
        assert not house.totals.listeners_let_go


@WAYS
async def test_who_takes_nothing_is_let_go_and_all_is_counted(way: Way) -> None:
    with closing(House(way, 0)) as house:
        house.join(40)
        house.join(10, slow=True)
        for number in range(400):
            house.channel.push(batch(number))
            house.fanout.wake(house.channel)
            await house.swept()
            house.read(slow=False)
        for _ in range(3):
            house.clock.advance(PATIENCE_S)
            house.fanout.tick()
        assert house.totals.listeners_let_go == 10
        assert house.channel.listeners == 40
        house.read(slow=True)
        good = [got for sock, got in house.peers.items() if sock not in house.slow]
        assert {len(got) for got in good} == {4 + 400 * BATCH}
        sent = sum(len(got) - 4 for got in house.peers.values())
        assert house.totals.bytes_sent == sent
        assert house.totals.batches_sent == sum(
            (len(got) - 4) // BATCH for got in house.peers.values()
        )


@WAYS
async def test_the_end_comes_after_the_last_batch(way: Way) -> None:
    with closing(House(way, 0)) as house:
        house.join(ROW + 10)
        house.join(3, slow=True)
        for number in range(3):
            house.channel.push(batch(number))
        house.channel.ended = True
        house.fanout.wake(house.channel)
        await house.swept()
        house.read(slow=True)
        assert list(house.heard()) == [[0, 1, 2]] * (ROW + 13)
        assert house.channel.listeners == house.fanout.bare == 0
