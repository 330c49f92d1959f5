"""Recordings in a real S3-compatible bucket, of a server that no one here wrote (SeaweedFS)."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import obstore
import pytest
from obstore.store import S3Store
from tests.seaweed import BUCKET, KEY, SECRET, Seaweed, seaweed
from tests.server import vivavoce
from tests.studio import new_database
from tests.unit.record.ended import SHOW, close, parts, public, recording
from tests.unit.record.mirror_kit import Studio

from vivavoce.errors import MachineError
from vivavoce.launch import COPY
from vivavoce.record import mirror
from vivavoce.record.bucket import Bucket, open_bucket
from vivavoce.record.places import Places
from vivavoce.record.sources import Folder, card_of
from vivavoce.record.takedown import begin, carry_out

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.interop,
    pytest.mark.skipif(sys.platform != "linux", reason="its packages are for Linux alone"),
]

_MULTIPART = 12 << 20  # obstore sends what is bigger in pieces of 5 MiB


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    with seaweed(tmp_path_factory.mktemp("s3") / "seaweed") as running:
        yield running


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)


def ours(server: Seaweed, address: str) -> Bucket:
    bucket = open_bucket(address, server.endpoint, "us-east-1")
    assert bucket is not None
    return bucket


def content(store: S3Store) -> dict[str, bytes]:
    keys = [about["path"] for page in obstore.list(store) for about in page]
    return {key: bytes(obstore.get(store, key).bytes()) for key in keys}


async def _live(server: Seaweed, studio: Studio[Bucket], theirs: S3Store) -> None:
    """Record a show; for five minutes of it the server is not there."""
    show = recording(studio.data)
    studio.card()
    for number in range(60):
        if number == 20:
            server.stop()
        if number == 40:
            server.start()
            await studio.rounds(30)
        await anyio.to_thread.run_sync(show.append, parts(number, number + 1))
        await studio.rounds(15 if 20 <= number < 40 else 0.32)
        notice = studio.mirror.notice()
        if number < 20 or number >= 40:
            assert notice is None, number
        if 26 <= number < 40:  # there was a new segment meanwhile
            assert notice is not None
            assert notice.code == "bucket_away"
            assert "Nothing is lost" in notice.message
        if number == 19:
            assert len([key for key in content(theirs) if mirror.is_segment(key)]) == 2 * 3
    show.finish()


async def test_a_live_show_its_outage_its_end_a_take_down_and_its_deletion(
    server: Seaweed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)
    server.ensure()
    data, theirs = tmp_path / "data", server.store("a-show")
    studio = Studio(data, ours(server, f"s3://{BUCKET}/a-show"))
    await _live(server, studio, theirs)
    tracks = data / "record" / SHOW / "tracks"
    tracks.mkdir(parents=True)
    (tracks / "seat000000.opus").write_bytes(os.urandom(_MULTIPART + 12_345))
    close(data)
    studio.live = False
    await studio.rounds(40)
    assert content(theirs) == studio.folder()
    assert studio.mirror.notice() is None

    kept = server.store("a-show")
    kept.put(COPY, new_database())
    again = tmp_path / "again"
    settings = {
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "VIVAVOCE_STORAGE_BUCKET": f"s3://{BUCKET}/a-show",
        "VIVAVOCE_STORAGE_ENDPOINT": server.endpoint,
        "VIVAVOCE_STORAGE_REGION": "us-east-1",
    }
    done = vivavoce("show", "restore", "--json", "--data", str(again), **settings)
    assert done.code == 0, done.err
    (one,) = json.loads(done.out)
    assert (one["show"], one["verdict"]) == (SHOW, "sealed")
    back = {key: (again / key).read_bytes() for key in studio.folder()}
    assert back == studio.folder()
    assert (again / "vivavoce.db").read_bytes() == new_database()
    kept.delete(COPY)

    begin(Places(data), SHOW, 3_000, 6_500, 1_800_000_000_000)
    carry_out(Places(data), card_of(Folder(public(data))))
    await studio.rounds(90)
    assert content(theirs) == studio.folder()
    assert f"live/{SHOW}/opus/00000002.m4s" not in content(theirs)

    studio.delete()
    await studio.rounds(90)
    assert content(theirs) == {f"live/{SHOW}/gone.json": b"{}"}


async def test_a_thousand_files_are_deleted_at_once_and_those_that_are_not_there_are_gone(
    server: Seaweed,
) -> None:
    bucket = ours(server, f"s3://{BUCKET}/many")
    there = [f"live/x/opus/{number:08}.m4s" for number in range(40)]
    for key in there:
        await bucket.put(key, b"x")
    assert set(await bucket.sizes("live/x")) == set(there)
    keys = [f"live/x/opus/{number:08}.m4s" for number in range(mirror.DELETED)]
    await bucket.delete(keys)
    assert await bucket.sizes("live/x") == {}


@pytest.mark.parametrize(
    ("name", "key", "secret", "code"),
    [
        (BUCKET, "nobody", SECRET, "bucket_credentials"),
        (BUCKET, KEY, "guessed", "bucket_credentials"),
        ("not-there", KEY, SECRET, "bucket_missing"),
    ],
)
async def test_what_is_wrong_is_told_in_plain_words_at_the_first_file(
    server: Seaweed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    key: str,
    secret: str,
    code: str,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    studio = Studio(tmp_path / "data", ours(server, f"s3://{name}/wrong"))
    studio.card()
    studio.finish_segment()
    await studio.rounds(5)
    notice = studio.mirror.notice()
    assert isinstance(notice, MachineError)
    assert notice.code == code
    assert "The show and its recording go on" in notice.message
    assert secret not in notice.message
