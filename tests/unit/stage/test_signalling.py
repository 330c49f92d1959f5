"""The stage socket, word by word."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import anyio
import anyio.lowlevel
import pytest
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from tests.unit.stage.fakes import (
    CARD,
    GUEST,
    HOST,
    SHOW,
    FakeBook,
    FakeEndpoint,
    FakeFeed,
    FakeRecording,
    FakeShows,
)
from tests.unit.stage.socket import Socket, opened

from vivavoce.errors import UsageError
from vivavoce.stage import signalling
from vivavoce.stage.seats import Seat
from vivavoce.stage.signalling import OUTBOX, RECHECK_S, Signalling
from vivavoce.stage.stage import WINDOWS
from vivavoce.stage.stages import Stages
from vivavoce.stage.standing import Standing
from vivavoce.testing import FakeClock
from vivavoce.webrtc.health import UNREACHABLE

pytestmark = pytest.mark.anyio
PATH = f"/api/shows/{SHOW}/stage"


@dataclass
class FakeGate:
    """Tokens that can be revoked."""

    tokens: dict[str, Seat] = field(default_factory=lambda: {"ada": HOST, "bob": GUEST})

    async def allowed(self, connection: HTTPConnection, show: str) -> Seat | None:
        token = connection.headers.get("authorization", "").removeprefix("Bearer ")
        if token == "evil-origin":
            raise UsageError("bad_origin", "no", status=403)
        return self.tokens.get(token)


class Rig:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.endpoint = FakeEndpoint()
        self.gate = FakeGate()
        self.book = FakeBook()
        self.stages = Stages(
            self.endpoint, FakeFeed(), lambda *_: FakeRecording(), self.book, self.clock
        )
        self.shows = FakeShows(self.stages)
        self.app = Starlette(routes=[Signalling(self.stages, self.gate, self.clock).route()])

    @asynccontextmanager
    async def page(self, token: str = "ada", window: str = "") -> AsyncIterator[Socket]:
        async with opened(self.app, PATH, token, f"window={window}") as socket:
            yield socket


@asynccontextmanager
async def running() -> AsyncIterator[Rig]:
    rig = Rig()
    async with anyio.create_task_group() as tasks:
        await tasks.start(rig.stages.run, rig.shows)
        yield rig
        tasks.cancel_scope.cancel()


async def test_status_comes_at_once_with_the_card_and_a_definition() -> None:
    async with running() as rig, rig.page() as page:
        status = await page.hear("status")
        assert status["card"]["title"] == CARD.title
        assert status["seat"] == "free"
        assert status["level_db"] is None
        assert status["on_air_s"] is None
        assert status["notice"] is None
        assert set(status["listening"]) == {"players", "definition"}


async def test_an_offer_is_answered_and_each_change_of_the_connection_is_told() -> None:
    async with running() as rig, rig.page() as page:
        await page.say({"type": "offer", "sdp": "good", "take": False})
        assert (await page.hear("answer"))["sdp"] == "answer to good"
        assert (await page.hear("media"))["state"] == "connecting"
        rig.endpoint.peers[0].connect()
        assert (await page.hear("media"))["state"] == "connected"
        assert (await page.hear("status"))["seat"] == "mine"
        rig.endpoint.peers[0].lose(UNREACHABLE)
        assert (await page.hear("error"))["code"] == "media_unreachable"
        assert (await page.hear("media"))["state"] == "lost"


async def test_a_page_that_asks_is_told_how_things_stand_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(signalling, "_STATUS_S", 3_600.0)  # nothing is told by itself
    async with running() as rig, rig.page() as page:
        await page.hear("status")
        for _ in range(3):
            await page.say({"type": "ping"})
            await page.hear("status")


async def test_two_pages_one_seat() -> None:
    async with running() as rig, rig.page(window="window-1") as one:
        await one.say({"type": "offer", "sdp": "good"})
        await one.hear("answer")
        async with rig.page(window="window-2") as two:
            assert (await two.hear("status"))["seat"] == "elsewhere"
            await two.say({"type": "offer", "sdp": "good"})
            assert (await two.hear("error"))["code"] == "seat_taken"
            await two.say({"type": "offer", "sdp": "good", "take": True})
            await two.hear("answer")
            await one.hear("taken")
            assert rig.endpoint.peers[0].closed


async def test_a_reloaded_page_gets_its_seat_without_a_question() -> None:
    async with running() as rig:
        async with rig.page(window="window-1") as page:
            await page.say({"type": "offer", "sdp": "good"})
            await page.hear("answer")
        assert not rig.endpoint.peers[0].closed, "a lost socket is no lost voice"
        async with rig.page(window="window-1") as page:
            assert (await page.hear("status"))["seat"] == "mine"
            await page.say({"type": "offer", "sdp": "good"})
            await page.hear("answer")


async def test_mute_and_leave() -> None:
    async with running() as rig, rig.page() as page:
        await page.say({"type": "mute", "muted": True})
        assert (await page.hear("error"))["code"] == "seat_not_yours"
        await page.say({"type": "offer", "sdp": "good"})
        await page.hear("answer")
        await page.say({"type": "mute", "muted": True})
        await page.say({"type": "leave"})
        status = await page.hear("status")
        while status["seat"] != "free":
            status = await page.hear("status")
        assert status["muted"]
        assert rig.endpoint.peers[0].closed


async def test_who_leaves_and_hangs_up_at_once_has_left() -> None:
    async with running() as rig:
        hand = await rig.book.seat_hand(SHOW, "Rosa", b"", Standing.AIR)
        rig.gate.tokens["rosa"] = hand
        async with rig.page("rosa") as page:
            await page.say({"type": "offer", "sdp": "good"})
            await page.hear("answer")
            rig.endpoint.peers[0].connect()
            page.gone = True
            await page.say({"type": "leave"})
        assert rig.endpoint.peers[0].closed
        assert hand.id not in rig.book.kept


async def test_a_restart_is_answered_and_candidates_are_taken() -> None:
    async with running() as rig, rig.page() as page:
        await page.say({"type": "restart", "sdp": "good", "attempt": 1})
        assert (await page.hear("error"))["code"] == "seat_not_yours"
        await page.say({"type": "offer", "sdp": "good", "attempt": 2})
        assert (await page.hear("answer"))["attempt"] == 2
        line = "candidate:1 1 udp 2130706431 0b2d1a.local 50000 typ host generation 0"
        await page.say({"type": "trickle", "candidates": [line], "complete": True})
        await page.say({"type": "restart", "sdp": "good", "attempt": 3})
        assert (await page.hear("answer"))["attempt"] == 3
        assert rig.endpoint.peers[0].trickled[0].candidates == (line,)
        assert not rig.endpoint.peers[0].closed


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("{", "bad_message"),
        ({"type": "trickle", "candidates": ["candidate:nonsense"]}, "bad_fragment"),
        ({"type": "trickle", "candidates": ["x"] * 65}, "bad_message"),
        ({"type": "answer", "sdp": "x"}, "bad_message"),
        ({"type": "offer", "sdp": "x" * 70_000}, "message_too_long"),
        ({"type": "offer", "sdp": "bad"}, "bad_offer"),
    ],
)
async def test_a_bad_message_is_an_error_and_the_talk_goes_on(message: object, code: str) -> None:
    async with running() as rig, rig.page() as page:
        await page.say(message)
        assert (await page.hear("error"))["code"] == code
        await page.say_bytes(b"\x00")
        assert (await page.hear("error"))["code"] == "bad_message"
        await page.say({"type": "offer", "sdp": "good"})
        await page.hear("answer")


async def test_the_twenty_first_message_in_a_second_ends_the_talk() -> None:
    async with running() as rig, rig.page() as page:
        for _ in range(21):
            await page.say({"type": "leave"})
        assert (await page.hear("error"))["code"] == "too_many_messages"
    assert page.closed == 1008


@pytest.mark.parametrize(
    ("token", "status", "code"),
    [("", 403, "not_allowed"), ("nobody", 403, "not_allowed"), ("evil-origin", 403, "bad_origin")],
)
async def test_who_is_not_allowed_gets_no_socket(token: str, status: int, code: str) -> None:
    async with running() as rig:
        async with rig.page(token) as page:
            pass
        assert page.refused is not None
        assert (page.refused[0], page.refused[1]["code"]) == (status, code)


async def test_a_revoked_link_loses_its_seat_within_ten_seconds() -> None:
    async with running() as rig:
        async with rig.page() as page:
            await page.say({"type": "offer", "sdp": "good"})
            await page.hear("answer")
            rig.gate.tokens.clear()
            rig.clock.advance(RECHECK_S)
            rig.stages.poke(SHOW)
            assert (await page.hear("error"))["code"] == "not_allowed"
        assert page.closed == 1008
        assert rig.endpoint.peers[0].closed


async def test_a_page_that_does_not_read_is_let_go_and_holds_nobody_up() -> None:
    async with running() as rig, rig.page(window="window-1") as stuck:
        await stuck.say({"type": "offer", "sdp": "good"})
        await stuck.hear("answer")
        stuck.reading = False
        for _ in range(OUTBOX + 2):
            rig.endpoint.peers[0].connect()
        async with rig.page(window="window-2") as other:
            await other.hear("status")
        assert not rig.endpoint.peers[0].closed, "its voice is heard all the same"


async def test_nobody_speaks_in_a_show_that_has_ended() -> None:
    async with running() as rig, rig.page() as page:
        rig.shows.go_live(0)
        await rig.shows.end(SHOW)
        await page.say({"type": "offer", "sdp": "good"})
        assert (await page.hear("error"))["code"] == "already_ended"


async def test_a_seat_has_so_many_windows_and_the_others_keep_their_places() -> None:
    async with running() as rig, rig.page("bob") as bob, AsyncExitStack() as stack:
        pages = [await stack.enter_async_context(rig.page("ada")) for _ in range(WINDOWS)]
        async with rig.page("ada") as one_more:
            pass
        assert one_more.refused is not None
        assert (one_more.refused[0], one_more.refused[1]["code"]) == (429, "too_many_windows")
        await pages[0].say({"type": "offer", "sdp": "good"})
        await pages[0].hear("answer")
        await bob.say({"type": "offer", "sdp": "good"})
        await bob.hear("answer")
        await pages[-1].leave()
        while len((await rig.stages.open(SHOW))._onlookers.windows) > WINDOWS:
            await anyio.lowlevel.checkpoint()
        async with rig.page("ada") as again:
            await again.hear("status")
