"""What an S3 store refuses is told in plain words, and no fault of its own costs anything."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from tests.unit.record.mirror_kit import Studio

from vivavoce.record import bucket_faults
from vivavoce.record.bucket import open_bucket
from vivavoce.record.bucket_faults import fault

pytestmark = pytest.mark.anyio

_NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


@dataclass
class Endpoint:
    """As little of S3 as a mirror asks for, which answers with ``refusal`` when it is told to."""

    objects: dict[str, bytes] = field(default_factory=dict)
    refusal: tuple[int, str] | None = None
    refused: tuple[str, ...] = ("PUT", "GET", "POST")
    asked: Counter[str] = field(default_factory=Counter)
    port: int = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                method, target, _ = line.decode().split()
                length = 0
                while (header := await reader.readline()).strip():
                    name, _, value = header.decode().partition(":")
                    length = int(value) if name.lower() == "content-length" else length
                body = await reader.readexactly(length)
                status, text = self.answer(method, target, body)
                head = f"HTTP/1.1 {status} x\r\ncontent-length: {len(text)}\r\netag: e\r\n\r\n"
                writer.write(head.encode() + text.encode())
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def answer(self, method: str, target: str, body: bytes) -> tuple[int, str]:
        self.asked[method] += 1
        if self.refusal is not None and method in self.refused:
            status, code = self.refusal
            return status, f"<Error><Code>{code}</Code><Message>hush</Message></Error>"
        parts = urlsplit(target)
        key = unquote(parts.path).removeprefix("/b/")
        if method == "PUT":
            self.objects[key] = body
            return 200, ""
        prefix = parse_qs(parts.query).get("prefix", [""])[0]
        found = "".join(
            f"<Contents><Key>{key}</Key><Size>{len(data)}</Size><ETag>e</ETag>"
            "<LastModified>2024-08-13T00:42:00.000Z</LastModified></Contents>"
            for key, data in sorted(self.objects.items())
            if key.startswith(prefix)
        )
        return 200, f"<ListBucketResult {_NAMESPACE}>{found}</ListBucketResult>"


@asynccontextmanager
async def mirrored(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Endpoint, Studio]]:  # type: ignore[type-arg]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id-of-the-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hushhush")
    endpoint = Endpoint()
    async with await asyncio.start_server(endpoint.talk, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        bucket = open_bucket("s3://b", f"http://127.0.0.1:{port}", "us-east-1")
        assert bucket is not None
        yield endpoint, Studio(folder / "data", bucket)


@pytest.mark.parametrize(
    ("status", "said", "code", "words"),
    [
        (503, "SlowDown", "bucket_slow", "asks for fewer requests"),
        (429, "Anything", "bucket_slow", "asks for fewer requests"),
        (507, "XMinioStorageFull", "bucket_full", "The bucket is full"),
        (403, "QuotaExceeded", "bucket_full", "The bucket is full"),
        (507, "Unheard", "bucket_full", "The bucket is full"),
        (403, "SignatureDoesNotMatch", "bucket_credentials", "AWS_ACCESS_KEY_ID"),
        (403, "RequestTimeTooSkewed", "bucket_clock", "set the clock"),
        (403, "AccessDenied", "bucket_refused", "refuses the recording"),
        (404, "NoSuchBucket", "bucket_missing", "no bucket of that name"),
        (500, "InternalError", "bucket_away", "has not been reached"),
    ],
)
async def test_live_goes_on_hosts_know_within_five_seconds_and_then_it_is_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, said: str, code: str, words: str
) -> None:
    async with mirrored(tmp_path, monkeypatch) as (endpoint, studio):
        studio.card()
        for _ in range(3):
            studio.finish_segment()
        await studio.rounds(5)
        endpoint.refusal = (status, said)
        for _ in range(30):
            studio.finish_segment()
            await studio.rounds(5)
            notice = studio.mirror.notice()
            assert notice is not None
            assert notice.code == code
            assert words in notice.message
            assert "Nothing is lost" in notice.message
            assert "hush" not in notice.message
        endpoint.refusal = None
        studio.end()
        await studio.rounds(60)
        assert endpoint.objects == studio.folder()
        assert studio.mirror.notice() is None


async def test_a_store_that_asks_for_fewer_requests_gets_fewer_and_is_not_listed_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with mirrored(tmp_path, monkeypatch) as (endpoint, studio):
        studio.card()
        for _ in range(40):
            studio.finish_segment()
        await studio.rounds(10)
        endpoint.refusal = (503, "SlowDown")
        endpoint.asked.clear()
        for _ in range(60):
            studio.finish_segment()
            await studio.rounds(5)
        # Four at once, then nothing for 0.5 s, 1 s … and in the end for 7.5 s at least.
        assert endpoint.asked["PUT"] <= 4 * (5 + 300 / 7.5)
        endpoint.refusal = None
        await studio.rounds(60)
        assert endpoint.asked["GET"] == 0, "what was refused was not done: nothing to look up"


async def test_a_bucket_that_fills_keeps_what_it_has_and_takes_the_rest_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with mirrored(tmp_path, monkeypatch) as (endpoint, studio):
        endpoint.refused = ("PUT",)
        studio.card()
        for number in range(40):
            studio.finish_segment()
            endpoint.refusal = (507, "InsufficientStorage") if 10 <= number < 30 else None
            before = dict(endpoint.objects)
            await studio.rounds(10)
            if endpoint.refusal is not None:
                assert endpoint.objects == before
                files, _ = studio.mirror.waiting
                assert files >= number - 9
        studio.end()
        await studio.rounds(60)
        assert endpoint.objects == studio.folder()


def test_of_an_answer_nothing_but_its_code_is_used() -> None:
    assert fault("<Code>AccessDenied</Code>AKIA", refused=True) is bucket_faults.REFUSED
    assert fault("<Code><b>x</b></Code>", refused=True) is bucket_faults.REFUSED
    assert fault("connection refused", refused=False) is bucket_faults.AWAY
    asked_role = "error sending request for http://169.254.169.254/latest/api/token"
    assert fault(asked_role, refused=False) is bucket_faults.CREDENTIALS
