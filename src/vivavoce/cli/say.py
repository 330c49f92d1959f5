"""What the commands say: results for people or as one JSON line, and failures in one line."""

import sys
from collections.abc import Mapping
from typing import Any, Final

import msgspec
import typer

from vivavoce.errors import UsageError

# C0 and C1 but the line feed: what people typed, here or on another server, moves no terminal.
_CONTROLS: Final = dict.fromkeys((*range(10), *range(11, 32), *range(127, 160)))


def as_json(result: Any) -> None:
    """Print ``result`` as one line of JSON."""
    sys.stdout.write(msgspec.json.encode(result).decode() + "\n")
    sys.stdout.flush()


def rows(pairs: Mapping[str, str], *, title: str = "", below: str = "") -> None:
    """Print names and values under each other; values are never wrapped, so links can be copied."""
    from rich.console import Console  # noqa: PLC0415  slow, and scripts do not need it

    console = Console(highlight=False, soft_wrap=True)
    width = max(map(len, pairs), default=0)
    if title:
        console.print(f"\n[bold]{title}[/bold]\n")
    for name, value in pairs.items():
        console.print(f"  [dim]{name.ljust(width)}[/dim]  ", end="")
        console.print(plain(value).replace("\n", " "), markup=False)
    if below:
        console.print("\n" + plain(below), markup=False, style="dim")


def plain(text: str) -> str:
    """Return ``text`` without what a terminal would obey."""
    return text.translate(_CONTROLS)


def confirmed(question: str) -> None:
    """Ask whether to do what cannot be undone; ``UsageError`` unless somebody says yes."""
    if not sys.stdin.isatty():
        raise UsageError("yes_missing", "There is nobody to ask: add --yes to do it all the same.")
    if not typer.confirm(plain(question)):
        raise UsageError("not_confirmed", "Nothing was changed.")


def failure(message: str) -> None:
    """Print one line on standard error."""
    sys.stderr.write("vivavoce: " + " ".join(plain(message).split()) + "\n")
