"""A damaged database keeps no studio from starting, and no show is lost by it."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import anyio
import msgspec
import obstore
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from obstore.store import MemoryStore
from tests.studio import STUDIO, FakeStages, new_database, put_database

from vivavoce.app.copies import Copies
from vivavoce.card import ShowCard, State
from vivavoce.control.board import PublicBoard
from vivavoce.control.shows import Shows
from vivavoce.errors import MachineError
from vivavoce.launch import COPY, DATABASE
from vivavoce.record.bucket import StoreBucket
from vivavoce.store.database import open_database
from vivavoce.store.rescue import keep_copy, rescue
from vivavoce.store.schema import refuse_newer, revisions
from vivavoce.store.series_rows import SeriesRow, SeriesRows
from vivavoce.store.show_rows import ShowRows
from vivavoce.testing import FakeClock

pytestmark = pytest.mark.anyio

PLACES = st.floats(0, 1, exclude_max=True)
TITLES = {"A talk", "Another talk", "Grüße, 東京"}


async def shows_of(data: Path, *, make: bool = False) -> list[ShowCard]:
    """Open the shows in ``data`` as a studio does; ``make`` them first."""
    put_database(data / DATABASE)
    async with open_database(data / DATABASE) as database:
        rows, board = ShowRows(database), PublicBoard(data, lambda _: None)
        shows = Shows(rows, FakeStages(), board, FakeClock(), studio_url=STUDIO)
        await shows.open()
        if make:
            talks = SeriesRow(
                series="0123456789", title="Talks", description="", author="Ada", language="en",
                category="News", explicit=False, created_ms=1,
            )  # fmt: skip
            await SeriesRows(database).put(talks)
            for title in sorted(TITLES):
                row, _ = await shows.create(title, "About it", "en", None)
                await shows.change(row.card.show, {"series": "0123456789"})
        return [row.card for row in shows.all()]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("made")

    async def make() -> None:
        await shows_of(data, make=True)

    anyio.run(make)
    keep_copy(data / DATABASE, data / COPY)
    assert not (data / f"{DATABASE}-wal").exists()
    return data


def titles(data: Path) -> set[str]:
    async def read() -> set[str]:
        return {card.title for card in await shows_of(data)}

    return anyio.run(read)


@settings(max_examples=120)
@given(at=PLACES, bit=st.integers(0, 7), cut=st.booleans(), copy=st.booleans())
@example(at=0.0, bit=0, cut=False, copy=False)
@example(at=0.0, bit=0, cut=True, copy=False)
@example(at=0.0, bit=0, cut=True, copy=True)
def test_one_bit_or_a_cut_anywhere_in_it_and_all_shows_are_there(
    made: Path, tmp_path_factory: pytest.TempPathFactory, at: float, bit: int, cut: bool, copy: bool
) -> None:
    data = tmp_path_factory.mktemp("damaged")
    shutil.copytree(made, data, dirs_exist_ok=True)
    if not copy:
        shutil.rmtree((data / COPY).parent)
    file = data / DATABASE
    content = bytearray(file.read_bytes())
    place = int(at * len(content))
    if cut:
        del content[place:]
    else:
        content[place] ^= 1 << bit
    file.write_bytes(content)
    damaged = rescue(file, data / COPY)
    assert damaged == file.with_name(f"{DATABASE}.damaged").exists()
    found = titles(data)
    # A bit of a text that stays a text is no damage that anybody could see.
    assert len(found) == len(TITLES)
    if damaged:
        assert found == TITLES
    shutil.rmtree(data)


HEADER, REVISION = range(100), range(-12, 8)


@settings(max_examples=40)
@given(place=st.integers(0, len(HEADER) + 2 * len(REVISION) - 1), bit=st.integers(0, 7))
@example(place=18, bit=3)
@example(place=19, bit=0)
@example(place=47, bit=0)
def test_one_bit_where_the_file_says_what_it_is_and_all_shows_are_there_and_may_change(
    made: Path, tmp_path_factory: pytest.TempPathFactory, place: int, bit: int
) -> None:
    data = tmp_path_factory.mktemp("said")
    shutil.copytree(made, data, dirs_exist_ok=True)
    file = data / DATABASE
    content = bytearray(file.read_bytes())
    number = revisions()[-1].encode()
    row = content.index(number)  # in the table and in its index
    index = content.index(number, row + 1)
    places = (*HEADER, *(at + n for at in (row, index) for n in REVISION))
    content[places[place]] ^= 1 << bit
    file.write_bytes(content)
    rescue(file, data / COPY)
    refuse_newer(file)
    assert titles(data) == TITLES
    assert anyio.run(change_all, data) == TITLES
    shutil.rmtree(data)


async def change_all(data: Path) -> set[str]:
    """Change every show, and return what changed."""
    async with open_database(data / DATABASE) as database:
        shows = Shows(
            ShowRows(database), FakeStages(), PublicBoard(data, lambda _: None), FakeClock(),
            studio_url=STUDIO,
        )  # fmt: skip
        await shows.open()
        changed = [await shows.change(row.card.show, {"language": "de"}) for row in shows.all()]
    return {row.card.title for row in changed}


def test_what_a_later_sqlite_wrote_is_refused_and_left_alone(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    file = tmp_path / DATABASE
    content = bytearray(file.read_bytes())
    content[47], content[96:100] = 5, (4_000_000).to_bytes(4, "big")
    file.write_bytes(content)
    assert not rescue(file, tmp_path / COPY)
    with pytest.raises(MachineError, match="newer SQLite") as refused:
        refuse_newer(file)
    assert refused.value.code == "database_newer"
    assert file.read_bytes() == content


@pytest.mark.parametrize("what", ["folder", "link", "noise", "empty"])
def test_what_is_no_database_is_set_aside(made: Path, tmp_path: Path, what: str) -> None:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    file = tmp_path / DATABASE
    file.rename(tmp_path / "elsewhere")
    match what:
        case "folder":
            (file / "inside").mkdir(parents=True)
        case "link":
            file.symlink_to(tmp_path / "elsewhere")
        case "noise":
            file.write_bytes(b"\x93noise" * 999)
        case _:
            file.touch()
    assert rescue(file, tmp_path / COPY) == (what != "empty")
    assert titles(tmp_path) == TITLES


def test_a_newer_one_and_one_that_is_locked_are_left_alone(made: Path, tmp_path: Path) -> None:
    file = tmp_path / DATABASE
    shutil.copyfile(made / DATABASE, file)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("update alembic_version set version_num = '9999'")
        connection.commit()
        connection.execute("drop table seats")
        connection.commit()
    assert not rescue(file, tmp_path / COPY)
    with closing(sqlite3.connect(file, isolation_level=None, timeout=0)) as connection:
        connection.execute("begin exclusive")
        assert not rescue(file, tmp_path / COPY, wait_s=0)
        connection.execute("rollback")


async def test_a_card_that_is_old_or_strange_comes_back_as_something_that_can_be(
    tmp_path: Path,
) -> None:
    now_ms = int(FakeClock().wall().timestamp() * 1000)
    cards: dict[str, dict[str, Any]] = {
        "0000000001": {"state": State.LIVE, "epoch_ms": now_ms - 60_000},
        "0000000002": {"state": State.LIVE, "epoch_ms": now_ms - 9 * 86_400_000},
        "0000000003": {"state": State.LIVE},
        "0000000004": {"state": State.ENDED, "epoch_ms": 1, "series": "zzzzzzzzzz"},
    }
    plain = ShowCard(show="", version=7, title="T" * 999, description="", language="en",
                     state=State.PLANNED)  # fmt: skip
    for show, more in cards.items():
        (tmp_path / "live" / show).mkdir(parents=True)
        card = msgspec.structs.replace(plain, show=show, **more)
        (tmp_path / "live" / show / "card.json").write_bytes(msgspec.json.encode(card))
    for number, text in enumerate([b"", b"{}", b"\xff", b"[" * 9_999, b'{"show": "0000000001"}']):
        folder = tmp_path / "live" / f"000000001{number}"
        folder.mkdir()
        (folder / "card.json").write_bytes(text)
    (tmp_path / "live" / "0000000020" / "card.json").mkdir(parents=True)
    found = {card.show: card for card in await shows_of(tmp_path)}
    assert {show: card.state.value for show, card in found.items()} == {
        "0000000001": "live",
        "0000000002": "ended",
        "0000000003": "planned",
        "0000000004": "ended",
    }
    assert all(card.version > 7_200 for card in found.values())
    assert found["0000000004"].series is None
    again = {card.show: card for card in await shows_of(tmp_path)}
    assert again == found


async def test_the_copy_is_one_consistent_file_and_made_when_something_changed(
    tmp_path: Path,
) -> None:
    class Bucket:
        def __init__(self) -> None:
            self.kept: dict[str, bytes] = {}
            self.away = True

        async def put(self, key: str, body: bytes | Path) -> None:
            if self.away:
                raise MachineError("bucket_away", "away")
            assert isinstance(body, Path)
            self.kept[key] = await anyio.Path(body).read_bytes()

        async def sizes(self, prefix: str) -> dict[str, int]:
            raise NotImplementedError

        async def delete(self, keys: object) -> None:
            raise NotImplementedError

    bucket = Bucket()
    (tmp_path / DATABASE).write_bytes(new_database())
    copies = Copies(tmp_path, bucket)
    assert not await copies.once()
    bucket.away = False
    assert await copies.once()
    await shows_of(tmp_path, make=True)
    async with open_database(tmp_path / DATABASE) as database, database.read() as connection:
        await connection.exec_driver_sql("select * from shows")
        assert await copies.once()
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / DATABASE).write_bytes(bucket.kept[COPY])
    assert {card.title for card in await shows_of(kept)} == TITLES
    assert await copies.once()  # closing it wrote to it
    first = (tmp_path / COPY).stat().st_mtime_ns
    assert await copies.once()
    assert (tmp_path / COPY).stat().st_mtime_ns == first
    assert (tmp_path / COPY).stat().st_mode & 0o077 == 0


async def test_feeds_and_sent_covers_are_in_the_bucket_until_they_are_taken_away(
    tmp_path: Path,
) -> None:
    store = MemoryStore()
    (tmp_path / DATABASE).write_bytes(new_database())
    series = tmp_path / "live" / "series"
    series.mkdir(parents=True)
    (tmp_path / "live" / "feed.xml").write_bytes(b"<rss/>")
    for name in ("all.0123abcd.jpg", "all.png", ".all.title", "0123456789.xml"):
        (series / name).write_bytes(name.encode())
    (series / "0123456789.89abcdef.jpg").symlink_to(tmp_path / DATABASE)
    (tmp_path / "vivavoce.toml").write_text("[turn]\nsecret = 'x'\n")

    def kept() -> dict[str, bytes]:
        keys = [about["path"] for page in obstore.list(store) for about in page]
        return {key: bytes(obstore.get(store, key).bytes()) for key in keys if key != COPY}

    copies = Copies(tmp_path, StoreBucket(lambda: store))
    assert await copies.once()
    first = {
        "live/feed.xml": b"<rss/>",
        "live/series/all.0123abcd.jpg": b"all.0123abcd.jpg",
        "live/series/0123456789.xml": b"0123456789.xml",
    }
    assert kept() == first
    (tmp_path / "live" / "feed.xml").write_bytes(b"<rss>2</rss>")
    (series / "all.0123abcd.jpg").rename(series / "all.00000000.jpg")
    assert await copies.once()
    changed = {"live/feed.xml": b"<rss>2</rss>", "live/series/0123456789.xml": b"0123456789.xml"}
    assert kept() == changed | {"live/series/all.00000000.jpg": b"all.0123abcd.jpg"}
    shutil.rmtree(tmp_path / "live")
    assert await copies.once()
    again = Copies(tmp_path, StoreBucket(lambda: store))
    assert await again.once()
    assert len(kept()) == 3, "an empty disk empties no bucket"
