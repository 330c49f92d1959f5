"""What the pages write into their browsers' consoles: errors, warnings, exceptions nobody caught.

A page that works writes none of them, also when the day is bad: a developer who looks would not
find the one that matters. Browsers themselves write down each answer of 400 and above, so a test
that brings one about names it, by regular expressions: ``@pytest.mark.console("status of 410")``.
A connection that broke is nobody's error: servers and networks go away in these tests, and
machines are slow.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, WebError

_SAID: Final = {"error", "warning", "assert"}

_BROKEN_CONNECTION: Final = re.compile(r"net::ERR_|WebSocket connection to \S+ failed")


class Console:
    """What was said in all contexts that were made while it listened."""

    def __init__(self) -> None:
        self._said: list[str] = []

    def unexpected(self, expected: tuple[str, ...]) -> list[str]:
        """Return what none of ``expected`` is found in."""
        return [line for line in self._said if not any(re.search(one, line) for one in expected)]

    def listen(self, context: BrowserContext) -> BrowserContext:
        context.on("console", self._message)
        context.on("weberror", self._error)
        return context

    def _message(self, message: ConsoleMessage) -> None:
        if message.type in _SAID and not _BROKEN_CONNECTION.search(message.text):
            where = message.location
            self._said.append(f"{message.type}: {message.text} ({where['url']})")

    def _error(self, error: WebError) -> None:
        page = error.page
        self._said.append(f"uncaught: {error.error} ({page.url if page else 'no page'})")


@contextmanager
def every_console(monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    """Listen in every context that any browser makes, from its first page on."""
    console = Console()
    new_context = Browser.new_context

    def listened(browser: Browser, **options: Any) -> BrowserContext:
        return console.listen(new_context(browser, **options))

    def new_page(browser: Browser, **options: Any) -> Page:
        return listened(browser, **options).new_page()

    with monkeypatch.context() as patched:
        patched.setattr(Browser, "new_context", listened)
        patched.setattr(Browser, "new_page", new_page)
        yield console
