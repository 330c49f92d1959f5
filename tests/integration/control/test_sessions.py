"""Keys and sessions over HTTP."""

import pytest
from tests.studio import COMMAND_LINE, STUDIO, Studio

from vivavoce.control.access import COOKIE
from vivavoce.people import keys

pytestmark = pytest.mark.anyio


async def test_the_owners_key_works_once(studio: Studio) -> None:
    key = await studio.people.new_owner_key()
    async with studio.client() as browser:
        browser.headers["origin"] = STUDIO
        answer = await browser.post("/api/session", json={"key": key})
        assert answer.json() == {"role": "owner", "show": None, "seat": None}
        cookie = answer.headers["set-cookie"]
        for word in (COOKIE, "HttpOnly", "SameSite=strict", "Path=/", "Max-Age=2592000"):
            assert word in cookie
        assert "Secure" not in cookie
        assert (await browser.get("/api/session")).json()["role"] == "owner"
        again = await browser.post("/api/session", json={"key": key})
        assert (again.status_code, again.json()["code"]) == (403, "key_unknown")


async def test_a_hosts_key_works_again_and_again_for_its_show_alone(studio: Studio) -> None:
    row, secrets = await studio.shows.create("A", "", "en", None)
    for _ in range(2):
        caller, _ = await studio.people.sign_in(secrets.host_key)
        assert (caller.role, caller.show) == ("host", row.card.show)


async def test_signing_out_ends_the_session_on_the_server(studio: Studio) -> None:
    token = await studio.owner()
    async with studio.client(cookie=token) as browser:
        answer = await browser.delete("/api/session")
        assert answer.status_code == 204
        assert f'{COOKIE}=""' in answer.headers["set-cookie"]
        assert (await browser.get("/api/session")).json()["role"] == "none"


async def test_a_session_ends_after_thirty_days(studio: Studio) -> None:
    token = await studio.owner()
    studio.clock.advance(30 * 86_400 - 1)
    assert (await studio.people.caller(token)).role == "owner"
    studio.clock.advance(1)
    assert (await studio.people.caller(token)).role == "none"


async def test_a_start_voids_the_links_of_earlier_starts_and_its_own_stays_used(
    studio: Studio,
) -> None:
    earlier = await studio.people.new_owner_key()
    mine = keys.new_key()
    await studio.people.open_start(keys.digest(mine))
    async with studio.client() as anybody:
        assert (await anybody.post("/api/session", json={"key": earlier})).status_code == 403
        assert (await anybody.post("/api/session", json={"key": mine})).status_code == 200
        # The studio alone was killed and came back: the same start.
        await studio.people.open_start(keys.digest(mine))
        assert (await anybody.post("/api/session", json={"key": mine})).status_code == 403


async def test_guessing_is_slowed_down(studio: Studio) -> None:
    async with studio.client() as guesser:
        codes = [
            (await guesser.post("/api/session", json={"key": keys.new_key()})).status_code
            for _ in range(12)
        ]
        assert codes == [403] * 10 + [429] * 2
        studio.clock.advance(6)
        assert (await guesser.post("/api/session", json={"key": "x"})).status_code == 403


async def test_a_fresh_link_for_the_owner(studio: Studio) -> None:
    async with studio.client(COMMAND_LINE) as owner:
        url = (await owner.post("/api/link", json={})).json()["owner_url"]
    assert url.startswith(f"{STUDIO}/#owner=")
    async with studio.client() as browser:
        answer = await browser.post("/api/session", json={"key": url.partition("=")[2]})
        assert answer.json()["role"] == "owner"


@pytest.mark.parametrize("token", ["", "x", "x" * 10_000, "\xfc", COMMAND_LINE[:-1]], ids=range(5))
async def test_other_tokens_are_nobodys(studio: Studio, token: str) -> None:
    assert (await studio.people.caller(token)).role == "none"


async def test_a_session_may_be_shown_as_a_bearer_token(studio: Studio) -> None:
    async with studio.client(await studio.owner()) as program:
        made = await program.post("/api/shows", json={"title": "A"})
        assert made.status_code == 201
