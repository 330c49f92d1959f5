import ast
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
