from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from vivavoce.media import Packet
from vivavoce.units import Samples
from vivavoce.webrtc import rtp
from vivavoce.webrtc.sender import Sender

WALL = datetime(1970, 1, 1, tzinfo=UTC)


@given(first=st.integers(0, 0xFFFF), base=st.integers(0, 0xFFFFFFFF), count=st.integers(1, 50))
def test_numbers_go_on_across_their_wrap(first: int, base: int, count: int) -> None:
    sender = Sender(111, ssrc=7, sequence=first, base=base)
    sequences, times = rtp.Unwrapper(16), rtp.Unwrapper(32)
    for n in range(count):
        packet = rtp.parse(sender.packet(Packet(Samples(960 * n), b"opus"), n * 0.02))
        assert packet is not None
        assert sequences.unwrap(packet.sequence) == first + n
        assert times.unwrap(packet.timestamp) == base + 960 * n
        assert (packet.ssrc, packet.payload_type, packet.payload) == (7, 111, b"opus")


def test_a_report_relates_media_time_to_the_time_of_day() -> None:
    sender = Sender(111, ssrc=7, sequence=0, base=1000)
    assert sender.info(0.0, WALL) is None
    sender.packet(Packet(Samples(4800), bytes(20)), 10.0)
    info = sender.info(10.5, WALL)
    assert info is not None
    assert info.ntp == 2_208_988_800 << 32  # 1970 in NTP's count
    assert info.timestamp == 1000 + 4800 + 24_000
    assert (info.packets, info.octets) == (1, 20)
