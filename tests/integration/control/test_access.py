"""Every route for everybody: denied unless listed here."""

from typing import Any

import httpx2
import pytest
from starlette.requests import HTTPConnection
from tests.studio import COMMAND_LINE, STUDIO, Studio

from vivavoce.control.access import ACCESS, Who
from vivavoce.stage.seats import Role
from vivavoce.stage.standing import Standing

pytestmark = pytest.mark.anyio

OWNERS = {"owner", "owner by bearer", "command line"}
HOSTS = OWNERS | {"host", "cohost"}
EVERYBODY = {
    *("nobody", "stranger", "speaker", "guest", "other host", "other cohost", "removed cohost"),
    *HOSTS,
}

ALLOWED: dict[tuple[str, str], set[str]] = {
    ("POST", "/api/session"): EVERYBODY,
    ("GET", "/api/session"): EVERYBODY,
    ("DELETE", "/api/session"): EVERYBODY,
    ("POST", "/api/link"): OWNERS,
    ("GET", "/api/shows"): OWNERS,
    ("POST", "/api/shows"): OWNERS,
    ("GET", "/api/shows/{show}"): HOSTS,
    ("PATCH", "/api/shows/{show}"): HOSTS,
    ("DELETE", "/api/shows/{show}"): OWNERS,
    ("GET", "/api/storage"): OWNERS,
    ("GET", "/api/shows/{show}/takedowns"): HOSTS,
    ("POST", "/api/shows/{show}/takedowns"): HOSTS,
    ("GET", "/api/shows/{show}/storage"): HOSTS,
    ("POST", "/api/shows/{show}/start"): HOSTS,
    ("POST", "/api/shows/{show}/end"): HOSTS,
    ("POST", "/api/shows/{show}/seats"): HOSTS,
    ("POST", "/api/shows/{show}/keys"): OWNERS,
    ("POST", "/api/shows/{show}/invitations"): HOSTS,
    ("GET", "/api/shows/{show}/invitations"): HOSTS,
    ("PATCH", "/api/shows/{show}/invitations/{invitation}"): HOSTS,
    ("DELETE", "/api/shows/{show}/invitations/{invitation}"): HOSTS,
    ("GET", "/api/shows/{show}/exports"): HOSTS,
    ("POST", "/api/shows/{show}/exports"): HOSTS,
    ("GET", "/api/shows/{show}/exports/{job}"): HOSTS,
    ("POST", "/api/shows/{show}/exports/{job}"): HOSTS,
    ("DELETE", "/api/shows/{show}/exports/{job}"): HOSTS,
    ("GET", "/api/shows/{show}/exports/{job}/{file}"): HOSTS,
    ("GET", "/api/shows/{show}/chapters"): HOSTS,
    ("PUT", "/api/shows/{show}/chapters"): HOSTS,
    ("POST", "/api/shows/{show}/chapters"): HOSTS,
    ("GET", "/api/shows/{show}/withdrawn"): HOSTS,
    ("POST", "/api/shows/{show}/withdrawn"): HOSTS,
    ("DELETE", "/api/shows/{show}/withdrawn/{clip}"): HOSTS,
    ("GET", "/api/series"): OWNERS,
    ("POST", "/api/series"): OWNERS,
    ("PUT", "/api/series/{series_id}"): OWNERS,
    ("DELETE", "/api/series/{series_id}"): OWNERS,
    ("POST", "/api/invitations"): EVERYBODY,
    ("POST", "/api/shows/{show}/hands"): EVERYBODY,
    # Only the hand's own token lowers it, and nobody here has it.
    ("DELETE", "/api/shows/{show}/hands/{hand}"): set(),
    ("GET", "/api/openapi.json"): EVERYBODY,
    ("GET", "/api/docs"): EVERYBODY,
}

BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/api/session"): {"key": "no such key"},
    ("POST", "/api/shows"): {"title": "A"},
    ("POST", "/api/shows/{show}/seats"): {"name": "Ann"},
    ("POST", "/api/shows/{show}/exports"): {"kind": "mp3"},
    ("POST", "/api/shows/{show}/takedowns"): {"from_ms": 0, "to_ms": 1},
    ("POST", "/api/series"): {"title": "A"},
    ("PUT", "/api/series/{series_id}"): {"title": "A"},
    ("POST", "/api/invitations"): {"key": "no such key"},
    ("POST", "/api/shows/{show}/hands"): {"name": "Zoe"},
}


async def guest(studio: Studio, show: str, role: Role) -> tuple[str, str]:
    """Let a guest in; return the seat and the browser's session."""
    invitations = studio.desk.invitations
    _, key = await invitations.make(
        show, role=role, standing=Standing.GREEN, name="Gus", uses=1, expires_ms=None
    )
    seat, session = await invitations.enter(key, await invitations.of_key(key), None, None)
    return seat.seat, session


async def clients(studio: Studio) -> tuple[str, dict[str, httpx2.AsyncClient]]:
    """Return a show, and one client for each kind of caller."""
    row, secrets = await studio.shows.create("Ours", "", "en", None)
    others, other_secrets = await studio.shows.create("Theirs", "", "en", None)
    _, host = await studio.people.sign_in(secrets.host_key)
    _, other = await studio.people.sign_in(other_secrets.host_key)
    _, speaker = await studio.desk.seating.add_token_seat(row.card.show, "Ann")
    ours, theirs = row.card.show, others.card.show
    studio.stages.cards[ours] = row.card
    removed = await guest(studio, ours, Role.COHOST)
    await studio.desk.seating.remove(removed[0])
    return row.card.show, {
        "nobody": studio.client(),
        "stranger": studio.client("made up"),
        "speaker": studio.client(speaker),
        "other host": studio.client(cookie=other),
        "host": studio.client(cookie=host),
        "guest": studio.guest(ours, (await guest(studio, ours, Role.SPEAKER))[1]),
        "cohost": studio.guest(ours, (await guest(studio, ours, Role.COHOST))[1]),
        "other cohost": studio.guest(theirs, (await guest(studio, theirs, Role.COHOST))[1]),
        "removed cohost": studio.guest(ours, removed[1]),
        "owner": studio.client(cookie=await studio.owner()),
        "owner by bearer": studio.client(await studio.owner()),
        "command line": studio.client(COMMAND_LINE),
    }


async def test_the_table_and_this_list_name_the_same_routes() -> None:
    assert set(ACCESS) == set(ALLOWED)


async def test_every_api_route_is_in_the_table(studio: Studio) -> None:
    async with studio.client() as anybody:
        paths = (await anybody.get("/api/openapi.json")).json()["paths"]
    told = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert told == set(ACCESS) - {("GET", "/api/docs"), ("GET", "/api/openapi.json")}


@pytest.mark.parametrize("caller", sorted(EVERYBODY))
@pytest.mark.parametrize("route", sorted(ALLOWED), ids=" ".join)
async def test_denied_unless_listed(studio: Studio, route: tuple[str, str], caller: str) -> None:
    show, by_name = await clients(studio)
    method, path = route
    body = BODIES.get(route, {}) if method in {"POST", "PATCH", "PUT"} else None
    client = by_name[caller]
    answer = await client.request(method, path.replace("{show}", show), json=body)
    unknown_key = {"key_unknown", "invitation_unknown"}
    denied = answer.status_code in {401, 403} and answer.json()["code"] not in unknown_key
    assert denied is (caller not in ALLOWED[route]), answer.text
    if denied:
        unknown = {"nobody", "stranger", "speaker", "other cohost", "removed cohost"}
        hand = path.endswith("{hand}")
        signed_in = caller not in unknown and (caller != "guest" or "{show}" in path)
        cohost_elsewhere = caller == "cohost" and "{show}" not in path
        expected = 403 if hand or (signed_in and not cohost_elsewhere) else 401
        assert answer.status_code == expected


