"""The low-latency list: each version keeps the rules, whatever is missed, whenever it is read."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.media import Codec
from vivavoce.package import playlist
from vivavoce.package.delta import delta, skippable
from vivavoce.package.live_edge import LiveEdge, Position, part_name, read_listed
from vivavoce.package.segmenter import Segmenter
from vivavoce.package.silence import silent_part
from vivavoce.testing import hls_rules, hls_versions
from vivavoce.testing.hls_text import Media, read
from vivavoce.units import PartNumber, SegmentNumber

EPOCH = datetime(2024, 8, 13, 0, 42, tzinfo=UTC)


class Disk:
    """The studio's timeline and the list that it puts on disk."""

    def __init__(self) -> None:
        self.timeline = Segmenter()

    def take(self, number: int) -> None:
        self.timeline.place(PartNumber(number))

    @property
    def text(self) -> str | None:
        whole = self.timeline.whole_before(self.timeline.next)
        window = playlist.window_of(whole)
        return playlist.live(self.timeline, window, EPOCH) if whole else None


# What becomes of the next part: it comes, is missed by the edge, or the studio jumps ahead.
STEPS = st.lists(
    st.sampled_from(["part"] * 24 + ["missed", "hole", "break", "late disk"]),
    min_size=20,
    max_size=250,
)


def run(steps: list[str]) -> tuple[LiveEdge, Disk, list[str]]:
    """Feed an edge; return all versions of its list that a reader saw."""
    edge, other, disk = LiveEdge(Codec.OPUS), LiveEdge(Codec.AAC), Disk()
    number, versions = 0, []
    lag = 0
    for step in steps:
        number += {"hole": 20, "break": 400}.get(step, 0)
        lag = 8 if step == "late disk" else lag - 1
        disk.take(number)
        if step != "missed":
            edge.push(silent_part(Codec.OPUS, PartNumber(number)))
            other.push(silent_part(Codec.AAC, PartNumber(number)))
        number += 1
        text = disk.text if lag <= 0 else None
        for one in (edge, other):
            if text is not None and one.waits:
                one.anchor(read_listed(text))
        if edge.position is not None:
            versions.append(edge.render(EPOCH, [other]))
    return edge, disk, versions


@given(steps=STEPS)
def test_every_version_keeps_the_rules(steps: list[str]) -> None:
    _, disk, versions = run(steps)
    last = ""
    for text in versions:
        assert hls_rules.media(text) == []
        assert not last or hls_versions.renewed(last, text) == []
        last = text
    if last and disk.text is not None:
        # Wherever both list a segment they agree about it: a static server and an edge may mix.
        mine = {s.uri: (s.sequence, s.discontinuity, s.duration_s) for s in read(last).segments}
        for segment in read(disk.text).segments:
            place = (segment.sequence, segment.discontinuity, segment.duration_s)
            assert mine.get(segment.uri, place) == place


@given(steps=STEPS)
def test_a_delta_tells_what_the_list_tells(steps: list[str]) -> None:
    for text in run(steps)[2]:
        short = delta(text)
        assert hls_rules.media(short) == []
        assert _told(read(short)).items() <= _told(read(text)).items()
        assert read(short).hints == read(text).hints
        assert len(read(text).segments) <= 7 or read(short).skipped
        assert hls_versions.renewed(text, short) == []


def _told(found: Media) -> dict[int, object]:
    return {
        s.sequence: (s.uri, s.duration_s, s.parts, s.date, s.after_break) for s in found.segments
    }


@given(count=st.integers(1, 200), ended=st.booleans())
def test_the_list_of_the_whole_show_offers_deltas_while_it_grows(count: int, ended: bool) -> None:
    timeline = Segmenter()
    for number in range(count * 6):
        timeline.place(PartNumber(number))
    plain = playlist.show(timeline, count, EPOCH, ended=ended)
    offered = skippable(plain)
    assert (offered == plain) is ended
    assert hls_rules.media(offered) == []
    short = delta(offered)
    assert hls_rules.media(short) == []
    assert (read(short).skipped > 0) is (count > 7 and not ended)
    assert ended or len(short) < 700


def full(parts: int) -> LiveEdge:
    edge = LiveEdge(Codec.OPUS)
    disk = Disk()
    for number in range(parts):
        disk.take(number)
        edge.push(silent_part(Codec.OPUS, PartNumber(number)))
        if disk.text is not None and edge.waits:
            edge.anchor(read_listed(disk.text))
    return edge


def test_parts_are_listed_before_their_segment() -> None:
    edge = full(15)
    assert edge.position == Position(2, 2)
    assert edge.hint == 15
    lines = edge.render(EPOCH, []).splitlines()
    assert lines[-2].endswith('URI="00000002.2.m4s"')
    assert lines[-1] == '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="00000002.3.m4s"'
    assert edge.segment(SegmentNumber(2)) is None
    whole = [edge.part(number) for number in range(6, 12)]
    assert edge.segment(SegmentNumber(1)) == b"".join(body for body in whole if body)
    assert part_name(15) == "00000002.3.m4s"


@pytest.mark.parametrize(
    ("sequence", "part", "wanted", "far"),
    [
        (2, None, (2, 5), False),
        (2, 3, (2, 3), False),
        (2, 6, (3, 0), False),
        (0, 0, (0, 0), False),
        (3, None, (3, 5), False),
        (4, None, (4, 5), True),
        (3, 5, (3, 5), False),
        (4, 0, (4, 0), True),
        (10**17, 10**17, (10**17 + 1, 0), True),
    ],
)
def test_what_a_reader_may_ask_for(
    sequence: int, part: int | None, wanted: tuple[int, int], far: bool
) -> None:
    edge = full(15)  # segments 0 and 1, and three parts of 2
    asked = edge.asked(sequence, part)
    assert asked == Position(*wanted)
    assert edge.too_far(asked, sequence) is far


def test_a_missed_part_makes_the_list_wait_for_the_disk() -> None:
    edge = full(15)
    edge.push(silent_part(Codec.OPUS, PartNumber(16)))
    assert edge.waits
    assert edge.hint is None
    assert "PRELOAD-HINT" not in edge.render(EPOCH, [])
    before = edge.position
    for number in range(17, 20):
        edge.push(silent_part(Codec.OPUS, PartNumber(number)))
    assert edge.position == before
    disk = Disk()
    for number in range(20):
        disk.take(number)
    edge.anchor(read_listed(disk.text or ""))
    assert edge.position == Position(3, 1)
    assert not edge.waits
