from hypothesis import given
from hypothesis import strategies as st

from vivavoce.webrtc.reception import ReceptionStatistics
from vivavoce.webrtc.rtcp import SenderInfo


@given(lost=st.sets(st.integers(1, 198)))
def test_loss_is_what_did_not_come_in_whatever_order(lost: set[int]) -> None:
    arrived = [n for n in range(200) if n not in lost]
    statistics = ReceptionStatistics(ssrc=7)
    for n in sorted(arrived, key=lambda n: n ^ 3):  # neighbours overtake each other
        statistics.observe(1000 + n, 960 * n, n * 0.02)
    report = statistics.report(4.0)
    assert report.lost == len(lost)
    assert report.lost_part == 256 * len(lost) // 200
    assert report.highest == 1199
    again = statistics.report(5.0)
    assert (again.lost_part, again.lost) == (0, len(lost))


def test_an_even_stream_has_no_jitter_and_an_uneven_one_has() -> None:
    even, uneven = ReceptionStatistics(1), ReceptionStatistics(1)
    for n in range(500):
        even.observe(n, 960 * n, n * 0.02)
        uneven.observe(n, 960 * n, n * 0.02 + (n % 2) * 0.010)
    assert even.report(10.0).jitter == 0
    # |D| is always 10 ms = 480 ticks, so the average tends to it (RFC 3550 appendix A.8).
    assert 470 <= uneven.report(10.0).jitter <= 480


def test_a_sender_report_is_given_back_with_its_age() -> None:
    statistics = ReceptionStatistics(1)
    statistics.observe(1, 0, 0.0)
    assert statistics.report(0.0).last_report == 0
    statistics.heard(SenderInfo(1, 0x1122334455667788, 0, 0, 0), 10.0)
    report = statistics.report(10.5)
    assert report.last_report == 0x33445566
    assert report.delay == 32_768
