"""What the commands say: results for people or as one JSON line, and failures in one line."""

import sys
from collections.abc import Mapping
from typing import Any

import msgspec


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
        console.print(value, markup=False)
    if below:
        console.print(f"\n[dim]{below}[/dim]")


def failure(message: str) -> None:
    """Print one line on standard error."""
    sys.stderr.write("vivavoce: " + " ".join(message.split()) + "\n")
