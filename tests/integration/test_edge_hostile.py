"""Requests made to deceive, to cost or to break: what each gets, while one who listens hears on."""

import contextlib
from pathlib import Path

import anyio
import pytest
from tests.integration.edge_kit import (
    SHOW,
    Client,
    RunningEdge,
    body,
    card,
    fake_studio,
    request,
    running_edge,
    sounds,
)
from tests.integration.test_edge_files import recorded

from vivavoce.bus.messages import Card, Head
from vivavoce.media import Codec
from vivavoce.package.heads import HEADS

pytestmark = pytest.mark.anyio

LIVE = f"/live/{SHOW}"
LIST = f"{LIVE}/opus/index.m3u8"
SEGMENT = f"{LIVE}/opus/00000001.m4s"
HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"
LAST = request("GET", "/healthz", Connection="close")

KEPT = True
"""The connection goes on: what comes behind is answered. Else nothing behind it may be."""


def head(*lines: str) -> bytes:
    return "\r\n".join((*lines, "", "")).encode("latin-1")


def get(path: str, *fields: str) -> bytes:
    return head(f"GET {path} HTTP/1.1", "Host: a", *fields)


def ranged(said: str) -> bytes:
    return get(SEGMENT, f"Range: {said}")


# Each with the bytes, the status, and whether the connection is kept. RFC 9112 where no other.
ROWS: dict[str, tuple[bytes, int, bool]] = {
    # Where a request ends (sections 6 and 11.2): whatever two readers could read in two ways.
    "length and chunked": (
        get("/", "Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n" + HIDDEN,
        413, not KEPT,
    ),
    "chunked": (get("/", "Transfer-Encoding: chunked") + b"0\r\n\r\n" + HIDDEN, 413, not KEPT),
    "chunked, perhaps": (get("/", "Transfer-Encoding: xchunked") + HIDDEN, 413, not KEPT),
    "chunked after a tab": (get("/", "Transfer-Encoding:\tchunked") + HIDDEN, 413, not KEPT),
    "a space before the colon": (get("/", "Transfer-Encoding : chunked") + HIDDEN, 400, not KEPT),
    "two lengths": (get("/", "Content-Length: 0", "Content-Length: 33") + HIDDEN, 400, not KEPT),
    "two equal lengths": (get("/", "Content-Length: 0", "Content-Length: 0"), 400, not KEPT),
    "a list of lengths": (get("/", "Content-Length: 0, 33") + HIDDEN, 413, not KEPT),
    "a length with a sign": (get("/", "Content-Length: +33") + HIDDEN, 413, not KEPT),
    "a length of another script": (get("/", "Content-Length: \xb2") + HIDDEN, 413, not KEPT),
    "a length": (get("/", f"Content-Length: {len(HIDDEN)}") + HIDDEN, 413, not KEPT),
    "no length": (get("/healthz", "Content-Length: 0"), 200, KEPT),
    "folded": (get("/", "X: a", " b"), 400, not KEPT),
    "folded at once": (head("GET / HTTP/1.1", " Host: a"), 400, not KEPT),
    "bare line feeds": (b"GET / HTTP/1.1\nHost: a\n\n" + HIDDEN, 400, not KEPT),
    "a bare line feed in a value": (get("/", "X: a\nY: b"), 400, not KEPT),
    "a bare carriage return": (get("/", "X: a\rTransfer-Encoding: chunked"), 400, not KEPT),
    "NUL in a value": (get("/", "X: a\0b"), 400, not KEPT),
    "NUL in the address": (get("/a\0b"), 400, not KEPT),
    "no name": (get("/", ": a"), 400, not KEPT),
    "two hosts": (get("/", "Host: b"), 400, not KEPT),
    "no host": (head("GET / HTTP/1.1"), 400, not KEPT),
    "empty lines before": (b"\r\n\r\n" + get("/healthz"), 200, KEPT),
    # Targets (section 3.2)
    "absolute": (get("http://a/healthz"), 200, KEPT),
    "absolute, of somebody else": (get("http://elsewhere.test/healthz"), 200, KEPT),
    "absolute, of another scheme": (get("ftp://a/healthz"), 400, not KEPT),
    "absolute, of nobody": (get("http:///healthz"), 400, not KEPT),
    "authority": (head("CONNECT a:443 HTTP/1.1", "Host: a:443"), 405, not KEPT),
    "authority, by GET": (get("a:443"), 400, not KEPT),
    "asterisk": (head("OPTIONS * HTTP/1.1", "Host: a"), 405, not KEPT),
    "a fragment": (get("/healthz#a"), 400, not KEPT),
    "a space in the address": (get("/a b"), 400, not KEPT),
    # Too long, too many
    "a long method": (head(f"{'A' * 4_000} / HTTP/1.1", "Host: a"), 501, not KEPT),
    "a long address": (get(f"/{'a' * 7_000}"), 404, KEPT),
    "a longer address": (get(f"/{'a' * 9_000}"), 431, not KEPT),
    "a deep address": (get("/a" * 3_000), 404, KEPT),
    "a long field": (get("/", f"X: {'a' * 9_000}"), 431, not KEPT),
    "10,000 fields": (get("/", *("X: a" for _ in range(10_000))), 431, not KEPT),
    "101 fields": (get("/", *("X: a" for _ in range(101))), 431, not KEPT),
    # Other protocols, other times
    "HTTP/0.9": (b"GET /\r\n\r\n", 400, not KEPT),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, not KEPT),
    "HTTP/1.2": (head("GET /healthz HTTP/1.2", "Host: a"), 200, KEPT),
    "HTTP/1.0": (head("GET /healthz HTTP/1.0"), 200, not KEPT),
    "HTTP/1.0, kept": (head("GET /healthz HTTP/1.0", "Connection: keep-alive"), 200, KEPT),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, not KEPT),
    "Expect": (get("/healthz", "Expect: 100-continue"), 200, KEPT),
    "Expect, with a body": (
        get("/", "Expect: 100-continue", "Content-Length: 5"), 413, not KEPT,
    ),
    "an upgrade to HTTP/2": (
        get("/healthz", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c"), 200, KEPT,
    ),
    "TRACE": (head("TRACE / HTTP/1.1", "Host: a", "Cookie: a=b"), 405, not KEPT),
    # Ranges (RFC 9110, 14): many at once, or none that can be, are no ranges
    "many ranges": (ranged("bytes=" + ",".join("0-" for _ in range(1_500))), 200, KEPT),
    "ranges over each other": (ranged("bytes=0-99,0-99,50-150"), 200, KEPT),
    "backwards": (ranged("bytes=99-0"), 200, KEPT),
    "the last none": (ranged("bytes=-0"), 416, KEPT),
    "from beyond": (ranged("bytes=999999999999999999-"), 416, KEPT),
    "more digits than any file": (ranged("bytes=0-" + "9" * 400), 200, KEPT),
    "digits of another script": (ranged("bytes=\xb2-\xb3"), 200, KEPT),
    "of another unit": (ranged("parts=0-1"), 200, KEPT),
    "two ranges": (get(SEGMENT, "Range: bytes=0-1", "Range: bytes=2-3"), 400, not KEPT),
    "all of it": (ranged("bytes=0-"), 206, KEPT),
    # Out of the folder
    "up": (get(f"{LIVE}/../../secret"), 404, KEPT),
    "up, encoded": (get(f"{LIVE}/%2e%2e/%2e%2e/secret"), 404, KEPT),
    "up, encoded twice": (get(f"{LIVE}/%252e%252e%252fsecret"), 404, KEPT),
    "up, overlong": (get(f"{LIVE}/%c0%ae%c0%ae/secret"), 400, not KEPT),
    "up, in surrogates": (get(f"{LIVE}/%ed%a0%80"), 400, not KEPT),
    "up, by backslashes": (get(f"{LIVE}/..%5c..%5csecret"), 404, KEPT),
    "a broken escape": (get(f"{LIVE}/%2"), 400, not KEPT),
    "an end in the name": (get(f"{LIVE}/opus/init.mp4%00.m4s"), 400, not KEPT),
    # What is not there
    "an unknown show": (get("/live/zzzzzzzzzz/card.json"), 404, KEPT),
    "an unknown stream": (get("/live/zzzzzzzzzz/stream.mp4"), 404, KEPT),
    "a segment of the far future": (get(f"{LIVE}/opus/99999999.m4s"), 404, KEPT),
    "a part of the far future": (get(f"{LIVE}/opus/99999999.5.m4s"), 404, KEPT),
    "a segment with a sign": (get(f"{LIVE}/opus/-0000001.m4s"), 404, KEPT),
    "a list of the far future": (get(f"{LIST}?_HLS_msn=99999999"), 400, KEPT),
    "a list before the first": (get(f"{LIST}?_HLS_msn=-1"), 400, KEPT),
    "a list beyond all numbers": (get(f"{LIST}?_HLS_msn={'9' * 5_000}"), 400, KEPT),
    "a list, asked for twice": (get(f"{LIST}?_HLS_msn=1&_HLS_msn=99"), 400, not KEPT),
    "100 query fields": (get("/?" + "&".join(f"a{n}" for n in range(100))), 400, not KEPT),
}  # fmt: skip


