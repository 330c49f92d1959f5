import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL
from tests.caller import WALL, Caller

from vivavoce.errors import PeerError
from vivavoce.webrtc import dtls
from vivavoce.webrtc.dtls import Dtls, Identity, SrtpProfile
from vivavoce.webrtc.offer import Fingerprint, parse_offer

IDENTITY = Identity(WALL)


def server_for(caller: Caller) -> Dtls:
    return Dtls(IDENTITY, parse_offer(caller.offer()).fingerprints)


def shake(server: Dtls, caller: Caller) -> None:
    flight = caller.shake([])
    while server.keys is None:
        assert flight
        flight = caller.shake([d for f in flight for d in server.receive(f)])
    caller.agree()


@pytest.mark.parametrize("profile", SrtpProfile)
def test_both_ends_derive_the_same_keys(profile: SrtpProfile) -> None:
    caller = Caller(profile)
    server = server_for(caller)
    shake(server, caller)
    assert server.keys is not None
    assert server.keys.profile is profile
    _, key, salt = profile.value
    assert len(server.keys.theirs) == len(server.keys.ours) == key + salt


def test_a_certificate_that_the_offer_did_not_name_gets_no_keys() -> None:
    caller = Caller()
    server = Dtls(IDENTITY, (Fingerprint("sha-256", bytes(32)),))
    with pytest.raises(PeerError, match="certificate"):
        shake(server, caller)
    assert server.keys is None


def whole(datagram: bytes) -> bool:
    """Whether the records in a datagram fill it exactly (RFC 6347 section 4.1)."""
    at = 0
    while at < len(datagram):
        at += 13 + int.from_bytes(datagram[at + 11 : at + 13])
    return at == len(datagram)


def test_no_datagram_exceeds_the_mtu_and_each_holds_whole_records() -> None:
    caller = Caller()
    server = server_for(caller)
    flight = caller.shake([])
    while server.keys is None:
        answers = [d for f in flight for d in server.receive(f)]
        assert all(0 < len(d) <= dtls.MTU for d in answers)
        assert all(map(whole, answers))
        flight = caller.shake(answers)


def test_a_flight_waits_a_second_for_its_answer_before_it_is_sent_again() -> None:
    caller = Caller()
    server = server_for(caller)
    flight = [d for f in caller.shake([]) for d in server.receive(f)]
    assert flight
    wait = server.timeout_in()
    assert wait is not None
    assert 0 < wait <= 1.0
    assert server.timeout() == []  # it is not time yet
    while server.keys is None:
        flight = [d for f in caller.shake(flight) for d in server.receive(f)]
    assert server.timeout_in() is None


@given(data=st.binary(max_size=200))
def test_noise_costs_nothing(data: bytes) -> None:
    server = Dtls(IDENTITY, ())
    assert server.receive(data) == []
    assert server.rejected == 1


def handshake_fragment(sequence: int, body: bytes) -> bytes:
    """Return a record with one fragment of a ClientHello that claims to be far longer."""
    fragment = struct.pack("!B", 1) + (60_000).to_bytes(3) + struct.pack("!H", 0)
    fragment += (sequence * len(body)).to_bytes(3) + len(body).to_bytes(3) + body
    head = struct.pack("!BHHIHH", 22, 0xFEFD, 0, 0, sequence & 0xFFFF, len(fragment))
    return head + fragment


def flood(server: Dtls) -> None:
    for n in range(dtls.MAX_DATAGRAMS + 1):
        server.receive(handshake_fragment(n, bytes(100)))


def test_a_fragment_flood_is_cut_off() -> None:
    server = Dtls(IDENTITY, ())
    with pytest.raises(PeerError):
        flood(server)
    assert server.keys is None


