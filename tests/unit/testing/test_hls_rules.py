"""The validator of playlists finds nothing in a good one, and each rule's breach in a bad one."""

import pytest

from vivavoce.testing import hls_rules, hls_versions

LIVE = """#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:6
#EXT-X-DISCONTINUITY-SEQUENCE:0
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=3,CAN-SKIP-UNTIL=12
#EXT-X-PART-INF:PART-TARGET=1
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="init.mp4"
#EXT-X-PROGRAM-DATE-TIME:2024-08-13T00:42:12.000Z
#EXTINF:2.00,
6.m4s
#EXTINF:2.00,
7.m4s
#EXTINF:2.00,
8.m4s
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2024-08-13T00:50:00.000Z
#EXT-X-PART:DURATION=1,URI="9.0.m4s"
#EXT-X-PART:DURATION=1,URI="9.1.m4s"
#EXTINF:2.00,
9.m4s
#EXT-X-PART:DURATION=1,URI="10.0.m4s"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="10.1.m4s"
#EXT-X-RENDITION-REPORT:URI="../aac/index.m3u8",LAST-MSN=10,LAST-PART=0
"""

BREACHES = [
    ("4.4.1.1", "#EXTM3U\n", ""),
    ("4.1", '9.1.m4s"\n', '9.1.m4s"\x07\n'),
    ("4.1", "7.m4s\n", "7.m4s \n"),
    ("4.1", "LAST-PART=0\n", "LAST-PART=0"),
    ("4.4", "#EXT-X-PART-INF", '#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXT-X-PART-INF'),
    ("4.4.1.2", "VERSION:9", "VERSION:5"),
    ("4.4.1.2", "VERSION:9", "VERSION:12"),
    ("4.4.3", "#EXT-X-PART-INF", "#EXT-X-TARGETDURATION:2\n#EXT-X-PART-INF"),
    ("4.4.3.1", "#EXT-X-TARGETDURATION:2\n", ""),
    ("4.4.3.1", "#EXTINF:2.00,\n8", "#EXTINF:2.50,\n8"),
    ("4.4.3.2", "SEQUENCE:6", "SEQUENCE:six"),
    ("4.4.3.2", "#EXT-X-PART-INF", "#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-PART-INF"),
    ("4.4.3.5", "#EXT-X-PART-INF", "#EXT-X-PLAYLIST-TYPE:LIVE\n#EXT-X-PART-INF"),
    ("4.4.3.5", "#EXT-X-PART-INF", "#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-PART-INF"),
    ("4.4.2.1", "#EXT-X-INDEPENDENT-SEGMENTS\n", ""),
    ("4.4.4.1", "#EXTINF:2.00,\n8", "8"),
    ("4.4.4.1", "#EXTINF:2.00,\n8", "#EXTINF:two,\n8"),
    ("4.4.4.4", "#EXT-X-DISCONTINUITY-SEQUENCE:0\n", ""),
    ("4.4.4.4", "#EXT-X-PROGRAM-DATE-TIME:2024-08-13T00:50:00.000Z\n", ""),
    ("4.4.4.5", '#EXT-X-MAP:URI="init.mp4"\n', ""),
    ("4.4.4.6", "00:50:00.000Z", "00:42:15.000Z"),
    ("4.4.4.6", "00:50:00.000Z", "00:50:00.000"),
    ("4.4.3.7", "#EXT-X-PART-INF:PART-TARGET=1\n", ""),
    ("4.4.3.7", "PART-TARGET=1", "PART-TARGET=0.9"),
    ("4.4.3.8", "HOLD-BACK=3", "HOLD-BACK=2.9"),
    ("4.4.3.8", "PART-HOLD-BACK=3,", ""),
    ("4.4.3.8", "PART-HOLD-BACK=3", "PART-HOLD-BACK=3,HOLD-BACK=5"),
    ("4.4.3.8", "CAN-SKIP-UNTIL=12", "CAN-SKIP-UNTIL=11"),
    ("4.4.3.8", "CAN-BLOCK-RELOAD=YES,", ""),
    ("4.4.4.9", '#EXT-X-PART:DURATION=1,URI="9.1.m4s"\n', ""),
    ("4.4.4.9", '"9.1.m4s"', '"9.0.m4s"'),
    ("4.4.4.9", 'DURATION=1,URI="10.0', 'URI="10.0'),
    ("6.2.2", "#EXTINF:2.00,\n6", '#EXT-X-PART:DURATION=1,URI="6.0.m4s"\n#EXT-X-PART:DURATION=1,'
     'URI="6.1.m4s"\n#EXTINF:2.00,\n6'),
    ("4.4.5.2", "#EXT-X-PROGRAM-DATE-TIME:2024-08-13T00:42", "#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n"
     "#EXT-X-PROGRAM-DATE-TIME:2024-08-13T00:42"),
    ("4.4.5.3", "TYPE=PART,", ""),
    ("4.4.5.3", '"10.1.m4s"', '"10.0.m4s"'),
    ("4.4.5.3", "#EXT-X-REND", '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="11"\n#EXT-X-REND'),
    ("4.4.5.4", ",LAST-PART=0", ""),
    ("4.4.5.4", "LAST-MSN=10,", ""),
    ("4.4.5.4", '"../aac', '"/aac'),
    ("6.2.2", "#EXTINF:2.00,\n7.m4s\n#EXTINF:2.00,\n8.m4s\n", ""),
]  # fmt: skip


