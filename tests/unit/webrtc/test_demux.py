from hypothesis import given
from hypothesis import strategies as st

from vivavoce.webrtc.demux import Kind, kind_of


@given(data=st.binary(max_size=64))
def test_every_datagram_is_exactly_what_its_first_bytes_say(data: bytes) -> None:
    kind = kind_of(data)
    if len(data) < 2:
        assert kind is Kind.UNKNOWN
        return
    first, second = data[0], data[1]
    expected = {
        Kind.STUN: first <= 3,
        Kind.DTLS: 20 <= first <= 63,
        Kind.RTCP: 128 <= first <= 191 and 192 <= second <= 223,
        Kind.RTP: 128 <= first <= 191 and not 192 <= second <= 223,
        Kind.UNKNOWN: 4 <= first <= 19 or 64 <= first <= 127 or first >= 192,
    }
    assert [k for k, is_it in expected.items() if is_it] == [kind]