def statuses(answers: bytes) -> list[int]:
    """Return the status of each answer; where one ends is said by its length."""
    found = []
    while answers:
        first, _, rest = answers.partition(b"\r\n\r\n")
        found.append(int(first.split(b" ", 2)[1]))
        fields = dict(line.split(b": ", 1) for line in first.split(b"\r\n")[1:])
        answers = rest[int(fields.get(b"Content-Length", b"0")) :]
    return found


async def exchange(edge: RunningEdge, sent: bytes) -> bytes:
    """Send it, a last request behind it, and return all that comes until the edge closes."""
    client = await edge.connect()
    with contextlib.suppress(ConnectionError):  # it may have heard enough before
        await client.send(sent + LAST)
    try:
        return await client.all()
    except ConnectionError:
        return bytes(client.got)
    finally:
        client.close()


async def test_every_row_gets_what_it_should_and_the_others_hear_on(tmp_path: Path) -> None:
    recorded(tmp_path, 12)
    (tmp_path / "secret").write_text("the owner's key")
    greeting = (Card(card(epoch_ms=0)), Head(SHOW, Codec.OPUS, HEADS[Codec.OPUS]))
    with anyio.fail_after(60):
        async with (
            fake_studio(*greeting) as studio,
            running_edge(tmp_path, studio, low_latency=True) as edge,
        ):
            await edge.get(LIST)  # from here on the list goes on with what is heard
            listener: Client = await edge.connect()
            await listener.send(request("GET", f"{LIVE}/stream.mp4"))
            await listener.until(HEADS[Codec.OPUS])
            found = {}
            for number, (name, row) in enumerate(ROWS.items(), 12):
                answers = await exchange(edge, row[0])
                assert b"owner's" not in answers, name
                found[name] = statuses(answers)
                await studio.say(*sounds(number))
                await listener.until(body(Codec.OPUS, number))
            wanted = {name: [row[1], *([200] if row[2] else [])] for name, row in ROWS.items()}
            assert found == wanted
            assert (await edge.get("/healthz")).status == 200