def test_a_good_playlist_breaks_nothing() -> None:
    assert hls_rules.media(LIVE) == []


@pytest.mark.parametrize(("section", "good", "bad"), BREACHES)
def test_each_breach_is_found(section: str, good: str, bad: str) -> None:
    assert good in LIVE
    broken = hls_rules.media(LIVE.replace(good, bad, 1))
    assert section in {said.partition(":")[0] for said in broken}


NEXT = LIVE.replace("SEQUENCE:6", "SEQUENCE:7").replace("#EXTINF:2.00,\n6.m4s\n", "")

CHANGES = [
    ("6.2.1", "TARGETDURATION:2", "TARGETDURATION:3"),
    ("6.2.1", "#EXT-X-PART-INF", "#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-PART-INF"),
    ("6.2.2", "SEQUENCE:7", "SEQUENCE:5"),
    ("6.2.1", "\n8.m4s", "\n8b.m4s"),
    ("6.2.1", "#EXTINF:2.00,\n9.m4s\n", ""),
    ("6.2.2", "#EXT-X-DISCONTINUITY\n", ""),
    ("6.2.1", "00:50:00", "00:51:00"),
    ("6.2.1", '"10.0.m4s"', '"10.0b.m4s"'),
]


def test_a_good_next_version_breaks_nothing() -> None:
    assert hls_versions.renewed(LIVE, NEXT) == []
    assert hls_versions.renewed(LIVE, NEXT + "#EXT-X-ENDLIST\n") == []
    assert hls_versions.renewed(NEXT + "#EXT-X-ENDLIST\n", NEXT) != []


@pytest.mark.parametrize(("section", "good", "bad"), CHANGES)
def test_each_change_that_may_not_be_is_found(section: str, good: str, bad: str) -> None:
    assert good in NEXT
    broken = hls_versions.renewed(LIVE, NEXT.replace(good, bad, 1))
    assert section in {said.partition(":")[0] for said in broken}


VARIANTS = """#EXTM3U
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-STREAM-INF:BANDWIDTH=84000,CODECS="mp4a.40.2"
aac/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=84000,CODECS="opus"
opus/index.m3u8
"""


def test_variants() -> None:
    assert hls_versions.multivariant(VARIANTS) == []
    for good, bad in (
        ("BANDWIDTH=84000,", ""),
        ("84000", "84000,AVERAGE-BANDWIDTH=90000"),
        (',CODECS="opus"', ""),
        ("aac/index.m3u8\n", ""),
        ("#EXT-X-IND", "#EXT-X-TARGETDURATION:2\n#EXT-X-IND"),
    ):
        broken = hls_versions.multivariant(VARIANTS.replace(good, bad, 1))
        assert [said for said in broken if said.startswith("4.4.6")]
    assert hls_versions.bandwidth(84_000, [(20_000, 1.92)]) == []
    assert hls_versions.bandwidth(83_000, [(20_000, 1.92)]) != []


def test_lists_side_by_side() -> None:
    assert hls_versions.together([LIVE, NEXT]) == []
    for good, bad in (
        ("TARGETDURATION:2", "TARGETDURATION:3"),
        ("PART-HOLD-BACK=3", "PART-HOLD-BACK=4"),
        ("00:50:00", "00:50:01"),
        ("#EXT-X-DISCONTINUITY\n", ""),
    ):
        assert hls_versions.together([LIVE, NEXT.replace(good, bad, 1)]) != []
