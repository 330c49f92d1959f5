"""What changes in a show after its end reaches the episode; what is taken down leaves it."""

import io
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import anyio
import av
import msgspec
import numpy as np
import pytest
from PIL import Image

from vivavoce.control import series as series_module
from vivavoce.control.series import SETTLE_S, Series
from vivavoce.export.carry import carry_out
from vivavoce.export.feed import ALL
from vivavoce.export.jobs import Job, JobState
from vivavoce.export.orders import Kind, Order
from vivavoce.record import takedown
from vivavoce.record.places import Places
from vivavoce.record.programme import write_card
from vivavoce.store.series_rows import SeriesRow
from vivavoce.testing import tone
from vivavoce.testing.clock import FakeClock
from vivavoce.testing.decode import decode
from vivavoce.testing.ended_show import SHOW, EndedShow
from vivavoce.units import SEGMENT_SAMPLES, Samples

pytestmark = pytest.mark.anyio

PODCAST = "{https://podcastindex.org/namespace/1.0}"
FIELDS = {
    **{"title": "All", "description": "", "author": "Vera", "language": "en"},
    **{"category": "Society & Culture", "explicit": False},
}
CHAPTERS = [{"startTime": 0, "title": "One"}, {"startTime": 20, "title": "Two"}]


def red() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (1_400, 1_400), "red").save(buffer, "JPEG")
    return buffer.getvalue()


SENT = red()


class Rows:
    """Keeps no series."""

    async def put(self, row: SeriesRow) -> None: ...


class House:
    """One ended show of 38 s and the installation's feed; episodes are made here, by the way."""

    def __init__(self, data: Path) -> None:
        self.data, self.live = data, data / "live"
        sound = tone(440, Samples(2 * SEGMENT_SAMPLES), db=-26)
        self.card = EndedShow(
            round=sound,
            rounds=10,
            title="Before",
            speakers=("Vera", "Otto"),
            more={"chapters.json": {"version": "1.2.0", "chapters": CHAPTERS}},
        ).write(self.live)
        self.clock = FakeClock()
        self.series = Series(
            Rows(),  # type: ignore[arg-type]
            self.live,
            self.clock,
            public_url="https://x.example",
            roles=self.roles,
            fit=self.fit,
        )
        self.wanted: list[str] = []

    def all(self) -> list["House"]:
        return [self]

    async def fit(self, picture: bytes) -> bytes:
        return picture

    async def roles(self, show: str) -> dict[str, str]:
        assert show == SHOW
        return {"seatVera": "host"}

    async def asked(self) -> list[str]:
        """Look over the feeds; return whose episode was asked for."""
        self.wanted = []

        async def want(show: str) -> None:
            self.wanted.append(show)

        await self.series.write_all(self, want)  # type: ignore[arg-type]
        return self.wanted

    def make(self) -> Path:
        """Make the episode's files as a worker does."""
        to = self.data / "made"
        shutil.rmtree(to, ignore_errors=True)
        live, record = self.live / SHOW, self.data / "record" / SHOW
        author, cover = self.series.asked(self.card)
        order = Order(
            kind=Kind.EPISODE,
            show=SHOW,
            live=str(live),
            record=str(record),
            to=str(to),
            author=author,
            cover=cover,
        )
        carry_out(order, lambda _done, _step: None)
        return to

    async def place(self, made: Path) -> None:
        job = Job(job="j", show=SHOW, kind=Kind.EPISODE, state=JobState.RUNNING, made_ms=0)
        await self.series.finished(job, made)

    def item(self) -> ET.Element | None:
        return ET.parse(self.live / "feed.xml").find("channel/item")

    def tags(self) -> tuple[str, str, list[str]]:
        with av.open(str(self.live / SHOW / "episode.mp3")) as file:
            chapters = [str(chapter["metadata"]["title"]) for chapter in file.chapters()]
            return file.metadata["title"], file.metadata["artist"], chapters

    def put(self, **changes: str) -> None:
        self.card = msgspec.structs.replace(self.card, **changes)
        write_card(self.live / SHOW, self.card)

    def mark(self, *titles: str) -> None:
        listed = [{"startTime": 5 * n, "title": title} for n, title in enumerate(titles)]
        told = msgspec.json.encode({"version": "1.2.0", "chapters": listed})
        (self.live / SHOW / "chapters.json").write_bytes(told)

    def take_down(self, begin_ms: int, end_ms: int) -> None:
        takedown.begin(Places(self.data), SHOW, begin_ms, end_ms, 1)
        takedown.carry_out(Places(self.data), self.card)


@pytest.fixture
async def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    await house.series.put(ALL, FIELDS)
    assert await house.asked() == [SHOW], "it has none: that is asked for at once"
    await house.place(house.make())
    assert await house.asked() == []
    assert house.tags() == ("Before", "Vera", ["One", "Two"])
    return house


