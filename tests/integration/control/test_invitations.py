"""Invitations: for whom, how often, how long; and the seats that come of them."""

from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import anyio
import httpx2
import pytest
from starlette.requests import HTTPConnection
from tests.studio import COMMAND_LINE, STUDIO, Studio

from vivavoce.control.guests import guest_cookie

pytestmark = pytest.mark.anyio


async def show_of(studio: Studio) -> str:
    row, _ = await studio.shows.create("Ours", "", "en", None)
    return row.card.show


async def invite(studio: Studio, show: str, **about: Any) -> dict[str, Any]:
    async with studio.client(COMMAND_LINE) as owner:
        answer = await owner.post(f"/api/shows/{show}/invitations", json=about)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def browser(studio: Studio) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        transport=studio.transport, base_url=STUDIO, headers={"origin": STUDIO}
    )


def key_of(link: dict[str, Any]) -> str:
    return str(urlsplit(link["url"]).fragment.removeprefix("invite="))


async def come(client: httpx2.AsyncClient, link: dict[str, Any], **more: str) -> httpx2.Response:
    return await client.post("/api/invitations", json={"key": key_of(link), **more})


async def test_a_guest_without_account_has_a_seat_and_keeps_it(studio: Studio) -> None:
    show = await show_of(studio)
    link = await invite(studio, show, name="Gus")
    assert link["url"].startswith(f"{STUDIO}/stage/{show}#invite=")
    assert link["uses_left"] == 1
    async with browser(studio) as guest:
        first = await come(guest, link)
        assert first.status_code == 201
        cookie = first.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        seat = first.json()["seat"]
        assert (seat["name"], seat["role"], seat["standing"]) == ("Gus", "speaker", "green")
        again = await come(guest, link)
        assert (again.status_code, again.json()) == (200, first.json()), "no ghost twin"
        who = {"as": "guest", "show": show}
        assert (await guest.get("/api/session", params=who)).json() == first.json()
        assert (await guest.get("/api/session?as=guest")).json() == first.json()
        assert (await guest.get("/api/session")).json()["role"] == "none"
    async with browser(studio) as other:
        refused = await come(other, link)
    assert (refused.status_code, refused.json()["code"]) == (403, "invitation_used")


async def test_who_is_not_named_says_who_they_are(studio: Studio) -> None:
    link = await invite(studio, await show_of(studio), uses=None, role="cohost", standing="air")
    async with browser(studio) as guest:
        asked = await come(guest, link)
        assert (asked.status_code, asked.json()["code"]) == (422, "name_needed")
        assert (await come(guest, link, name=" \u202e ")).status_code == 422
        seat = (await come(guest, link, name="Zoe")).json()["seat"]
    assert (seat["name"], seat["role"], seat["standing"]) == ("Zoe", "cohost", "air")


async def test_one_invitation_for_two_lets_in_two_even_at_once(studio: Studio) -> None:
    link = await invite(studio, await show_of(studio), uses=2)
    codes: list[int] = []

    async def enter(n: int) -> None:
        async with browser(studio) as guest:
            codes.append((await come(guest, link, name=f"G{n}")).status_code)

    async with anyio.create_task_group() as tasks:
        for n in range(6):
            tasks.start_soon(enter, n)
    assert sorted(codes) == [201, 201, 403, 403, 403, 403]


async def test_an_invitation_ends_and_can_be_extended(studio: Studio) -> None:
    show = await show_of(studio)
    now_ms = int(studio.clock.wall().timestamp() * 1000)
    link = await invite(studio, show, name="Gus", expires_ms=now_ms + 60_000)
    path = f"/api/shows/{show}/invitations/{link['invitation']}"
    async with browser(studio) as guest, studio.client(COMMAND_LINE) as owner:
        studio.clock.advance(61)
        assert (await come(guest, link)).json()["code"] == "invitation_expired"
        longer = await owner.patch(path, json={"expires_ms": now_ms + 120_000})
        assert longer.json()["expires_ms"] == now_ms + 120_000
        assert (await come(guest, link)).status_code == 201
        for_ever = await owner.patch(path, json={"expires_ms": None, "uses": 5})
        assert (for_ever.json()["expires_ms"], for_ever.json()["uses_left"]) == (None, 5)
        assert (await owner.patch(path, json={"role": "host"})).status_code == 422


