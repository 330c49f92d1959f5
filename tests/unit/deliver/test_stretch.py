"""A stretch of a large file is that stretch of that file, or nothing."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.deliver.files import NO_CACHE, answer
from vivavoce.deliver.stretch import found

DATA = bytes(range(256)) * 4


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "episode.mp3"
    path.write_bytes(DATA)
    return path


at = st.integers(0, len(DATA) + 10)


@given(at, at, at, at)
def test_parts_of_parts_are_read_as_they_are_cut(
    file: Path, a: int, b: int, c: int, d: int
) -> None:
    whole = found(file)
    assert whole is not None
    assert whole.rest is not None
    part = whole.rest.part(a, b).part(c, d)
    assert part.read() == DATA[a : max(a, b)][c : max(c, d)]
    assert len(part) == len(part.read())


@given(st.integers(0, len(DATA) - 1), st.integers(0, 2 * len(DATA)))
def test_a_range_of_it_is_answered_as_of_any_file(file: Path, first: int, last: int) -> None:
    whole = found(file)
    assert whole is not None
    said = answer(whole, "audio/mpeg", NO_CACHE, {"range": f"bytes={first}-{last}"}, ranges=True)
    if last < first:
        assert (said.status, said.rest) == (200, whole.rest)
        return
    assert said.status == 206
    assert said.rest is not None
    assert said.rest.read() == DATA[first : last + 1]


def test_another_file_in_its_place_is_not_sent_as_its_end(tmp_path: Path) -> None:
    path = tmp_path / "episode.mp3"
    path.write_bytes(DATA)
    whole = found(path)
    assert whole is not None
    assert whole.rest is not None
    (tmp_path / "new").write_bytes(DATA)
    (tmp_path / "new").replace(path)
    with pytest.raises(OSError, match="another file"):
        whole.rest.read()


def test_a_link_or_a_folder_in_its_place_is_no_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"x")
    (tmp_path / "episode.mp3").symlink_to(secret)
    assert found(tmp_path / "episode.mp3") is None
    (tmp_path / "episode.opus").mkdir()
    assert found(tmp_path / "episode.opus") is None