async def retitle(house: House) -> None:
    house.put(title="After")


async def mark(house: House) -> None:
    house.mark("Three", "Four")


async def rename(house: House) -> None:
    await house.series.put(ALL, {**FIELDS, "author": "Otto"})


@pytest.mark.parametrize(
    ("change", "tags"),
    [
        (retitle, ("After", "Vera", ["One", "Two"])),
        (mark, ("Before", "Vera", ["Three", "Four"])),
        (rename, ("Before", "Otto", ["One", "Two"])),
    ],
)
async def test_a_change_is_made_part_of_it_once_it_has_settled(
    house: House,
    change: Callable[[House], Awaitable[None]],
    tags: tuple[str, str, list[str]],
) -> None:
    house.mark("On", "the", "way")
    assert await house.asked() == []
    house.clock.advance(SETTLE_S - 1)
    (house.live / SHOW / "chapters.json").write_bytes(
        msgspec.json.encode({"version": "1.2.0", "chapters": CHAPTERS})
    )
    await change(house)
    for _ in range(2):
        assert await house.asked() == [], "somebody is at it still"
        house.clock.advance(SETTLE_S - 1)
    assert house.item() is not None, "listeners have the old one until then"
    house.clock.advance(1)
    assert await house.asked() == [SHOW]
    await house.place(house.make())
    assert house.tags() == tags
    house.clock.advance(SETTLE_S)
    assert await house.asked() == [], "once"


async def test_what_is_taken_down_is_in_no_episode_any_more(house: House) -> None:
    made = house.make()  # begun before, done afterwards
    house.take_down(10_000, 20_000)
    await house.place(made)
    assert await house.asked() == [SHOW], "at once"
    assert house.item() is None
    assert not [path for path in (house.live / SHOW).iterdir() if path.name.startswith("episode")]
    await house.place(house.make())
    assert await house.asked() == []
    assert house.item() is not None
    for name in ("episode.mp3", "episode.opus"):
        loud = np.abs(decode(house.live / SHOW / name).astype(np.int32)).reshape(-1, 480).max(1)
        # To the frame that it begins in, and the next whole part.
        assert loud[1_010:1_990].max() < 10
        assert min(loud[10:950].min(), loud[2_040:3_800].min()) > 500


async def test_no_taste_is_taken_from_a_withdrawn_clip(house: House) -> None:
    def tastes() -> list[str | None]:
        item = house.item()
        assert item is not None
        return [bite.text for bite in item.iterfind(f"{PODCAST}soundbite")]

    assert tastes() == ["One", "Two"]
    (house.live / SHOW / "withdrawn.json").write_bytes(b"[[21000,27000]]")
    assert await house.asked() == [], "the episode stays as it is"
    assert tastes() == ["One"]


async def test_it_comes_by_itself(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series_module, "SETTLE_S", 0.2)
    monkeypatch.setattr(series_module, "_PAUSE_S", 0.01)
    monkeypatch.setattr(house.clock, "now", anyio.current_time)
    made = anyio.Event()

    async def wanted(_show: str) -> None:
        await house.place(await anyio.to_thread.run_sync(house.make))
        made.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(house.series.run, house, wanted)  # type: ignore[arg-type]
        house.mark("By", "itself")
        house.series.told()
        with anyio.fail_after(30):
            await made.wait()
        tasks.cancel_scope.cancel()
    assert house.tags() == ("Before", "Vera", ["By", "itself"])


async def test_apps_are_told_who_hosts_and_who_is_a_guest(house: House) -> None:
    item = house.item()
    assert item is not None
    found = [(one.text, one.get("role")) for one in item.iterfind(f"{PODCAST}person")]
    assert found == [("Vera", "host"), ("Otto", "guest")], "the seat of one is known"


async def test_a_cover_of_the_series_is_in_episodes_made_from_then_on(house: House) -> None:
    item = house.item()
    assert item is not None
    assert item.find("{*}image") is not None, "its own, drawn from the title"
    await house.series.dress(ALL, SENT)
    assert await house.asked() == []
    house.clock.advance(SETTLE_S)
    assert await house.asked() == [SHOW]
    await house.place(house.make())
    assert await house.asked() == []
    item = house.item()
    assert item is not None
    assert item.find("{*}image") is None
    assert not (house.live / SHOW / "cover.png").exists()
    with av.open(str(house.live / SHOW / "episode.mp3")) as file:
        picture = next(file.decode(video=0))
        assert isinstance(picture, av.VideoFrame)
        pixels = picture.to_ndarray(format="rgb24")
    assert pixels.shape == (600, 600, 3)
    assert (pixels[:, :, 0] > 240).all(), "red, as it was sent"
