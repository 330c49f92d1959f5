"""Small is the habit: 400 lines a file, 60 a function. The list of exceptions may only shrink."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILE_LINES = 400
FUNCTION_LINES = 60
WEB = ("*.ts", "*.tsx", "*.css")

EXCEPTIONS: dict[str, int] = {}
"""Path, or path::function, and its lines on the day it was let through."""


def too_long() -> dict[str, int]:
    """Return what is over the limits."""
    python = [p for top in ("src", "tests", "scripts", "bench") for p in (ROOT / top).rglob("*.py")]
    web = [p for pattern in WEB for p in (ROOT / "web" / "src").rglob(pattern)]
    found: dict[str, int] = {}
    for path in [*python, *web]:
        name, text = path.relative_to(ROOT).as_posix(), path.read_text()
        if (lines := text.count("\n")) > FILE_LINES:
            found[name] = lines
        if path.suffix == ".py":
            found |= long_functions(name, text)
    return found


def long_functions(name: str, text: str) -> dict[str, int]:
    """Return the functions of one file that are over the limit, docstring included."""
    return {
        f"{name}::{node.name}": lines
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    }


def test_nothing_is_too_long_and_no_exception_outlives_its_reason() -> None:
    found = too_long()
    assert {name: lines for name, lines in found.items() if lines > EXCEPTIONS.get(name, 0)} == {}
    assert {n: lines for n, lines in EXCEPTIONS.items() if found.get(n, 0) < lines} == {}
