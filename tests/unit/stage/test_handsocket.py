"""A raised hand, from the listener's page to a seat on stage."""

from contextlib import AsyncExitStack

import pytest
from starlette.requests import HTTPConnection
from tests.unit.stage.socket import opened
from tests.unit.stage.test_leading import Rig, running

from vivavoce.people import keys
from vivavoce.stage.hands import Hand
from vivavoce.stage.handsocket import HandSocket
from vivavoce.stage.standing import Standing

pytestmark = pytest.mark.anyio
SHOW_HAND = "/api/shows/0123456789/hand"


def with_socket(rig: Rig, *, welcome: bool = True) -> None:
    def known(_: HTTPConnection) -> bool:
        return welcome

    rig.app.routes.append(HandSocket(rig.stages, rig.clock, known).route())


async def up(rig: Rig, number: int) -> Hand:
    stage = await rig.stages.open("0123456789")
    token = keys.digest(f"token-{number}")
    hand = Hand(f"hand-{number}", token, f"Zoe {number}", "Trains", f"net-{number}", 0)
    stage.hands.raise_(hand, rig.clock.now())
    stage.tell_hands()
    return hand


async def test_a_hand_waits_moves_up_and_becomes_a_seat() -> None:
    async with running() as rig, rig.page("cal") as cal, rig.page("bob") as bob:
        with_socket(rig)
        first, second = await up(rig, 1), await up(rig, 2)
        async with opened(rig.app, SHOW_HAND, query="token=token-2") as page:
            news = await page.hear("hand")
            assert (news["state"], news["place"], news["of"]) == ("waiting", 2, 2)
            while len((await cal.hear("people"))["hands"]) < 2:
                pass
            assert (await bob.hear("people"))["hands"] == [], "hands are for those who lead"
            await cal.say({"type": "hand", "hand": first.id, "command": "decline"})
            assert (await page.hear("hand"))["place"] == 1
            await bob.say({"type": "hand", "hand": second.id, "command": "accept_air"})
            assert (await bob.hear("error"))["code"] == "not_allowed"
            await cal.say({"type": "hand", "hand": second.id, "command": "accept_air"})
            news = await page.hear("hand")
            assert (news["state"], news["place"]) == ("accepted", 0)
        assert page.closed == 1000
        seat = rig.book.kept[news["seat"]]
        assert (seat.name, seat.standing) == ("Zoe 2", Standing.AIR)
        await cal.say({"type": "hand", "hand": second.id, "command": "accept_air"})
        assert (await cal.hear("error"))["code"] == "hand_unknown"


async def test_a_hand_is_lowered_by_itself_and_with_all() -> None:
    async with running() as rig, rig.page("cal") as cal:
        with_socket(rig)
        for number in (1, 2):
            await up(rig, number)
        async with opened(rig.app, SHOW_HAND, query="token=token-1") as page:
            await page.hear("hand")
            await page.say({"type": "lower"})
            assert (await page.hear("hand"))["state"] == "lowered"
        async with opened(rig.app, SHOW_HAND, query="token=token-2") as page:
            await page.hear("hand")
            await cal.say({"type": "lower_all"})
            assert (await page.hear("hand"))["state"] == "lowered"
        assert (await rig.stages.open("0123456789")).hands.waiting() == []


@pytest.mark.parametrize("said", ["{", "[]", '{"type":"raise"}', "x" * 2_000])
async def test_what_is_not_understood_ends_the_socket_and_not_the_hand(said: str) -> None:
    async with running() as rig:
        with_socket(rig)
        await up(rig, 1)
        async with opened(rig.app, SHOW_HAND, query="token=token-1") as page:
            await page.hear("hand")
            await page.say(said)
        assert page.closed == 1008
        assert len((await rig.stages.open("0123456789")).hands.waiting()) == 1


@pytest.mark.parametrize(
    ("query", "welcome"), [("token=wrong", True), ("", True), ("token=token-1", False)]
)
async def test_no_token_or_another_page_no_socket(query: str, welcome: bool) -> None:
    async with running() as rig:
        with_socket(rig, welcome=welcome)
        await up(rig, 1)
        async with opened(rig.app, SHOW_HAND, query=query) as page:
            pass
        assert page.refused is not None
        assert (page.refused[0], page.refused[1]["code"]) == (403, "hand_unknown")


async def test_a_hand_has_so_many_pages() -> None:
    async with running() as rig, AsyncExitStack() as stack:
        with_socket(rig)
        await up(rig, 1)
        await up(rig, 2)
        for _ in range(4):
            page = opened(rig.app, SHOW_HAND, query="token=token-1")
            await (await stack.enter_async_context(page)).hear("hand")
        async with opened(rig.app, SHOW_HAND, query="token=token-1") as one_more:
            pass
        assert one_more.refused is not None
        assert (one_more.refused[0], one_more.refused[1]["code"]) == (429, "too_many_windows")
        async with opened(rig.app, SHOW_HAND, query="token=token-2") as other:
            assert (await other.hear("hand"))["place"] == 2