@given(data=st.data())
def test_damaged_handshakes_fail_as_the_peer_s_fault_or_are_ignored(data: st.DataObject) -> None:
    caller = Caller()
    server = server_for(caller)
    for datagram in caller.shake([]):
        damaged = bytearray(datagram)
        at = data.draw(st.integers(0, 8 * len(damaged) - 1))
        damaged[at // 8] ^= 1 << at % 8
        cut = data.draw(st.integers(0, len(damaged)))
        with contextlib.suppress(PeerError):
            server.receive(bytes(damaged[:cut]))
    assert server.keys is None


def test_plaintext_in_dtls_changes_nothing() -> None:
    caller = Caller()
    server = server_for(caller)
    shake(server, caller)
    keys = server.keys
    alert = struct.pack("!BHHIHH", 21, 0xFEFD, 0, 0, 99, 2) + b"\x02\x00"  # fatal close_notify
    data = struct.pack("!BHHIHH", 23, 0xFEFD, 0, 0, 100, 5) + b"hello"
    for plain in (alert, data, *Caller().shake([])):
        server.receive(plain)
    assert not server.closed
    assert server.keys is keys


def test_renegotiation_is_refused_and_the_keys_stay() -> None:
    caller = Caller()
    server = server_for(caller)
    shake(server, caller)
    keys = server.keys
    caller.ssl.renegotiate()
    for datagram in caller.shake([]):
        server.receive(datagram)
    assert server.keys is keys


def test_an_authentic_goodbye_closes() -> None:
    caller = Caller()
    server = server_for(caller)
    shake(server, caller)
    caller.ssl.shutdown()
    server.receive(caller.ssl.bio_read(4096))
    assert server.closed


def test_our_goodbye_is_said_once() -> None:
    caller = Caller()
    server = server_for(caller)
    assert server.close() == []
    shake(server, caller)
    assert len(server.close()) == 1
    assert server.close() == []


def weak(caller: Caller, what: str) -> None:
    """Let the caller speak DTLS as nobody should any more."""
    context = SSL.Context(SSL.DTLS_CLIENT_METHOD)
    if what != "anonymous":
        context.use_privatekey(caller._key)
        context.use_certificate(caller.certificate)
    if what == "DTLS 1.0":
        context.set_max_proto_version(0xFEFF)
        context.set_cipher_list(b"ALL:@SECLEVEL=0")
    elif what not in ("anonymous", "no SRTP"):
        context.set_cipher_list(what.encode() + b":@SECLEVEL=0")
    if what != "no SRTP":
        context.set_tlsext_use_srtp(caller.profile.value[0])
    caller.ssl = SSL.Connection(context, None)
    caller.ssl.set_ciphertext_mtu(1200)
    caller.ssl.set_connect_state()


@pytest.mark.parametrize(
    "what",
    [
        "anonymous",
        "no SRTP",
        "DTLS 1.0",
        "ECDHE-ECDSA-AES128-SHA",  # CBC
        "ECDHE-ECDSA-AES256-SHA384",
        "AES128-GCM-SHA256",  # no forward secrecy
        "ECDHE-ECDSA-NULL-SHA",
    ],
)
def test_weak_ciphers_versions_and_profiles_get_no_keys(what: str) -> None:
    caller = Caller()
    server = server_for(caller)
    weak(caller, what)
    try_to_shake(server, caller)
    assert server.keys is None


def try_to_shake(server: Dtls, caller: Caller) -> None:
    with contextlib.suppress(PeerError, SSL.Error):
        flight = caller.shake([])
        while flight and server.keys is None:
            flight = caller.shake([d for f in flight for d in server.receive(f)])


@pytest.mark.parametrize("what", ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"])
def test_approved_ciphers_get_keys(what: str) -> None:
    caller = Caller()
    server = server_for(caller)
    weak(caller, what)
    try_to_shake(server, caller)
    assert server.keys is not None


def test_the_key_is_made_at_each_start_and_is_nowhere_else() -> None:
    other = Identity(WALL)
    assert other.fingerprint != IDENTITY.fingerprint
    # Within OpenSSL's context alone: there is nothing that could be written or logged.
    assert sorted(vars(other)) == ["context", "fingerprint"]
