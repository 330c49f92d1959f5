"""Laws of ranges and conditions (RFC 9110 sections 13 and 14)."""

from hypothesis import given
from hypothesis import strategies as st

from vivavoce.deliver.files import IMMUTABLE, File, answer
from vivavoce.deliver.http import Response

FILE = File.of(bytes(range(200)))


def get(file: File = FILE, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return answer(file, "video/mp4", IMMUTABLE, named, ranges=True)


@given(body=st.binary(max_size=50), first=st.integers(0, 60), last=st.integers(0, 60))
def test_a_range_is_a_slice(body: bytes, first: int, last: int) -> None:
    response = get(File.of(body), range=f"bytes={first}-{last}")
    fields = dict(response.fields)
    if last < first:
        assert (response.status, bytes(response.body)) == (200, body)
    elif first >= len(body):
        assert (response.status, bytes(response.body)) == (416, b"")
        assert fields["Content-Range"] == f"bytes */{len(body)}"
    else:
        assert (response.status, bytes(response.body)) == (206, body[first : last + 1])
        end = min(last, len(body) - 1)
        assert fields["Content-Range"] == f"bytes {first}-{end}/{len(body)}"


@given(body=st.binary(max_size=50), count=st.integers(0, 60))
def test_a_suffix_is_the_end(body: bytes, count: int) -> None:
    response = get(File.of(body), range=f"bytes=-{count}")
    if count and body:
        assert (response.status, bytes(response.body)) == (206, body[-count:])
    else:
        assert response.status == 416


@given(text=st.text(max_size=30))
def test_nonsense_gets_the_whole_file_once(text: str) -> None:
    response = get(range=text)
    assert response.status in (200, 206, 416)
    assert len(response.body) <= len(FILE.body)


def test_many_ranges_are_not_worked_for() -> None:
    response = get(range="bytes=" + ",".join(["0-"] * 500))
    assert (response.status, response.body) == (200, FILE.body)


def test_conditions() -> None:
    assert get(if_none_match=FILE.etag).status == 304
    assert get(if_none_match=f'"other", W/{FILE.etag}').status == 304
    assert get(if_none_match="*").status == 304
    assert get(if_none_match='"other"').status == 200
    assert get(range="bytes=0-1", if_range=FILE.etag).status == 206
    assert get(range="bytes=0-1", if_range='"other"').status == 200
    assert get(if_none_match=FILE.etag).body == b""
