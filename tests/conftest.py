"""What all tests share: asyncio as the only loop, Hypothesis without a stopwatch."""

import pytest
from hypothesis import HealthCheck, settings

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


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests measured (``record_property``); figures, on which no test fails."""
    for report in terminalreporter.getreports("passed"):
        for name, figure in report.user_properties:
            terminalreporter.write_line(f"{name}: {figure}   ({report.nodeid.rpartition('::')[2]})")