async def test_taken_back_ends_its_seats_and_lets_nobody_in(studio: Studio) -> None:
    show = await show_of(studio)
    link = await invite(studio, show, uses=None)
    other = await invite(studio, show, name="Ann")
    async with browser(studio) as guest, browser(studio) as ann:
        seat = (await come(guest, link, name="Gus")).json()["seat"]["id"]
        await come(ann, other)
        async with studio.client(COMMAND_LINE) as owner:
            path = f"/api/shows/{show}/invitations/{link['invitation']}"
            assert (await owner.delete(path)).status_code == 204
            listed = (await owner.get(f"/api/shows/{show}/invitations")).json()
            assert (await owner.delete(path.replace(show, "0000000000"))).status_code == 404
        assert studio.stages.expelled == [seat]
        by_id = {one["invitation"]: one for one in listed}
        assert by_id[link["invitation"]]["revoked_ms"] is not None
        assert by_id[other["invitation"]]["revoked_ms"] is None
        assert (await guest.get(f"/api/session?as=guest&show={show}")).json()["role"] == "none"
        assert (await ann.get(f"/api/session?as=guest&show={show}")).json()["role"] == "guest"
        assert (await come(guest, link, name="Gus")).json()["code"] == "invitation_revoked"


async def test_a_removed_guest_comes_back_by_nothing(studio: Studio) -> None:
    show = await show_of(studio)
    link = await invite(studio, show, uses=None)
    async with browser(studio) as guest, browser(studio) as fresh:
        seat = (await come(guest, link, name="Gus")).json()["seat"]["id"]
        session = guest.cookies[guest_cookie(show)]
        assert await sits(studio, show, session)
        await studio.desk.seating.remove(seat)
        assert not await sits(studio, show, session), "reload, another tab"
        assert (await come(guest, link)).json()["code"] == "invitation_revoked"
        assert (await come(fresh, link)).json()["code"] == "invitation_revoked"
    kept = {s.id: s for s in await studio.desk.seating.seats(show)}
    assert kept[seat].standing == "out", "and so it is after a restart"


async def sits(studio: Studio, show: str, session: str) -> bool:
    headers = [
        (b"host", b"studio.test"),
        (b"origin", STUDIO.encode()),
        (b"cookie", f"{guest_cookie(show)}={session}".encode()),
    ]
    scope = {
        "type": "websocket",
        "scheme": "ws",
        "path": "/",
        "query_string": b"as=guest",
        "headers": headers,
    }
    return await studio.seats.allowed(HTTPConnection(scope), show) is not None


async def test_a_host_who_tries_an_invitation_stays_the_host(studio: Studio) -> None:
    row, secrets = await studio.shows.create("Ours", "", "en", None)
    show = row.card.show
    link = await invite(studio, show, name="Gus")
    async with browser(studio) as host:
        await host.post("/api/session", json={"key": secrets.host_key})
        assert (await come(host, link)).status_code == 201
        assert (await host.get("/api/session")).json()["role"] == "host"
        seat = (await host.get(f"/api/session?as=guest&show={show}")).json()["seat"]
    assert seat["name"] == "Gus"


async def test_a_browser_may_be_a_guest_in_two_shows(studio: Studio) -> None:
    one, two = await show_of(studio), await show_of(studio)
    async with browser(studio) as guest:
        for show in (one, two):
            await come(guest, await invite(studio, show, name="Gus"))
        for show in (one, two):
            answer = await guest.get(f"/api/session?as=guest&show={show}")
            assert answer.json()["show"] == show


@pytest.mark.parametrize(
    "body",
    [
        {"key": ""},
        {"key": "x" * 101},
        {"key": 7},
        {},
        {"key": "x", "name": "x" * 81},
        {"key": "x", "extra": 1},
    ],
)
async def test_malformed_keys_are_refused(studio: Studio, body: dict[str, Any]) -> None:
    async with browser(studio) as guest:
        assert (await guest.post("/api/invitations", json=body)).status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {"role": "host"},
        {"standing": "off"},
        {"uses": 0},
        {"uses": 1_001},
        {"uses": True},
        {"expires_ms": 5},
        {"name": ""},
    ],
)
async def test_impossible_invitations_are_refused(studio: Studio, body: dict[str, Any]) -> None:
    show = await show_of(studio)
    async with studio.client(COMMAND_LINE) as owner:
        answer = await owner.post(f"/api/shows/{show}/invitations", json=body)
    assert answer.json()["code"] == "invalid_field"


async def test_guessing_is_slow(studio: Studio) -> None:
    async with browser(studio) as guest:
        body = {"key": "guess"}
        answers = [await guest.post("/api/invitations", json=body) for _ in range(11)]
    assert {answer.json()["code"] for answer in answers[:10]} == {"invitation_unknown"}
    assert answers[10].status_code == 429


async def test_the_qr_code_is_a_picture_and_no_script(studio: Studio) -> None:
    link = await invite(studio, await show_of(studio))
    picture = ElementTree.fromstring(link["qr_svg"])
    tags = {element.tag.rpartition("}")[2] for element in picture.iter()}
    assert tags == {"svg", "path"}
