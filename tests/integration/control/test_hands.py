"""Hands from the listeners' page, which has another origin and no cookie."""

from typing import Any

import httpx2
import msgspec
import pytest
from starlette.requests import HTTPConnection
from tests.studio import PUBLIC, STUDIO, Studio

from vivavoce.card import State
from vivavoce.people import keys
from vivavoce.stage.standing import Standing

pytestmark = pytest.mark.anyio


async def show_of(studio: Studio, state: State = State.PLANNED) -> str:
    row, _ = await studio.shows.create("Ours", "", "en", None)
    studio.stages.cards[row.card.show] = msgspec.structs.replace(row.card, state=state)
    return row.card.show


def listener(studio: Studio, origin: str = PUBLIC) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        transport=studio.transport, base_url=STUDIO, headers={"origin": origin}
    )


async def test_a_listener_asks_to_speak_and_thinks_better_of_it(studio: Studio) -> None:
    show = await show_of(studio)
    async with listener(studio) as page:
        up = await page.post(f"/api/shows/{show}/hands", json={"name": "Zoe", "about": "Trains"})
        assert up.status_code == 201
        assert up.headers["access-control-allow-origin"] == PUBLIC
        hand = up.json()
        stage = await studio.stages.open(show)
        assert [(h.name, h.about) for h in stage.hands.waiting()] == [("Zoe", "Trains")]
        path = f"/api/shows/{show}/hands/{hand['hand']}"
        wrong = await page.delete(path, headers={"authorization": "Bearer wrong"})
        assert (wrong.status_code, wrong.json()["code"]) == (403, "not_allowed")
        token = {"authorization": f"Bearer {hand['token']}"}
        assert (await page.delete(path, headers=token)).status_code == 204
        assert stage.hands.waiting() == []


@pytest.mark.parametrize(("method", "end"), [("POST", ""), ("DELETE", "/abc")])
async def test_a_preflight_is_answered_for_our_page_alone(
    studio: Studio, method: str, end: str
) -> None:
    path = f"/api/shows/{await show_of(studio)}/hands{end}"
    asks = {"access-control-request-method": method}
    async with listener(studio) as page, listener(studio, "http://evil.test") as evil:
        ours = await page.options(path, headers=asks)
        theirs = await evil.options(path, headers=asks)
    assert ours.status_code == 204
    assert ours.headers["access-control-allow-origin"] == PUBLIC
    assert method in ours.headers["access-control-allow-methods"]
    assert "access-control-allow-credentials" not in ours.headers
    assert "access-control-allow-origin" not in theirs.headers


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"name": ""}, 422),
        ({"name": "x" * 81}, 422),
        ({"name": "Zoe", "about": "x" * 201}, 422),
        ({"name": "Zoe", "about": "\u0000"}, 422),
        ({"name": "x" * 70_000}, 413),
    ],
)
async def test_a_bad_hand_is_refused_and_the_page_may_read_why(
    studio: Studio, body: dict[str, Any], status: int
) -> None:
    async with listener(studio) as page:
        answer = await page.post(f"/api/shows/{await show_of(studio)}/hands", json=body)
    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == PUBLIC


async def test_no_hand_is_raised_where_nobody_is(studio: Studio) -> None:
    ended = await show_of(studio, State.ENDED)
    async with listener(studio) as page:
        over = await page.post(f"/api/shows/{ended}/hands", json={"name": "Zoe"})
        none = await page.post("/api/shows/0000000000/hands", json={"name": "Zoe"})
    assert (over.status_code, over.json()["code"]) == (409, "already_ended")
    assert (none.status_code, none.json()["code"]) == (404, "show_unknown")


async def test_a_network_raises_so_many_hands_and_no_more(studio: Studio) -> None:
    show = await show_of(studio)
    async with listener(studio) as page:
        codes = [
            (await page.post(f"/api/shows/{show}/hands", json={"name": f"Z{n}"})).status_code
            for n in range(12)
        ]
    assert codes == [201] * 5 + [429] * 7


async def test_an_accepted_hand_s_token_opens_the_stage_from_our_pages(studio: Studio) -> None:
    show = await show_of(studio)
    token = keys.new_key()
    assert not await sits(studio, show, token, PUBLIC)
    await studio.desk.seating.seat_hand(show, "Zoe", keys.digest(token), Standing.GREEN)
    assert await sits(studio, show, token, PUBLIC)
    assert await sits(studio, show, token, STUDIO)
    assert await sits(studio, show, token, "http://studio.test"), "the host that was asked"
    assert not await sits(studio, show, token, "http://evil.test")
    assert not await sits(studio, show, "x" * 101, PUBLIC)
    seat = (await studio.desk.seating.seats(show))[-1]
    await studio.desk.seating.remove(seat.id)
    assert not await sits(studio, show, token, PUBLIC), "a revoked token in use"


async def sits(studio: Studio, show: str, token: str, origin: str) -> bool:
    scope = {
        "type": "websocket",
        "scheme": "ws",
        "path": "/",
        "query_string": f"token={token}".encode(),
        "headers": [(b"host", b"studio.test"), (b"origin", origin.encode())],
    }
    return await studio.seats.allowed(HTTPConnection(scope), show) is not None
