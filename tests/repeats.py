"""The one way in which a test may be run again: a take in real time that the machine spoilt.

All tests but the unit tests and those of the API and the database run real programs by the real
clock, beside each other. Such a test that fails while the machine ran late (``tests.machine``) is
repeated, twice at most, with its own fixtures made anew and the machine given time to keep up; on
a machine that kept up, its first failure stands. Each repetition is printed at the end of the run.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from threading import Event

import pytest
from _pytest.runner import runtestprotocol
from tests.machine import Seen, StallWatch, stall_watch

REPEATS = 2
SETTLING_S = 15
_PROPERTY = "repeated"
_watching = ExitStack()


@cache
def _watch() -> StallWatch:
    return _watching.enter_context(stall_watch())


def pytest_unconfigure() -> None:
    _watching.close()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run a test that is marked ``realtime``; all others are pytest's."""
    if item.get_closest_marker("realtime") is None:
        return None
    hook = item.ihook
    hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    told: list[str] = []
    reports, failed, seen = _take(item, nextitem)
    while failed is not None and seen.late and len(told) < REPEATS:
        told.append(f"{_why(failed)} [{seen}]")
        _let_it_settle()
        _anew(item)
        reports, failed, seen = _take(item, nextitem)
    if failed is not None:
        _explain(failed, seen, told)
    for report in reports:
        if report.when == "call":
            report.user_properties += [(_PROPERTY, why) for why in told]
        hook.pytest_runtest_logreport(report=report)
    hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def _let_it_settle() -> None:
    """Wait for a second in which the machine kept up, but not for ever."""
    for _ in range(SETTLING_S):
        _watch().seen()
        Event().wait(1)
        if not _watch().seen().late:
            return


def _take(
    item: pytest.Item, nextitem: pytest.Item | None
) -> tuple[list[pytest.TestReport], pytest.TestReport | None, Seen]:
    _watch().seen()
    reports = runtestprotocol(item, log=False, nextitem=nextitem)
    return reports, next((report for report in reports if report.failed), None), _watch().seen()


def repeated(report: pytest.TestReport) -> Iterator[str]:
    """Yield why the test was repeated, once for each time."""
    return (str(why) for name, why in report.user_properties if name == _PROPERTY)


def unrepeated(report: pytest.TestReport) -> Iterator[tuple[str, object]]:
    """Yield what the test itself recorded."""
    return ((name, figure) for name, figure in report.user_properties if name != _PROPERTY)


def _why(failed: pytest.TestReport) -> str:
    crash = getattr(failed.longrepr, "reprcrash", None)
    words = crash.message if crash else str(failed.longrepr)
    return f"{failed.when}: {words.splitlines()[0][:200]}"


def _explain(failed: pytest.TestReport, seen: Seen, told: list[str]) -> None:
    lines = [*(f"failed before: {why}" for why in told), f"this time: {seen}"]
    failed.sections.append(("the machine during this test", "\n".join(lines)))


def _anew(item: pytest.Item) -> None:
    """Forget what the take has left behind in the item."""
    item.user_properties.clear()
    item._report_sections.clear()
