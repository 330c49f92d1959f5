"""Every route for everybody: denied unless listed here."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from starlette.requests import HTTPConnection
from tests.studio import COMMAND_LINE, STUDIO, Studio, open_studio

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
    ("GET", "/api/series/{series_id}/cover"): OWNERS,
    ("PUT", "/api/series/{series_id}/cover"): OWNERS,
    ("DELETE", "/api/series/{series_id}/cover"): OWNERS,
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


def sent(method: str, path: str) -> dict[str, Any]:
    """Return what is sent to a route, of the kind that it takes."""
    if method not in {"POST", "PATCH", "PUT"}:
        return {}
    if path.endswith("/cover"):
        return {"content": b"no picture", "headers": {"content-type": "image/png"}}
    return {"json": BODIES.get((method, path), {})}


@pytest.fixture(scope="module")
async def file_studio(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path_factory.mktemp("studio")) as opened:
        yield opened


@pytest.fixture
def studio(file_studio: Studio) -> Studio:
    """One for all tests; each has shows and callers of its own, an hour after the one before.

    So nobody is refused for having tried too often.
    """
    file_studio.clock.advance(3600)
    return file_studio


async def guest(studio: Studio, show: str, role: Role) -> tuple[str, str]:
    """Let a guest in; return the seat and the browser's session."""
    invitations = studio.desk.invitations
    _, key = await invitations.make(
        show, role=role, standing=Standing.GREEN, name="Gus", uses=1, expires_ms=None
    )
    seat, session = await invitations.enter(key, await invitations.of_key(key), None, None)
    return seat.seat, session


async def client_of(studio: Studio, caller: str) -> tuple[str, httpx2.AsyncClient]:
    """Return a new show, and a client for one kind of caller of it."""
    row, secrets = await studio.shows.create("Ours", "", "en", None)
    show = row.card.show
    studio.stages.cards[show] = row.card
    where = show
    if caller.startswith("other "):
        other, secrets = await studio.shows.create("Theirs", "", "en", None)
        where = other.card.show
    if caller.endswith("host") and not caller.endswith("cohost"):
        _, session = await studio.people.sign_in(secrets.host_key)
        return show, studio.client(cookie=session)
    if caller.endswith(("guest", "cohost")):
        role = Role.SPEAKER if caller == "guest" else Role.COHOST
        seat, session = await guest(studio, where, role)
        if caller.startswith("removed "):
            await studio.desk.seating.remove(seat)
        return show, studio.guest(where, session)
    return show, await one_without_a_show(studio, show, caller)


async def one_without_a_show(studio: Studio, show: str, caller: str) -> httpx2.AsyncClient:
    """Return a client for somebody who is nobody's host and no guest."""
    match caller:
        case "nobody":
            return studio.client()
        case "stranger":
            return studio.client("made up")
        case "speaker":
            _, token = await studio.desk.seating.add_token_seat(show, "Ann")
            return studio.client(token)
        case "owner":
            return studio.client(cookie=await studio.owner())
        case "owner by bearer":
            return studio.client(await studio.owner())
        case "command line":
            return studio.client(COMMAND_LINE)
    raise ValueError(caller)


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
    show, client = await client_of(studio, caller)
    method, path = route
    answer = await client.request(method, path.replace("{show}", show), **sent(method, path))
    unknown_key = {"key_unknown", "invitation_unknown"}
    denied = answer.status_code in {401, 403} and answer.json()["code"] not in unknown_key
    assert denied is (caller not in ALLOWED[route]), answer.text
    assert answer.status_code != 429
    if denied:
        unknown = {"nobody", "stranger", "speaker", "other cohost", "removed cohost"}
        hand = path.endswith("{hand}")
        signed_in = caller not in unknown and (caller != "guest" or "{show}" in path)
        cohost_elsewhere = caller == "cohost" and "{show}" not in path
        expected = 403 if hand or (signed_in and not cohost_elsewhere) else 401
        assert answer.status_code == expected


async def test_a_host_cannot_tell_other_shows_from_none(studio: Studio) -> None:
    _, host = await client_of(studio, "host")
    theirs, _ = await studio.shows.create("Theirs", "", "en", None)
    real = await host.get(f"/api/shows/{theirs.card.show}")
    made_up = await host.get("/api/shows/0000000000")
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
    show, browser = await client_of(studio, "owner")
    del browser.headers["origin"]
    headers = {} if origin is None else {"origin": origin}
    told = sent(method, path)
    headers |= told.pop("headers", {})
    answer = await browser.request(method, path.replace("{show}", show), headers=headers, **told)
    assert (answer.status_code, answer.json()["code"]) == (403, "origin_refused")


async def test_a_forged_host_does_not_make_another_page_ours(studio: Studio) -> None:
    _, owner = await client_of(studio, "owner")
    headers = {"host": "studio.test:9999", "origin": "http://evil.test"}
    answer = await owner.post("/api/shows", json={"title": "A"}, headers=headers)
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
