"""What holds for every request, and what is there besides the API."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from tests.studio import COMMAND_LINE, Studio, open_studio

from vivavoce.control.guard import BODY_LIMIT

pytestmark = pytest.mark.anyio


async def fail(_: Request) -> Response:
    raise RuntimeError("secret reason")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/api/nothing", 404, "not_found"),
        ("GET", "/api/shows/", 404, "not_found"),
        ("PUT", "/api/shows", 405, "method_not_allowed"),
        ("DELETE", "/", 405, "method_not_allowed"),
    ],
)
async def test_errors_of_the_framework_are_in_our_form(
    studio: Studio, method: str, path: str, status: int, code: str
) -> None:
    async with studio.client(COMMAND_LINE) as owner:
        headers = {"content-type": "application/json"}
        answer = await owner.request(method, path, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_bug_says_nothing_of_itself(tmp_path: Path) -> None:
    routes = [Route("/bug", fail)]
    async with open_studio(tmp_path, routes=routes) as studio, studio.client() as client:
        answer = await client.get("/bug")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "secret" not in answer.text


@pytest.mark.parametrize("path", ["/", "/api/session", "/healthz", "/nothing", "/api/docs"])
async def test_every_answer_is_guarded(studio: Studio, path: str) -> None:
    async with studio.client() as client:
        headers = (await client.get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == ("no-store" if path.startswith("/api/") else "no-cache")


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "json"])
@pytest.mark.parametrize("path", ["/api/session", "/api/shows"])
async def test_only_json_is_taken(studio: Studio, path: str, kind: str | None) -> None:
    async with studio.client(COMMAND_LINE) as owner:
        headers = {} if kind is None else {"content-type": kind}
        answer = await owner.post(path, content=b'{"title": "A", "key": "k"}', headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "json_only")


async def test_long_bodies_are_refused_announced_or_not(studio: Studio) -> None:
    body = b'{"title": "' + b"x" * BODY_LIMIT + b'"}'

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 1_000):
            yield body[start : start + 1_000]

    async with studio.client(COMMAND_LINE) as owner:
        headers = {"content-type": "application/json"}
        for content in (body, pieces()):
            answer = await owner.post("/api/shows", content=content, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (413, "body_too_long")
        assert (await owner.get("/api/shows")).json() == []


async def test_the_api_describes_itself_without_anything_from_elsewhere(studio: Studio) -> None:
    async with studio.client() as anybody:
        page = (await anybody.get("/api/docs")).text
        style = await anybody.get("/api/docs.css")
        schema = (await anybody.get("/api/openapi.json")).json()
    assert "<script" not in page
    assert set(re.findall(r'(?:href|src)="([^"#][^"]*)"', page)) == {
        "/api/docs.css",
        "/api/openapi.json",
    }
    assert style.headers["content-type"].startswith("text/css")
    for path in schema["paths"]:
        assert path in page
    for anchor in re.findall(r'href="#(\w+)"', page):
        assert f'id="{anchor}"' in page


async def test_health(studio: Studio) -> None:
    async with studio.client() as anybody:
        assert (await anybody.get("/healthz")).status_code == 200
        assert (await anybody.get("/readyz")).status_code == 200
        assert (await anybody.get("/metrics")).headers["content-type"].startswith("text/plain")


async def test_built_pages_are_served_by_name_alone(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    (pages / "assets").mkdir(parents=True)
    (pages / "studio.html").write_text("<p>studio</p>")
    (pages / "listen.html").write_text("<p>listen</p>")
    (pages / "assets" / "a-1f.js").write_text("0")
    (pages / "assets" / "b-2f.css").write_text("a { top: 0 }" * 200)
    (tmp_path / "secret.txt").write_text("secret")
    async with open_studio(tmp_path, pages=pages) as studio, studio.client() as anybody:
        for path in ("/", "/studio/0123456789"):
            page = await anybody.get(path)
            assert page.text == "<p>studio</p>"
            assert page.headers["cache-control"] == "no-cache"
        script = await anybody.get("/assets/a-1f.js")
        assert script.headers["content-type"].startswith("text/javascript")
        assert "immutable" in script.headers["cache-control"]
        for asked, coding in (("gzip, br", "gzip"), ("identity", None)):
            style = await anybody.get("/assets/b-2f.css", headers={"Accept-Encoding": asked})
            assert style.text == "a { top: 0 }" * 200
            assert style.headers.get("content-encoding") == coding
            assert style.headers["vary"] == "Accept-Encoding"
        for path in (
            "/listen.html",
            "/assets/../../secret.txt",
            "/assets/%2e%2e/%2e%2e/secret.txt",
        ):
            assert (await anybody.get(path)).status_code == 404


async def test_pages_that_are_not_built_say_what_to_do(studio: Studio) -> None:
    async with studio.client() as anybody:
        page = await anybody.get("/")
    assert page.status_code == 503
    assert "make serve" in page.text
