"""A clip's picture: of its size, with what can be written, and drawn for any words and peaks."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from vivavoce.deliver.pictures import SIZE, Facts, Pictures, heights

PAGES = Path(__file__).parents[3] / "src" / "vivavoce" / "pages"


def facts(title: str = "A talk", names: str = "Vera", peaks: bytes = b"\x00\xff" * 20) -> Facts:
    return Facts(title, names, 62_000, 92_000, peaks)


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=("PNG",)).convert("L")


def ink(picture: Image.Image, box: tuple[int, int, int, int]) -> int:
    """Return how many dark pixels are in a box."""
    return sum(picture.crop(box).histogram()[:128])


TITLE = (60, 50, 1_140, 240)


@pytest.fixture(scope="module")
def pictures() -> Pictures:
    return Pictures(PAGES)


def test_it_is_what_other_places_show_whole(pictures: Pictures) -> None:
    data = pictures.draw(facts())
    assert opened(data).size == SIZE
    assert len(data) < 64 * 1024
    assert pictures.draw(facts()) == data


@pytest.mark.parametrize("title", ["x" * 300, "word " * 60, "", " ", "\N{BOM}", "\ufffd" * 9])
def test_any_title_leaves_the_margins_free(pictures: Pictures, title: str) -> None:
    picture = opened(pictures.draw(facts(title, title)))
    assert ink(picture, (0, 0, 60, 630)) == 0
    assert ink(picture, (1_140, 0, 1_200, 630)) == 0


def test_what_the_letters_lack_is_left_out_and_the_rest_stays(pictures: Pictures) -> None:
    if not list((PAGES / "assets").glob("fraunces-*")):
        pytest.fail("the pages are not built")
    assert ink(opened(pictures.draw(facts("Zażółć"))), TITLE) > 500
    other = opened(pictures.draw(facts("会話")))
    assert ink(other, TITLE) == 0
    assert ink(other, (60, 320, 1_140, 510)) > 1_000


def test_without_built_pages_there_is_a_plain_picture(tmp_path: Path) -> None:
    assert ink(opened(Pictures(tmp_path).draw(facts())), TITLE) > 100


@given(peaks=st.binary(max_size=700), count=st.integers(1, 200))
def test_heights_fit_and_the_highest_reaches_the_top(peaks: bytes, count: int) -> None:
    found = heights(peaks, count)
    assert len(found) == count
    assert all(0 <= height <= 1 for height in found)
    assert max(found) == (1 if any(peaks[: len(peaks)]) and any(found) else 0)
