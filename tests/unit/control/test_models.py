import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from vivavoce.control.models import ChangedShow, NewShow


@pytest.mark.parametrize(
    "tag", ["en", "pt-BR", "zh-Hant-TW", "de-CH-1996", "es-419", "en-x-radio", "sl-rozaj-biske"]
)
def test_languages_are_bcp_47(tag: str) -> None:
    assert NewShow(title="x", language=tag).language == tag


@pytest.mark.parametrize("tag", ["", "english", "e", "en_US", "en-", "-en", "en US", "123"])
def test_other_languages_are_refused(tag: str) -> None:
    with pytest.raises(ValidationError):
        NewShow(title="x", language=tag)


@pytest.mark.parametrize("title", ["", "   ", "x" * 201, "a\nb", "a\x00b", "a\u202eb", "\ud800"])
def test_titles_that_are_none(title: str) -> None:
    with pytest.raises(ValidationError):
        NewShow(title=title)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=200))
def test_a_title_is_taken_as_it_is_or_refused(text: str) -> None:
    try:
        title = NewShow(title=text).title
    except ValidationError:
        assert not text.strip() or any(letter in text for letter in "\u202d\u202e\u2028\u2029")
    else:
        assert title == title.strip() != ""
        title.encode()


def test_a_description_may_have_lines() -> None:
    assert NewShow(title="x", description="one\r\n\ttwo\n").description == "one\n\ttwo"
    with pytest.raises(ValidationError):
        NewShow(title="x", description="x" * 5_001)
    with pytest.raises(ValidationError):
        NewShow(title="x", description="bell \x07")


@pytest.mark.parametrize("starts", [1_700_000_000, -1, 1_700_000_000_000_000, 1.5, "soon", True])
def test_start_times_that_are_slips(starts: object) -> None:
    with pytest.raises(ValidationError):
        NewShow.model_validate({"title": "x", "starts_ms": starts})


def test_what_nobody_knows_is_refused() -> None:
    with pytest.raises(ValidationError):
        NewShow.model_validate({"title": "x", "state": "live"})


def test_only_what_was_sent_changes_and_null_takes_the_start_away() -> None:
    assert ChangedShow.model_validate({}).changes() == {}
    sent = {"title": None, "language": "de", "starts_ms": None}
    assert ChangedShow.model_validate(sent).changes() == {"language": "de", "starts_ms": None}
