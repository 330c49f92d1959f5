"""Playlists keep the promises of RFC 8216bis from one version to the next."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.hls import MediaPlaylist, read_media

from vivavoce.media import Codec
from vivavoce.package import playlist, rates
from vivavoce.package.segmenter import Segmenter
from vivavoce.testing import hls_rules, hls_versions
from vivavoce.units import PartNumber

EPOCH = datetime(2024, 8, 13, 0, 42, 0, 7_000, tzinfo=UTC)
HOLES = st.lists(st.one_of(st.just(0), st.just(0), st.just(250)), min_size=12, max_size=200)


def check(text: str, timeline: Segmenter, *, kind: str | None = None) -> MediaPlaylist:
    assert hls_rules.media(text) == []
    found = read_media(text)
    assert found.tags["#EXT-X-TARGETDURATION"] == "2"
    assert found.tags["#EXT-X-MAP"] == 'URI="init.mp4"'
    assert "#EXT-X-INDEPENDENT-SEGMENTS" in found.tags
    assert found.tags.get("#EXT-X-PLAYLIST-TYPE") == kind
    for entry in found.entries:
        # RFC 8216bis, 4.4.3.1: rounded to whole seconds, none is longer than the target.
        assert 0 < round(entry.duration_s) <= 2 or 0 < entry.duration_s < 0.5
        number = timeline.numbers[entry.sequence]
        assert entry.uri == playlist.segment_name(number)
        if entry.date is not None:
            assert entry.date == EPOCH + timedelta(seconds=1.92) * number
    return found


@given(holes=HOLES)
def test_from_one_live_playlist_to_the_next_nothing_is_renamed(holes: list[int]) -> None:
    timeline = Segmenter()
    seen: dict[str, tuple[int, int]] = {}
    last_first = number = 0
    last = ""
    for hole in holes:
        number += hole
        timeline.place(PartNumber(number))
        number += 1
        whole = timeline.whole_before(timeline.next)
        if not whole:
            continue
        text = playlist.live(timeline, playlist.window_of(whole), EPOCH)
        assert not last or hls_versions.renewed(last, text) == []
        last = text
        found = check(text, timeline)
        assert len(found.entries) == min(whole, playlist.WINDOW)
        assert found.entries[0].date is not None
        assert found.entries[0].sequence >= last_first
        last_first = found.entries[0].sequence
        assert all(entry.duration_s == 1.92 for entry in found.entries)
        for entry in found.entries:
            place_in_show = (entry.sequence, entry.discontinuity)
            assert seen.setdefault(entry.uri, place_in_show) == place_in_show
    replay = check(playlist.replay(timeline, EPOCH), timeline, kind="VOD")
    assert "#EXT-X-ENDLIST" in replay.tags
    for entry in replay.entries:
        assert seen.get(entry.uri, (entry.sequence, entry.discontinuity)) == (
            entry.sequence,
            entry.discontinuity,
        )
    assert abs(sum(entry.duration_s for entry in replay.entries) * 48_000 - timeline.length) < 1
    assert [entry.sequence for entry in replay.entries] == list(range(len(timeline.numbers)))


def test_the_end_of_a_live_playlist_puts_nothing_back() -> None:
    timeline = Segmenter()
    for number in range(20 * 6 + 2):
        timeline.place(PartNumber(number))
    live = playlist.live(timeline, playlist.window_of(20), EPOCH)
    before = check(live, timeline)
    text = playlist.live(timeline, playlist.window_of(21), EPOCH, ended=True)
    after = check(text, timeline)
    assert hls_versions.renewed(live, text) == []
    assert text.endswith("00000020.m4s\n#EXT-X-ENDLIST\n")
    assert after.entries[0].sequence == before.entries[0].sequence + 1
    assert after.entries[-1].duration_s == 0.64


@given(holes=HOLES, step=st.integers(1, 9))
def test_the_list_of_the_whole_show_only_grows(holes: list[int], step: int) -> None:
    timeline = Segmenter()
    text, shown, number = "", 0, 0
    for hole in holes:
        number += hole
        timeline.place(PartNumber(number))
        number += 1
        whole = timeline.whole_before(timeline.next)
        if whole < shown + step:
            continue
        text = text or playlist.show(timeline, whole, EPOCH)
        text += playlist.more(timeline, range(shown, whole), EPOCH) if shown else ""
        shown = whole
        assert text == playlist.show(timeline, whole, EPOCH)
    whole = len(timeline.numbers)
    ended = playlist.show(timeline, whole, EPOCH, ended=True)
    assert ended.startswith(text)
    found = check(ended, timeline, kind="EVENT")
    assert [entry.sequence for entry in found.entries] == list(range(whole))


def test_a_break_is_told_and_dated() -> None:
    timeline = Segmenter()
    for number in (*range(12), *range(600, 606)):
        timeline.place(PartNumber(number))
    lines = playlist.replay(timeline, EPOCH).splitlines()
    at = lines.index("#EXT-X-DISCONTINUITY")
    assert lines[at + 1 : at + 4] == [
        "#EXT-X-PROGRAM-DATE-TIME:2024-08-13T00:45:12.007Z",
        "#EXTINF:1.92,",
        "00000100.m4s",
    ]


def test_the_multivariant_playlist_names_what_is_there() -> None:
    both = playlist.multivariant({Codec.OPUS: 45_000, Codec.AAC: 84_000})
    assert both.splitlines()[-4:] == [
        '#EXT-X-STREAM-INF:BANDWIDTH=84000,CODECS="mp4a.40.2"',
        "aac/index.m3u8",
        '#EXT-X-STREAM-INF:BANDWIDTH=84000,CODECS="opus"',
        "opus/index.m3u8",
    ]
    assert hls_versions.multivariant(both) == []
    one = playlist.multivariant({Codec.OPUS: 45_000}, playlist.REPLAY)
    assert one.splitlines()[-2:] == [
        '#EXT-X-STREAM-INF:BANDWIDTH=45000,CODECS="opus"',
        "opus/replay.m3u8",
    ]


@given(segments=st.lists(st.tuples(st.integers(1, 10**6), st.integers(1, 6)), max_size=20))
def test_the_peak_is_what_the_hungriest_segment_needs(segments: list[tuple[int, int]]) -> None:
    needs = [size * 8 / (parts * 0.32) for size, parts in segments]
    assert rates.peak(segments) == pytest.approx(max(needs, default=0), abs=1)
    assert all(rates.peak(segments) >= need * (1 - 1e-9) for need in needs)
