"""The edge's end of the feed: comes back by itself, whatever the studio does."""

import anyio
import msgspec
import pytest
from tests.integration.edge_kit import GREETING, fake_studio
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from vivavoce.bus import feed_client
from vivavoce.bus.feed_client import follow
from vivavoce.bus.messages import FEED_VERSION, Down, Hello, Report
from vivavoce.clock import SystemClock
from vivavoce.testing.clock import FakeClock

pytestmark = pytest.mark.anyio


class Follower:
    """What an edge hears of the feed."""

    def __init__(self) -> None:
        self.heard: list[Down] = []
        self.here: list[bool] = []
        self.changed = anyio.Event()

    def handle(self, message: Down) -> None:
        self.heard.append(message)
        self._change()

    def note(self, here: bool) -> None:
        self.here.append(here)
        self._change()

    def _change(self) -> None:
        self.changed.set()
        self.changed = anyio.Event()

    async def run(self, port: int) -> None:
        url = f"ws://127.0.0.1:{port}/feed"
        await follow(url, "token", self.handle, self.note, lambda: Report({}), SystemClock())

    async def until_here(self, wanted: list[bool]) -> None:
        while [a for a, b in zip(self.here, [None, *self.here], strict=False) if a != b] != wanted:
            await self.changed.wait()


async def test_it_follows_reports_and_comes_back() -> None:
    follower = Follower()
    async with fake_studio(*GREETING) as studio, anyio.create_task_group() as tasks:
        tasks.start_soon(follower.run, studio.port)
        await follower.until_here([True])
        await studio.until_reported(Report({}))
        await studio.hang_up()
        await follower.until_here([True, False, True])
        tasks.cancel_scope.cancel()
    assert [message for message in follower.heard if not isinstance(message, Hello)][:3] == [
        *GREETING
    ]
    assert studio.tokens == ["Bearer token", "Bearer token"]


async def test_a_studio_that_speaks_nonsense_is_listened_to_all_the_same() -> None:
    follower = Follower()

    async def talk(edge: ServerConnection) -> None:
        await edge.send(b"\xc1")
        await edge.send("words")
        await edge.send(msgspec.msgpack.encode({"type": "unheard-of"}))
        await edge.send(msgspec.msgpack.encode(Hello(FEED_VERSION, "boot", 0)))
        await edge.wait_closed()

    async with serve(talk, "127.0.0.1", 0) as server, anyio.create_task_group() as tasks:
        tasks.start_soon(follower.run, next(iter(server.sockets)).getsockname()[1])
        await follower.until_here([True])
        tasks.cancel_scope.cancel()
    assert [type(message) for message in follower.heard] == [Hello]


async def test_a_studio_that_refuses_is_asked_again() -> None:
    follower = Follower()
    asked: list[str | None] = []

    def refuse(_: ServerConnection, request: Request) -> Response | None:
        asked.append(request.headers.get("Authorization"))
        if len(asked) < 3:
            return Response(401, "Unauthorized", request.headers)
        return None

    async def talk(edge: ServerConnection) -> None:
        await edge.send(msgspec.msgpack.encode(Hello(FEED_VERSION, "boot", 0)))
        await edge.wait_closed()

    async with (
        serve(talk, "127.0.0.1", 0, process_request=refuse) as server,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(follower.run, next(iter(server.sockets)).getsockname()[1])
        await follower.until_here([False, True])
        tasks.cancel_scope.cancel()
    assert asked == ["Bearer token"] * 3


async def test_a_studio_that_says_nothing_is_asked_and_left_if_it_does_not_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feed_client, "_QUIET_S", 0.02)
    monkeypatch.setattr(feed_client, "_PONG_WITHIN_S", 60)
    follower = Follower()
    deaf = False

    async def talk(edge: ServerConnection) -> None:
        await edge.send(msgspec.msgpack.encode(Hello(FEED_VERSION, "boot", 0)))
        if deaf:
            edge.transport.pause_reading()  # as one that is stuck: no pongs
        await edge.wait_closed()

    def noted(edge: ServerConnection, request: Request) -> None:
        asked.append(edge)

    asked: list[ServerConnection] = []
    async with (
        serve(talk, "127.0.0.1", 0, process_request=noted, ping_interval=None) as server,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(follower.run, next(iter(server.sockets)).getsockname()[1])
        with anyio.fail_after(60):
            await follower.until_here([True])
            # Quiet, but there: it answers, and keeps its edge for as long as anybody looks.
            await anyio.sleep(0.5)
            assert follower.here == [True]
            deaf = True
            monkeypatch.setattr(feed_client, "_PONG_WITHIN_S", 0.2)
            asked[0].transport.abort()
            await follower.until_here([True, False, True, False, True])
        tasks.cancel_scope.cancel()
        for edge in asked:
            edge.transport.abort()


@pytest.mark.parametrize(("silence_s", "again_s"), [(30.0, 10), (None, 2)])
async def test_counts_that_stay_are_told_again_as_its_parent_wants_it(
    silence_s: float | None, again_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_client, "LOOK_EVERY_S", 0.01)
    clock, looks, told = FakeClock(), 0, list[bytes]()

    def report() -> Report:
        nonlocal looks
        looks += 1
        return Report({})

    async def talk(edge: ServerConnection) -> None:
        said = msgspec.to_builtins(Hello(FEED_VERSION, "boot", 0, silence_s or 0))
        if silence_s is None:
            del said["silence_s"]  # an older one
        await edge.send(msgspec.msgpack.encode(said))
        async for message in edge:
            assert isinstance(message, bytes)
            told.append(message)

    async def some_looks() -> None:
        start = looks
        while looks < start + 5:  # noqa: ASYNC110  in the client's own time
            await anyio.sleep(0.01)

    follower = Follower()
    async with serve(talk, "127.0.0.1", 0) as server, anyio.create_task_group() as tasks:
        url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/feed"
        tasks.start_soon(follow, url, "token", follower.handle, follower.note, report, clock)
        with anyio.fail_after(60):
            await follower.until_here([True])
            for times in range(1, 4):
                while len(told) < times:  # noqa: ASYNC110  the same
                    await anyio.sleep(0.01)
                clock.advance(again_s - 0.5)
                await some_looks()
                assert len(told) == times
                clock.advance(0.5)
        tasks.cancel_scope.cancel()
