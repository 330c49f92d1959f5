import ast
import subprocess
import sys
from pathlib import Path

import pytest

from vivavoce import __main__ as command

SOURCE = Path(command.__file__)


def test_an_old_python_can_read_the_file_that_refuses_it() -> None:
    ast.parse(SOURCE.read_text(encoding="utf-8"), feature_version=(3, 6))


def test_an_old_python_is_told_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 8, 2, "final", 0))
    assert command.main() == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "3.11 or newer" in said
    assert "3.8" in said


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("vivavoce.cli", {"anyio", "asyncio", "fastapi", "numpy", "rich", "sqlalchemy"}),
        ("vivavoce.supervisor.edge", {"fastapi", "numpy", "rich", "sqlalchemy"}),
        ("vivavoce.supervisor.serve", {"fastapi", "numpy", "rich"}),
        ("vivavoce.app.edge", {"aiortc", "av", "fastapi", "sqlalchemy"}),
    ],
)
def test_nobody_waits_for_what_is_not_run(module: str, unwanted: set[str]) -> None:
    program = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert unwanted & set(done.stdout.decode().split()) == set()
