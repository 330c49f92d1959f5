"""The files of chapters and withdrawn clips: what is written is read, and rubbish is nothing."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.errors import UsageError
from vivavoce.record.marks import (
    CHAPTERS_LIMIT,
    Chapter,
    chapters_file,
    checked,
    read_chapters,
    read_withdrawn,
    withdrawn_file,
)

TIMES = st.integers(0, 36_000_000)
WORDS = st.text(st.characters(codec="utf-8"), max_size=20)
CHAPTERS = st.lists(
    st.builds(Chapter, TIMES, WORDS),
    max_size=10,
    unique_by=lambda chapter: chapter.start_ms,
)


@given(CHAPTERS)
def test_what_is_written_is_read_in_the_order_of_the_show(chapters: list[Chapter]) -> None:
    kept = checked(chapters, 36_000_000)
    assert read_chapters(chapters_file(kept)) == kept
    assert [c.start_ms for c in kept] == sorted(c.start_ms for c in chapters)
    file = msgspec.json.decode(chapters_file(kept))
    assert file["version"] == "1.2.0"
    assert [c["startTime"] for c in file["chapters"]] == [c.start_ms / 1000 for c in kept]


@given(st.one_of(st.none(), st.binary(max_size=80)))
@pytest.mark.parametrize("read", [read_chapters, read_withdrawn])
def test_rubbish_is_nothing(read: object, data: bytes | None) -> None:
    assert callable(read)
    for one in read(data):
        assert len(msgspec.to_builtins(one)) == 2


def test_of_a_file_by_another_hand_the_chapters_are_taken() -> None:
    ours = {"startTime": 2.5, "title": "Two", "img": "x"}
    others = [{"startTime": -1, "title": "no"}, {"title": "no"}, {"startTime": "1"}, 7]
    data = msgspec.json.encode({"chapters": [ours, *others, {"startTime": 1, "title": "One"}]})
    assert read_chapters(data) == [Chapter(1_000, "One"), Chapter(2_500, "Two")]


def test_what_no_show_can_have_is_refused_in_words() -> None:
    one = Chapter(61_000, "x")
    for chapters, code, words in (
        ([one], "chapter_beyond_end", "1:01, but the show is 1:00 long"),
        ([Chapter(5, "x"), Chapter(5, "y")], "chapter_twice", "Two chapters begin at 0:00"),
        ([Chapter(n, "x") for n in range(CHAPTERS_LIMIT + 1)], "too_many_chapters", "200"),
    ):
        with pytest.raises(UsageError, match=words) as refused:
            checked(chapters, 60_000)
        assert refused.value.code == code


@given(st.lists(st.tuples(TIMES, TIMES), max_size=9))
def test_withdrawn_ranges_stay_what_they_are(ranges: list[tuple[int, int]]) -> None:
    assert read_withdrawn(withdrawn_file(ranges)) == ranges
