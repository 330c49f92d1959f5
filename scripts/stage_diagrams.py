"""Write docs/stage.md: the stage's tables as diagrams, from the tables themselves.

``python scripts/stage_diagrams.py`` writes the file; ``tests/unit/stage/test_diagrams.py`` fails
when it is out of date.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar

from vivavoce.stage.muting import MUTES, MuteState
from vivavoce.stage.powers import OF_ALL, OF_ONESELF, POWERS, Command
from vivavoce.stage.seats import Role
from vivavoce.stage.standing import STANDINGS, Standing

FILE: Final = Path(__file__).resolve().parents[1] / "docs" / "stage.md"

State = TypeVar("State", bound=StrEnum)
Step = TypeVar("Step", bound=StrEnum)

_HEAD: Final = """\
# The stage

Made by `python scripts/stage_diagrams.py` from the tables in `src/vivavoce/stage/`: do not edit.
"""
_STANDINGS: Final = """
## Where a seat stands (`standing.py`)

Before a show is live all are in the green room together, whatever their standing but `off`; who
stands at `air` is on air once it is live. Anything that is not drawn is refused with `cannot_…`.
"""
_MUTES: Final = """
## Whether it is heard (`muting.py`)

`mute` and `unmute` are one's own, `hold` and `release` are of those who lead. A held seat that
tries to unmute is refused with `held_muted`, whichever way it came.
"""
_POWERS: Final = """
## Who may do what to whom (`powers.py`)

By one's own role; the cell says to which roles. Anything else is refused with `not_allowed`.
The owner sits in the host's seat.
"""


def render() -> str:
    """Return the whole file."""
    parts = [
        _HEAD,
        _STANDINGS,
        "\n".join(_diagram(STANDINGS, (Standing.GREEN, Standing.AIR))),
        _MUTES,
        "\n".join(_diagram(MUTES, (MuteState.OPEN,))),
        _POWERS,
        "\n".join(_table()),
    ]
    return "\n".join(parts) + "\n"


def _diagram(table: Mapping[tuple[State, Step], State], first: tuple[State, ...]) -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    for state in first:
        yield f"    [*] --> {state}"
    for (before, step), after in table.items():
        yield f"    {before} --> {after}: {step}"
    yield "```"


def _table() -> Iterator[str]:
    yield f"| command | {' | '.join(Role)} |"
    yield f"| --- |{' --- |' * len(Role)}"
    for command in Command:
        yield f"| `{command}` | {' | '.join(_cell(role, command) for role in Role)} |"


def _cell(role: Role, command: Command) -> str:
    if command in OF_ONESELF:
        return "oneself"
    targets = POWERS[role].get(command)
    if targets is None:
        return "no"
    names = ", ".join(target for target in Role if target in targets)
    if command in OF_ALL:
        return f"every {names}"
    return names or "yes"


if __name__ == "__main__":
    FILE.write_text(render(), encoding="utf-8")
