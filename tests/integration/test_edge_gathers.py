"""An edge on another machine makes its HLS of its feed: sound crosses the link once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import anyio
import pytest
from anyio.abc import ByteStream
from tests.integration.edge_kit import (
    SHOW,
    FakeStudio,
    RunningEdge,
    body,
    card,
    fake_studio,
    running_edge,
    sounds,
    write_card,
)

from vivavoce.bus.messages import Card, Gone, Head
from vivavoce.card import State
from vivavoce.media import SEGMENTED, Codec
from vivavoce.package.heads import HEADS
from vivavoce.package.silence import silent_part
from vivavoce.record.programme import Programme
from vivavoce.units import PartNumber

pytestmark = pytest.mark.anyio

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
LIVE = card(epoch_ms=int(EPOCH.timestamp() * 1000))
ENDED = card(epoch_ms=LIVE.epoch_ms, state=State.ENDED, version=2)
BEFORE = 14  # parts that were there before the far edge came


@dataclass
class Link:
    """A wire between two edges that keeps what crosses it towards the far one."""

    port: int = 0
    crossed: bytearray = field(default_factory=bytearray)

    def times(self, codec: Codec, number: int) -> int:
        return self.crossed.count(body(codec, number))


@asynccontextmanager
async def link_to(port: int) -> AsyncIterator[Link]:
    link = Link()

    async def carry(here: ByteStream) -> None:
        async with (
            here,
            await anyio.connect_tcp("127.0.0.1", port) as there,
            anyio.create_task_group() as tasks,
        ):
            tasks.start_soon(pump, here, there, bytearray())
            tasks.start_soon(pump, there, here, link.crossed)

    async def pump(from_: ByteStream, to: ByteStream, seen: bytearray) -> None:
        try:
            while True:
                data = await from_.receive()
                seen += data
                await to.send(data)
        except (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError):
            await from_.aclose()
            await to.aclose()

    async with (
        await anyio.create_tcp_listener(local_host="127.0.0.1") as listener,
        anyio.create_task_group() as tasks,
    ):
        link.port = listener.extra(anyio.abc.SocketAttribute.local_port)
        tasks.start_soon(listener.serve, carry)
        yield link
        tasks.cancel_scope.cancel()


@dataclass
class OnAir:
    """A show whose files and feed are those of its studio, and two edges on a link."""

    studio: FakeStudio
    programme: Programme
    near: RunningEdge
    link: Link
    tmp_path: Path
    made: int = BEFORE

    async def go_on(self, parts: int) -> None:
        for number in range(self.made, self.made + parts):
            await self.studio.say(*sounds(number))
            self.programme.append([silent_part(c, PartNumber(number)) for c in SEGMENTED])
        self.made += parts

    @asynccontextmanager
    async def far(self) -> AsyncIterator[RunningEdge]:
        async with running_edge(
            self.tmp_path / "far",
            FakeStudio(self.link.port),
            follow=False,
            pulls=True,
            kept=self.tmp_path / "far" / "kept",
        ) as far:
            await until(far, "/readyz", b"ok")
            yield far


async def until(edge: RunningEdge, path: str, wanted: bytes) -> bytes:
    """Ask again and again until ``wanted`` is in the answer."""
    while wanted not in (found := (await edge.get(path)).body):  # noqa: ASYNC110  as a player
        await anyio.sleep(0.02)
    return found


async def heard(edge: RunningEdge, parts: int) -> None:
    """Wait for so many parts in both codecs: files may be there before they are heard of."""
    while edge.edge.totals.parts_received < 2 * parts:  # noqa: ASYNC110  seen from outside
        await anyio.sleep(0.01)


@asynccontextmanager
async def on_air(tmp_path: Path) -> AsyncIterator[OnAir]:
    (tmp_path / "far").mkdir()
    write_card(tmp_path / "live", LIVE)
    programme = Programme(tmp_path / "live" / SHOW, HEADS, EPOCH)
    programme.append([silent_part(c, PartNumber(n)) for n in range(BEFORE) for c in SEGMENTED])
    heads = [Head(SHOW, codec, HEADS[codec]) for codec in SEGMENTED]
    with anyio.fail_after(60):
        async with (
            fake_studio(Card(LIVE), *heads) as studio,
            running_edge(tmp_path, studio) as near,
            link_to(near.port) as link,
        ):
            yield OnAir(studio, programme, near, link, tmp_path)


async def test_each_part_crosses_the_link_once_whatever_is_asked_for(tmp_path: Path) -> None:
    async with on_air(tmp_path) as show:
        async with show.far() as far:
            await show.go_on(28)  # the first four finish the segment that was being made
            await heard(far, 28)
            for codec in SEGMENTED:
                await until(far, f"/live/{SHOW}/{codec}/index.m3u8", b"00000006.m4s")
                for name in ("index.m3u8", "show.m3u8"):
                    here = await until(show.near, f"/live/{SHOW}/{codec}/{name}", b"00000006.m4s")
                    assert (await far.get(f"/live/{SHOW}/{codec}/{name}")).body == here, name
                for number in range(7):
                    name = f"/live/{SHOW}/{codec}/{number:08}.m4s"
                    for _ in range(3):
                        assert (await far.get(name)).body == (await show.near.get(name)).body
                assert (await far.get(f"/live/{SHOW}/{codec}/00000007.m4s")).status == 404
                assert (await far.get(f"/live/{SHOW}/{codec}/00000006.1.m4s")).status == 404
                head = await far.get(f"/live/{SHOW}/{codec}/init.mp4")
                assert head.body == HEADS[codec]
            assert (await far.get(f"/live/{SHOW}/index.m3u8")).status == 200
            # Four segments of the feed, three that were asked for, and the head, in both codecs.
            while far.edge.totals.files_kept < 2 * (4 + 3 + 1):  # noqa: ASYNC110  seen from outside
                await anyio.sleep(0.02)
        for codec in SEGMENTED:
            crossed = {n: show.link.times(codec, n) for n in range(42)}
            # The segment that was being made when the edge came is asked for whole, later.
            joined = dict.fromkeys(range(14, 18), 2)
            assert crossed == dict.fromkeys(range(42), 1) | joined

        # Started again it asks for nothing that it has had; the feed repeats its newest parts.
        show.link.crossed.clear()
        async with show.far() as far:
            for codec in SEGMENTED:
                for number in range(7):
                    name = f"/live/{SHOW}/{codec}/{number:08}.m4s"
                    assert (await far.get(name)).body == (await show.near.get(name)).body
                assert [n for n in range(30) if show.link.times(codec, n)] == []


async def test_lists_are_fetched_once_and_go_on_by_themselves(tmp_path: Path) -> None:
    async with on_air(tmp_path) as show, show.far() as far:
        base = f"/live/{SHOW}/opus"
        await until(far, f"{base}/show.m3u8", b"00000001.m4s")
        await until(far, f"{base}/index.m3u8", b"00000001.m4s")
        await show.go_on(
            4
        )  # the far edge has not had the first two: the list says when it is there
        await until(far, f"{base}/show.m3u8", b"00000002.m4s")
        pulled = far.edge.totals.files_pulled
        newest = b""
        for _ in range(40):  # longer than the live window
            await show.go_on(6)
            newest = f"{show.made // 6 - 1:08}.m4s".encode()
            await until(far, f"{base}/index.m3u8", newest)
        whole = await until(far, f"{base}/show.m3u8", newest)
        assert far.edge.totals.files_pulled == pulled
        assert whole == await until(show.near, f"{base}/show.m3u8", newest)
        assert whole.count(b".m4s") == 43


async def test_parts_that_were_missed_are_asked_for_and_nothing_else(tmp_path: Path) -> None:
    async with on_air(tmp_path) as show, show.far() as far:
        base = f"/live/{SHOW}/opus"
        await show.go_on(10)
        await until(far, f"{base}/index.m3u8", b"00000003.m4s")
        show.programme.append([silent_part(c, PartNumber(24)) for c in SEGMENTED])
        show.made += 1  # nobody heard this one
        await show.go_on(11)
        await heard(far, 21)
        here = await until(far, f"{base}/index.m3u8", b"00000005.m4s")
        assert here == await until(show.near, f"{base}/index.m3u8", b"00000005.m4s")
        for number in range(6):
            name = f"{base}/{number:08}.m4s"
            assert (await far.get(name)).body == (await show.near.get(name)).body
        crossed = [n for n in range(36) if show.link.times(Codec.OPUS, n) != 1]
        # The segment in which the edge came, and that with the missing part.
        assert crossed == [*range(14, 18), *range(25, 30)]


async def test_the_end_is_told_at_once_and_a_deleted_show_is_gone(tmp_path: Path) -> None:
    async with on_air(tmp_path) as show, show.far() as far:
        await show.go_on(10)
        names = [f"/live/{SHOW}/opus/{name}" for name in ("index.m3u8", "show.m3u8")]
        for name in names:
            await until(far, name, b"00000003.m4s")
        show.programme.finish()
        await show.studio.say(Card(ENDED))
        await until(far, f"/live/{SHOW}/card.json", b'"ended"')
        for edge in (far, show.near):
            for name in names:
                assert (await edge.get(name)).body.endswith(b"#EXT-X-ENDLIST\n"), name
            assert b"replay.m3u8" in (await edge.get(f"/live/{SHOW}/index.m3u8")).body
        assert (await far.get(f"/live/{SHOW}/opus/replay.m3u8")).body.count(b".m4s") == 4
        kept = tmp_path / "far" / "kept" / SHOW
        assert kept.is_dir()
        taken_down = card(epoch_ms=LIVE.epoch_ms, state=State.ENDED, version=3, edition=1)
        await show.studio.say(Card(taken_down))
        while kept.exists():  # noqa: ASYNC110  seen from outside
            await anyio.sleep(0.02)
        await far.get(f"/live/{SHOW}/opus/00000001.m4s")
        while not kept.exists():  # noqa: ASYNC110  seen from outside
            await anyio.sleep(0.02)
        await show.studio.say(Gone(SHOW))
        while kept.exists():  # noqa: ASYNC110  seen from outside
            await anyio.sleep(0.02)
