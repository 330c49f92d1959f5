import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.webrtc import rtcp, rtp
from vivavoce.webrtc.dtls import SrtpKeys, SrtpProfile
from vivavoce.webrtc.srtp import MAX_SOURCES, Srtp


def pair(profile: SrtpProfile = SrtpProfile.AEAD_AES_128_GCM) -> tuple[Srtp, Srtp]:
    _, key, salt = profile.value
    one, two = bytes(range(key + salt)), bytes(range(100, 100 + key + salt))
    return Srtp(SrtpKeys(profile, one, two)), Srtp(SrtpKeys(profile, two, one))


def packet(sequence: int, ssrc: int = 7) -> bytes:
    return rtp.build(111, sequence, 960 * sequence, ssrc, b"a voice")


@pytest.mark.parametrize("profile", SrtpProfile)
def test_what_one_seals_the_other_opens(profile: SrtpProfile) -> None:
    here, there = pair(profile)
    assert there.open(here.seal(packet(1))) == packet(1)
    report = rtcp.bye(7, "name")
    assert there.open_control(here.seal_control(report)) == report


@given(bit=st.integers(0, 8 * 35 - 1))
def test_srtp_forged_is_counted_and_not_heard(bit: int) -> None:
    here, there = pair()
    sealed = bytearray(here.seal(packet(1)))
    sealed[bit // 8] ^= 1 << bit % 8
    assert there.open(bytes(sealed)) is None
    refused = there.refused
    assert refused.forged + refused.malformed + refused.replayed == 1
    assert there.open(here.seal(packet(2))) == packet(2)  # it did no harm


def test_srtp_replayed_is_counted_and_heard_once() -> None:
    here, there = pair()
    sealed = [here.seal(packet(n)) for n in range(40)]
    assert all(there.open(s) is not None for s in sealed)
    assert all(there.open(s) is None for s in sealed)
    assert there.refused.replayed == 40


@given(order=st.permutations(range(1000, 1040)))
def test_packets_out_of_order_are_all_heard(order: list[int]) -> None:
    here, there = pair()
    sealed = {n: here.seal(packet(n)) for n in range(1000, 1040)}
    assert all(there.open(sealed[n]) == packet(n) for n in order)


@given(data=st.binary(max_size=1600))
def test_noise_opens_to_nothing(data: bytes) -> None:
    _, there = pair()
    assert there.open(data) is None
    assert there.open_control(data) is None


def test_srtcp_replayed_is_not_read_twice() -> None:
    here, there = pair()
    sealed = here.seal_control(rtcp.bye(7, "name"))
    assert there.open_control(sealed) is not None
    assert there.open_control(sealed) is None


def test_a_flood_of_sources_is_bounded() -> None:
    here, there = pair()
    heard = [ssrc for ssrc in range(50) if there.open(here.seal(packet(1, ssrc))) is not None]
    assert heard == list(range(MAX_SOURCES))
    assert there.refused.sources == 50 - MAX_SOURCES
