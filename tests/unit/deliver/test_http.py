"""Laws of the request parser: splits do not matter, garbage is the peer's error, bounds hold."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vivavoce.deliver.http import (
    HEAD_LIMIT,
    Request,
    RequestParser,
    decode,
    parse_head,
    response_head,
)
from vivavoce.errors import PeerError

SIMPLE = b"GET /a/b?x=1&y=%20z HTTP/1.1\r\nHost: h\r\n\r\n"
HEADS = st.sampled_from(
    [
        SIMPLE,
        b"HEAD / HTTP/1.0\r\n\r\n",
        b"\r\n\r\nGET /healthz HTTP/1.1\r\nhost:h\r\nConnection: close\r\n\r\n",
        b"GET http://h/live/x HTTP/1.1\r\nHost: h\r\nAccept: a\r\nAccept: b\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET / HTTP/1.1\r\n folded\r\n\r\n",
        b"GET /" + b"a" * HEAD_LIMIT + b" HTTP/1.1\r\n\r\n",
        b"\r",
        b"\x16\x03\x01\x02\x00\x01\x00",
    ]
)
Outcome = list[Request | tuple[str, int]]


def run(pieces: list[bytes]) -> Outcome:
    """Parse until the first error, as a connection does."""
    parser, out = RequestParser(), Outcome()
    for piece in pieces:
        parser.receive(piece)
        try:
            while (request := parser.next()) is not None:
                out.append(request)
        except PeerError as error:
            return [*out, (error.code, error.status)]
    return out


@given(data=st.data(), heads=st.lists(HEADS, min_size=1, max_size=5))
def test_any_split_gives_the_same(data: st.DataObject, heads: list[bytes]) -> None:
    whole = b"".join(heads)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(whole)), max_size=12)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert run(pieces) == run([whole])
    assert run([bytes((byte,)) for byte in whole]) == run([whole])


@given(garbage=st.binary(max_size=300), split=st.integers(0, 300))
@example(garbage=b"GET / HTTP/1.1\r\nHost\r\n\r\n", split=3)
@example(garbage=b"GET / HTTP/1.1\r\nHost: \x00\r\n\r\n", split=3)
@example(garbage=b"GET /%zz HTTP/1.0\r\n\r\n", split=3)
@example(garbage=b"GET /%ff HTTP/1.0\r\n\r\n", split=3)
@example(garbage=b"GET /\xff HTTP/1.0\r\n\r\n", split=3)
def test_garbage_is_the_peers_error(garbage: bytes, split: int) -> None:
    run([garbage[:split], garbage[split:]])  # raises nothing but what it catches
    run([garbage + b"\r\n\r\n"])


TOKEN = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=12)
VALUE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=30)


@given(fields=st.dictionaries(TOKEN, VALUE, max_size=8), pieces=st.lists(st.text(max_size=8)))
def test_what_was_sent_is_what_is_read(fields: dict[str, str], pieces: list[str]) -> None:
    from urllib.parse import quote

    pieces = ["".join(c for c in piece if c.isprintable()) for piece in pieces] or [""]
    for name in ("host", "content-length", "transfer-encoding"):
        fields.pop(name, None)
    path = "/" + "/".join(quote(piece, safe="") for piece in pieces)
    lines = [f"GET {path} HTTP/1.0", *(f"{name}: {value}" for name, value in fields.items())]
    request = parse_head("\r\n".join(lines).encode("ascii"))
    assert request.path == tuple(pieces)
    assert request.headers == {name: value.strip(" ") for name, value in fields.items()}


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("GET / HTTP/1.1", 400),  # no Host
        ("GET / HTTP/1.1|Host: a|Host: b", 400),
        ("GET / HTTP/1.1|Host : a", 400),
        ("GET / HTTP/1.1|Host: a|X: y\n Z: w", 400),
        ("GET  / HTTP/1.1|Host: a", 400),
        ("GET / HTTP/1.1 |Host: a", 400),
        ("get / HTTP/1.1|Host: a", 501),
        ("BREW / HTTP/1.1|Host: a", 501),
        ("PUT / HTTP/1.1|Host: a", 405),
        ("OPTIONS * HTTP/1.1|Host: a", 405),
        ("GET * HTTP/1.1|Host: a", 400),
        ("GET a HTTP/1.1|Host: a", 400),
        ("GET /#a HTTP/1.1|Host: a", 400),
        ("GET / HTTP/2.0|Host: a", 505),
        ("GET / HTTP/0.9", 505),
        ("GET /", 400),
        ("GET / HTTP/1.1|Host: a|Content-Length: 1", 413),
        ("GET / HTTP/1.1|Host: a|Content-Length: 0|Content-Length: 0", 400),
        ("GET / HTTP/1.1|Host: a|Transfer-Encoding: chunked", 413),
        ("GET /%2 HTTP/1.1|Host: a", 400),
        ("GET /%00 HTTP/1.1|Host: a", 400),
        ("GET /%0d%0a HTTP/1.1|Host: a", 400),
        ("GET /%c0%ae HTTP/1.1|Host: a", 400),  # an overlong dot
        ("GET /?%ff HTTP/1.1|Host: a", 400),
        ("GET /?a=1&b=2&a=1 HTTP/1.1|Host: a", 400),
        ("GET /?_HLS_skip=&_hls_SKIP=YES HTTP/1.1|Host: a", 400),
        ("GET /?" + "a&" * 20 + " HTTP/1.1|Host: a", 400),
        ("GET / HTTP/1.1" + "|X: y" * 101, 431),
    ],
)
def test_strictness(head: str, status: int) -> None:
    with pytest.raises(PeerError) as refused:
        parse_head(head.replace("|", "\r\n").encode("latin-1"))
    assert refused.value.status == status


@given(extra=st.integers(-3, 3))
def test_the_head_is_bounded_to_the_byte(extra: int) -> None:
    line = b"GET / HTTP/1.0\r\nX: "
    head = line + b"a" * (HEAD_LIMIT + extra - len(line) - 4) + b"\r\n\r\n"
    result = run([head])
    if extra <= 0:
        assert isinstance(result[0], Request)
    else:
        assert result == [("head_too_large", 431)]


@pytest.mark.parametrize(
    ("version", "connection", "keeps"),
    [("1.1", "", True), ("1.1", "close", False), ("1.1", "Close", False), ("1.1", "upgrade", True),
     ("1.0", "", False), ("1.0", "keep-alive", True), ("1.0", "Keep-Alive", True)],
)  # fmt: skip
def test_keep_alive(version: str, connection: str, keeps: bool) -> None:
    head = f"GET / HTTP/{version}\r\nHost: h\r\nConnection: {connection}"
    assert parse_head(head.encode()).keep_alive is keeps


def test_an_encoded_slash_stays_in_its_piece() -> None:
    request = parse_head(b"GET /live/..%2f..%2Fetc/x HTTP/1.0")
    assert request.path == ("live", "../../etc", "x")


def test_a_query_field_has_the_name_that_a_cache_sees() -> None:
    query = parse_head(b"GET /?%5FHLS_skip=YES&t=a+b%20c HTTP/1.0").query
    assert query == {"%5FHLS_skip": "YES", "t": "a b c"}


def test_plain_text_is_not_touched_by_decoding() -> None:
    assert decode("a+b") == "a+b"


@given(value=st.text(max_size=30))
def test_no_field_can_break_out_of_its_line(value: str) -> None:
    try:
        head = response_head(200, (("X", value),), date="d", length=3, keep_alive=False)
    except (ValueError, UnicodeEncodeError):
        assert "\r" in value or "\n" in value or any("\ud800" <= c <= "\udfff" for c in value)
    else:
        assert head.count(b"\r\n") == 6
        assert head.endswith(b"Content-Length: 3\r\nConnection: close\r\n\r\n")


@given(st.lists(st.sampled_from(range(6)), max_size=12))
def test_what_is_remembered_of_earlier_heads_changes_nothing(order: list[int]) -> None:
    fields = ["Host: a", "Host: b|Range: bytes=0-", f"Host: a|X: {'x' * 2_000}"]
    heads = [
        f"{line}|{lines}".replace("|", "\r\n").encode("ascii")
        for line in ("GET /a?b=c HTTP/1.1", f"HEAD /{'d' * 2_000} HTTP/1.1")
        for lines in fields
    ]
    parser = RequestParser()
    for at in order:
        parser.receive(heads[at] + b"\r\n\r\n")
        assert parser.next() == parse_head(heads[at])
        assert parser.next() is None
