import ipaddress
import socket

from vivavoce.webrtc.udp_socket import bind, local_addresses


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
