"""How well one stream arrives: what a receiver report says of it (RFC 3550 section 6.4.1). Pure."""

from dataclasses import dataclass, field
from typing import Final

from vivavoce.units import SAMPLE_RATE
from vivavoce.webrtc.rtcp import Reception, SenderInfo


@dataclass(slots=True)
class ReceptionStatistics:
    """Counts of one SSRC, from sequence numbers and RTP times that are unwrapped already."""

    ssrc: int
    first: int | None = None
    highest: int = 0
    received: int = 0
    jitter: float = 0.0
    loss: float | None = None
    """Share of the packets of the last seconds that did not come."""
    _transit: float | None = None
    _expected_before: int = 0
    _received_before: int = 0
    _report: int = 0
    _report_at: float = 0.0

    @property
    def expected(self) -> int:
        """Packets that were sent between the first and the highest."""
        return 0 if self.first is None else self.highest - self.first + 1

    def observe(self, sequence: int, ticks: int, now: float) -> None:
        """Count one packet (appendix A.8 for the jitter)."""
        if self.first is None:
            self.first = self.highest = sequence
        elif sequence > self.highest:
            self.highest = sequence
        elif sequence < self.first:
            self.first = sequence
        self.received += 1
        transit = now * SAMPLE_RATE - ticks
        if self._transit is not None:
            self.jitter += (abs(transit - self._transit) - self.jitter) / 16
        self._transit = transit

    def heard(self, info: SenderInfo, now: float) -> None:
        """Remember a sender report, to be able to say how old it is."""
        self._report = info.ntp >> 16 & 0xFFFFFFFF
        self._report_at = now

    def report(self, now: float) -> Reception:
        """Return the block for the time since the last call (appendix A.3)."""
        expected = self.expected - self._expected_before
        lost = expected - (self.received - self._received_before)
        self._expected_before, self._received_before = self.expected, self.received
        if expected > 0:
            self.loss = _follow(self.loss, max(0, lost) / expected)
        return Reception(
            ssrc=self.ssrc,
            lost_part=256 * max(0, lost) // expected if expected > 0 else 0,
            lost=self.expected - self.received,
            highest=self.highest & 0xFFFFFFFF,
            jitter=int(self.jitter),
            last_report=self._report,
            delay=min(0xFFFFFFFF, int((now - self._report_at) * 65536)) if self._report else 0,
        )


@dataclass(slots=True)
class ReturnQuality:
    """What a peer's receiver reports say about our own stream."""

    loss: float | None = None
    rtt_ms: float | None = None
    _sent: dict[int, float] = field(default_factory=dict)

    def reported(self, info: SenderInfo, now: float) -> None:
        """Remember when a sender report left, by the part of it that the peer will quote."""
        self._sent[info.ntp >> 16 & 0xFFFFFFFF] = now
        while len(self._sent) > _REPORTS:
            del self._sent[next(iter(self._sent))]

    def told(self, block: Reception, now: float) -> None:
        """Take a report about our stream (section 6.4.1 for the round trip)."""
        self.loss = _follow(self.loss, block.lost_part / 256)
        sent = self._sent.get(block.last_report)
        if sent is not None:
            rtt_ms = max(0.0, (now - sent - block.delay / 65_536) * 1000)
            self.rtt_ms = rtt_ms if self.rtt_ms is None else _follow(self.rtt_ms, rtt_ms)


_REPORTS: Final = 16
_WEIGHT: Final = 0.3  # of the newest second: the last three are most of it


def _follow(before: float | None, newest: float) -> float:
    return newest if before is None else before + _WEIGHT * (newest - before)
