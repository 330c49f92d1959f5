"""Only listed proxies are believed about where a listener is, whatever anybody writes."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.deliver.proxies import Proxies
from vivavoce.deliver.proxy_line import Introduced, introduced
from vivavoce.errors import PeerError, UsageError

OURS = Proxies.read("127.0.0.1, 10.0.0.0/8, 2001:db8::/32")


@pytest.mark.parametrize(
    ("peer", "said", "origin"),
    [
        ("127.0.0.1", None, "127.0.0.1"),
        ("127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("::ffff:127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "198.51.100.7, 10.1.2.3", "198.51.100.7"),
        # The listener wrote the first one: whoever asked our proxy is 198.51.100.7.
        ("127.0.0.1", "203.0.113.1, 198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "10.9.9.9, 198.51.100.7", "198.51.100.7"),
        ("198.51.100.7", "203.0.113.1", "198.51.100.7"),
        ("198.51.100.7", "127.0.0.1", "198.51.100.7"),
        ("127.0.0.1", "rubbish", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.1, rubbish, 10.0.0.2", "10.0.0.2"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "[2001:db9::1]:443", "2001:db9::1"),
        ("127.0.0.1", "198.51.100.7:50000", "198.51.100.7"),
        ("2001:db8::5", "2001:db9::1", "2001:db9::1"),
        ("", "198.51.100.7", ""),
    ],
)
def test_the_nearest_stranger_is_the_listener(peer: str, said: str | None, origin: str) -> None:
    assert OURS.origin(peer, said) == origin
    assert Proxies().origin(peer, said) == peer


def test_a_long_chain_is_not_followed_for_ever() -> None:
    assert (
        OURS.origin("127.0.0.1", "198.51.100.7," + "10.0.0.1," * 5_000 + "10.0.0.2") == "10.0.0.1"
    )


@given(said=st.text())
def test_nobody_but_a_listed_proxy_moves_anything(said: str) -> None:
    assert OURS.origin("198.51.100.7", said) == "198.51.100.7"
    OURS.origin("127.0.0.1", said)


@pytest.mark.parametrize("text", ["localhost", "10.0.0.0/33", "1.2.3", "10.0.0.1 10.0.0.2"])
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="trusted_proxies"):
        Proxies.read(text)


V4 = b"\xc6\x33\x64\x07\x7f\x00\x00\x01" + struct.pack("!HH", 50_000, 443)
V6 = bytes(range(16)) + bytes(16) + struct.pack("!HH", 50_000, 443)
SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"


def version_2(command: int, family: int, body: bytes) -> bytes:
    return SIGNATURE + struct.pack("!BBH", command, family, len(body)) + body


GOOD = [
    (b"PROXY TCP4 198.51.100.7 127.0.0.1 50000 443\r\n", "198.51.100.7"),
    (b"PROXY TCP6 2001:db9::1 ::1 50000 443\r\n", "2001:db9::1"),
    (b"PROXY UNKNOWN\r\n", None),
    (b"PROXY UNKNOWN ffff:f...f ::1 1 1\r\n", None),
    (version_2(0x21, 0x11, V4), "198.51.100.7"),
    (version_2(0x21, 0x11, V4 + b"\x01\x00\x02h2"), "198.51.100.7"),
    (version_2(0x21, 0x21, V6), "1:203:405:607:809:a0b:c0d:e0f"),
    (version_2(0x20, 0x00, b""), None),
    (version_2(0x21, 0x31, bytes(216)), None),
]


@pytest.mark.parametrize(("said", "address"), GOOD)
def test_an_introduction_is_read_however_it_is_cut(said: bytes, address: str | None) -> None:
    for end in range(len(said)):
        assert introduced(said[:end]) is None
    assert introduced(said + b"GET / HTTP/1.1\r\n") == Introduced(address, len(said))


@pytest.mark.parametrize(
    "said",
    [
        b"PROXY TCP4 198.51.100.7 127.0.0.1 50000\r\n",
        b"PROXY TCP4 2001:db9::1 ::1 50000 443\r\n",
        b"PROXY TCP4 198.51.100.7 127.0.0.1 50000 443\n",
        b"PROXY TCP4 " + b"9" * 200,
        b"PROXY UDP4 198.51.100.7 127.0.0.1 1 2\r\n",
        version_2(0x22, 0x11, V4),
        version_2(0x21, 0x11, V4[:11]),
        version_2(0x21, 0x11, bytes(4_000)),
    ],
)
def test_a_broken_introduction_is_refused(said: bytes) -> None:
    with pytest.raises(PeerError):
        introduced(said)


@given(data=st.binary(max_size=300))
def test_whatever_comes_is_read_or_refused(data: bytes) -> None:
    for start in (b"", b"PROXY ", SIGNATURE):
        try:
            found = introduced(start + data)
        except PeerError:
            continue
        assert found is None or 0 <= found.size <= len(start + data)


def test_a_request_is_no_introduction() -> None:
    assert introduced(b"GET / HTTP/1.1\r\n") == Introduced(None, 0)
    assert introduced(b"POST / HTTP/1.1\r\n") == Introduced(None, 0)