async def test_head_is_get_without_its_body(tmp_path: Path) -> None:
    """RFC 9110, 9.3.2: the same fields, whatever is asked for."""
    recorded(tmp_path, 12)
    paths = ["/", f"/{SHOW}", f"{LIVE}/card.json", f"{LIVE}/index.m3u8", LIST, SEGMENT, "/readyz",
             f"{LIVE}/opus/init.mp4", "/nothing", f"{LIVE}/nothing", "/oembed", "/feed.xml",
             "/assets/page-abc.js", f"/{SHOW}/embed", f"{LIVE}/talk.json"]  # fmt: skip
    async with running_edge(tmp_path) as edge:
        for path in paths:
            whole, head_alone = await edge.get(path), await edge.ask("HEAD", path)
            assert head_alone.body == b"", path
            assert head_alone.status == whole.status, path
            for said in (whole, head_alone):
                said.headers.pop("date")
            assert head_alone.headers == whole.headers, path


async def test_pipelined_requests_are_answered_in_order_up_to_a_bound(tmp_path: Path) -> None:
    recorded(tmp_path, 12)
    async with running_edge(tmp_path) as edge:
        client = await edge.connect()
        await client.send(get("/healthz") * 100 + get(SEGMENT) * 20 + get("/nothing") + LAST)
        assert statuses(await client.all()) == [200] * 120 + [404, 200]
