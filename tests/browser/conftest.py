"""One Playwright, one microphone and one server for the browser tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright
from tests.browser.chromium import chromium
from tests.live_server import LiveServer, live_server
from tests.staircase import staircase, write_wav

# What is promised within a time says so itself; all else only has to come.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def microphone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_wav(tmp_path_factory.mktemp("microphone") / "staircase.wav", staircase())


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    with live_server(tmp_path / "data") as running:
        yield running


@pytest.fixture
def host_browser(playwright: Playwright, microphone: Path) -> Iterator[Browser]:
    with chromium(playwright, microphone=microphone) as browser:
        yield browser


@pytest.fixture
def listening_browser(playwright: Playwright) -> Iterator[Browser]:
    with chromium(playwright) as browser:
        yield browser
