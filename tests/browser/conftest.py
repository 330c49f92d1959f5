"""One Playwright, one of each browser and one server for each file.

Not for all files: as long as it runs, Playwright keeps its event loop in this thread, and other
files have tests that need one of their own.

A test gets no more than contexts and shows of its own: they are closed and ended behind it, so
that none plays on beside the next.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright
from tests.browser.chromium import chromium, emptied
from tests.browser.console import every_console
from tests.live_server import LiveServer, live_server
from tests.staircase import staircase, write_wav

# What is promised within a time says so itself; all else only has to come.
expect.set_options(timeout=30_000)


@pytest.fixture(autouse=True)
def quiet(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test whose pages write errors or warnings that it does not name (``console``)."""
    with every_console(monkeypatch) as console:
        yield
    marks = request.node.iter_markers("console")
    expected = tuple(str(one) for mark in marks for one in mark.args)
    assert console.unexpected(expected) == []


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def file_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("server") / "data") as running:
        yield running


@pytest.fixture
def server(file_server: LiveServer) -> Iterator[LiveServer]:
    others = live_shows(file_server)
    yield file_server
    for show in live_shows(file_server) - others:
        file_server.end(show)


def live_shows(server: LiveServer) -> set[str]:
    shows = server.remote.ask("GET", "/api/shows")
    return {show["show"] for show in shows if show["state"] == "live"}


@pytest.fixture(scope="module")
def with_staircase(
    playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    microphone = write_wav(tmp_path_factory.mktemp("microphone") / "staircase.wav", staircase())
    with chromium(playwright, microphone=microphone) as browser:
        yield browser


@pytest.fixture
def host_browser(with_staircase: Browser) -> Iterator[Browser]:
    with emptied(with_staircase) as browser:
        yield browser


@pytest.fixture(scope="module")
def without_microphone(playwright: Playwright) -> Iterator[Browser]:
    with chromium(playwright) as browser:
        yield browser


@pytest.fixture
def listening_browser(without_microphone: Browser) -> Iterator[Browser]:
    with emptied(without_microphone) as browser:
        yield browser