async def test_a_host_cannot_tell_other_shows_from_none(studio: Studio) -> None:
    _, by_name = await clients(studio)
    theirs = next(row for row in studio.shows.all() if row.card.title == "Theirs")
    real = await by_name["host"].get(f"/api/shows/{theirs.card.show}")
    made_up = await by_name["host"].get("/api/shows/0000000000")
    assert (real.status_code, real.json()) == (made_up.status_code, made_up.json())


# No cookie is looked at where listeners ask, so none can be misused.
CHANGING = [r for r in ALLOWED if r[0] != "GET" and ACCESS[r] is not Who.LISTENERS]


@pytest.mark.parametrize(
    "origin", ["http://evil.test", "https://studio.test", "http://studio.test:81", "null", None]
)
@pytest.mark.parametrize(("method", "path"), CHANGING, ids=str)
async def test_a_cookie_from_another_page_changes_nothing(
    studio: Studio, method: str, path: str, origin: str | None
) -> None:
    show, by_name = await clients(studio)
    browser = by_name["owner"]
    del browser.headers["origin"]
    headers = {} if origin is None else {"origin": origin}
    body = BODIES.get((method, path), {}) if method != "DELETE" else None
    path = path.replace("{show}", show)
    answer = await browser.request(method, path, json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "origin_refused")


async def test_a_forged_host_does_not_make_another_page_ours(studio: Studio) -> None:
    _, by_name = await clients(studio)
    headers = {"host": "studio.test:9999", "origin": "http://evil.test"}
    answer = await by_name["owner"].post("/api/shows", json={"title": "A"}, headers=headers)
    assert answer.json()["code"] == "origin_refused"


async def test_a_forged_host_does_not_reach_the_links(studio: Studio) -> None:
    headers = {"host": "evil.test", "x-forwarded-host": "evil.test"}
    async with studio.client(COMMAND_LINE) as owner:
        made = await owner.post("/api/shows", json={"title": "A"}, headers=headers)
    assert "evil" not in made.text
    assert made.json()["host_url"].startswith(STUDIO)


async def test_who_may_sit_where(studio: Studio) -> None:
    row, secrets = await studio.shows.create("Ours", "", "en", None)
    other, _ = await studio.shows.create("Theirs", "", "en", None)
    seat, speaker = await studio.desk.seating.add_token_seat(row.card.show, "Ann")
    _, host = await studio.people.sign_in(secrets.host_key)

    async def sits(show: str, **headers: str) -> tuple[str, str] | None:
        scope = {
            "type": "websocket",
            "scheme": "ws",
            "path": "/",
            "query_string": b"",
            "headers": [(b"host", b"studio.test")]
            + [(name.encode(), value.encode()) for name, value in headers.items()],
        }
        found = await studio.seats.allowed(HTTPConnection(scope), show)
        return None if found is None else (found.name, found.role)

    ours, theirs = row.card.show, other.card.show
    cookie = f"vv_session={host}"
    assert await sits(ours, authorization=f"Bearer {speaker}") == (seat.name, Role.SPEAKER)
    assert await sits(ours, authorization=f"Bearer {secrets.whip_token}") == ("Host", Role.HOST)
    assert await sits(ours, authorization=f"Bearer {COMMAND_LINE}") == ("Host", Role.HOST)
    assert await sits(ours, cookie=cookie, origin=STUDIO) == ("Host", Role.HOST)
    assert await sits(theirs, authorization=f"Bearer {speaker}") is None
    assert await sits(theirs, cookie=cookie, origin=STUDIO) is None
    assert await sits(ours, cookie=cookie, origin="http://evil.test") is None
    assert await sits(ours, cookie=cookie) is None
    assert await sits(ours) is None
