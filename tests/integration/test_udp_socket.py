import ipaddress
import socket
import sys
from datetime import datetime, timedelta

import pytest
from tests.caller import until

from vivavoce.clock import SystemClock
from vivavoce.webrtc.local import local_addresses
from vivavoce.webrtc.udp_socket import Arrival, Port, bind


def test_every_local_address_can_be_bound_and_none_is_the_wildcard() -> None:
    found = local_addresses()
    assert "127.0.0.1" in found
    assert len(found) == len(set(found))
    for host in found:
        assert not ipaddress.ip_address(host).is_unspecified
        sock, port = bind(host, 0)
        with sock:
            assert sock.type == socket.SOCK_DGRAM
            assert port > 0


@pytest.mark.anyio
async def test_what_has_come_is_taken_at_once_by_who_gathers_and_soon_by_nobody() -> None:
    clock, taken = SystemClock(), list[tuple[bytes, float]]()

    def take(data: bytes, arrival: Arrival, at: float) -> None:
        taken.append((data, at))
        arrival.reply(data.upper())

    sock, number = bind("127.0.0.1", 0)
    port = Port(sock, take, clock)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.connect(("127.0.0.1", number))
        for data in (b"a", b"b"):
            peer.send(data)
        port.gather()  # in this very moment, with no turn of the loop
        assert [data for data, _ in taken] == [b"a", b"b"]
        assert [peer.recv(10), peer.recv(10)] == [b"A", b"B"]
        peer.send(b"c")
        await until(lambda: len(taken) == 3)
        assert all(at <= clock.now() for _, at in taken)
        port.send(bytes(70_000), peer.getsockname())  # larger than any datagram
        assert port.unsent == 1
    port.close()


@pytest.mark.anyio
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says when a datagram came")
async def test_a_datagram_that_waited_has_the_time_at_which_it_came() -> None:
    class Later(SystemClock):
        """Both clocks half a second further than when the system stamps."""

        def now(self) -> float:
            return super().now() + 0.5

        def wall(self) -> datetime:
            return super().wall() + timedelta(seconds=0.5)

    taken: list[float] = []
    sock, number = bind("127.0.0.1", 0)
    port = Port(sock, lambda _data, _arrival, at: taken.append(at), Later())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.connect(("127.0.0.1", number))
        peer.send(b"a")
        port.gather()
    port.close()
    waited = Later().now() - taken[0]
    assert waited >= 0.5
