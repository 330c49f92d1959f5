"""Which tests run side by side: a file stays whole, and those with browsers take turns.

Who plays in real time mostly waits, so such files go beside each other. Two that drive browsers do
not: each keeps a core busy by itself.
"""

from functools import cache
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]


@cache
def place(file: Path) -> str:
    """Return what the tests of a file stay together with."""
    return "browsers" if "mark.browser" in file.read_text() else str(file)


class ByPlace(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out one place after the other, in the order of the command line."""

    def _split_scope(self, nodeid: str) -> str:
        return place(self.config.rootpath / nodeid.partition("::")[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByPlace | None:
    """Instead of what ``--dist loadfile`` would choose."""
    return ByPlace(config, log) if config.getoption("dist") == "loadfile" else None
