"""What all tests share: asyncio as the only loop, Hypothesis without a stopwatch, repeats."""

import gc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from tests.repeats import pytest_runtest_protocol, pytest_unconfigure, repeated, unrepeated
from tests.schedule import pytest_xdist_make_scheduler

__all__ = ["pytest_runtest_protocol", "pytest_unconfigure", "pytest_xdist_make_scheduler"]

_HERE = Path(__file__).parent
# No clock in these, or one that they move themselves.
_TIMELESS = [_HERE / place for place in ("unit", "integration/control", "integration/store")]

# A test never fails on a time (the machine is shared); the same examples on every machine.
settings.register_profile(
    "vivavoce",
    deadline=None,
    derandomize=True,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "search", parent=settings.get_profile("vivavoce"), derandomize=False, max_examples=2000
)
settings.load_profile("vivavoce")


def pytest_collection_finish() -> None:
    """Take what is here now out of garbage collection, as the server does.

    Some 300,000 objects: a full collection of them holds up whoever speaks or listens in a test.
    """
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs real programs by the real clock."""
    for item in items:
        if not any(map(item.path.is_relative_to, _TIMELESS)):
            item.add_marker("realtime")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests measured (``record_property``), on which none fails, and the repeats."""
    for report in terminalreporter.getreports("passed"):
        for name, figure in unrepeated(report):
            terminalreporter.write_line(f"{name}: {figure}   ({report.nodeid.rpartition('::')[2]})")
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for why in repeated(report):
                terminalreporter.write_line(f"REPEATED {report.nodeid}: {why}")
