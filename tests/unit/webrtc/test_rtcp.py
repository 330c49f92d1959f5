from hypothesis import given
from hypothesis import strategies as st

from vivavoce.webrtc import rtcp
from vivavoce.webrtc.rtcp import Reception, SenderInfo

u32 = st.integers(0, 0xFFFFFFFF)
receptions = st.builds(
    Reception,
    ssrc=u32,
    lost_part=st.integers(0, 255),
    lost=st.integers(-0x800000, 0x7FFFFF),
    highest=u32,
    jitter=u32,
    last_report=u32,
    delay=u32,
)
infos = st.builds(
    SenderInfo, ssrc=u32, ntp=st.integers(0, 2**64 - 1), timestamp=u32, packets=u32, octets=u32
)
cnames = st.text(st.characters(codec="ascii", exclude_categories=["C"]), max_size=60)


@given(ssrc=u32, cname=cnames, blocks=st.lists(receptions, max_size=31))
def test_a_receiver_report_is_read_back(ssrc: int, cname: str, blocks: list[Reception]) -> None:
    reports = rtcp.parse(rtcp.receiver_report(ssrc, cname, blocks))
    assert reports == rtcp.Reports(receptions=blocks)


@given(info=infos, cname=cnames, blocks=st.lists(receptions, max_size=31))
def test_a_sender_report_is_read_back(
    info: SenderInfo, cname: str, blocks: list[Reception]
) -> None:
    reports = rtcp.parse(rtcp.sender_report(info, cname, blocks))
    assert reports == rtcp.Reports(senders=[info], receptions=blocks)


@given(ssrc=u32, cname=cnames)
def test_a_goodbye_is_read_back(ssrc: int, cname: str) -> None:
    reports = rtcp.parse(rtcp.bye(ssrc, cname))
    assert reports is not None
    assert reports.byes == [ssrc]


@given(data=st.binary(max_size=200))
def test_noise_raises_nothing(data: bytes) -> None:
    rtcp.parse(data)


REPORT = rtcp.sender_report(
    SenderInfo(1, 2, 3, 4, 5), "name", [Reception(1, 2, 3, 4, 5)]
) + rtcp.bye(1, "name")


@given(cut=st.integers(1, len(REPORT) - 1))
def test_a_truncated_report_says_nothing_or_less(cut: int) -> None:
    whole = rtcp.parse(REPORT)
    part = rtcp.parse(REPORT[:cut])
    assert whole is not None
    assert part is None or len(part.byes) < len(whole.byes)


@given(bit=st.integers(0, 8 * len(REPORT) - 1))
def test_a_flipped_bit_raises_nothing(bit: int) -> None:
    forged = bytearray(REPORT)
    forged[bit // 8] ^= 1 << bit % 8
    rtcp.parse(bytes(forged))


def test_a_count_of_blocks_that_lies_is_refused() -> None:
    report = bytearray(rtcp.receiver_report(1, "name", []))
    report[0] |= 31
    assert rtcp.parse(bytes(report)) is None


def test_feedback_such_as_nack_is_walked_over() -> None:
    nack = bytes([0x81, 205, 0, 3]) + bytes(12)
    assert rtcp.parse(nack) == rtcp.Reports()
