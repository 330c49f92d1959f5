"""Who may do what to whom on a stage. Pure.

Host and co-hosts manage the stage; nobody but the host hands it over or makes co-hosts, and the
host is removed or silenced by nobody: a show whose hosts all vanished goes on, and whichever of
them returns finds the same powers. docs/stage.md draws the table.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from vivavoce.errors import UsageError
from vivavoce.stage.seats import Role


class Command(StrEnum):
    """What can be asked of a stage."""

    BRING = "bring"
    BACK = "back"
    STEP_DOWN = "step_down"
    MOVE_OFF = "move_off"
    ADMIT = "admit"
    REMOVE = "remove"
    HOLD = "hold"
    RELEASE = "release"
    BRING_ALL = "bring_all"
    BACK_ALL = "back_all"
    HOLD_ALL = "hold_all"
    MAKE_COHOST = "make_cohost"
    MAKE_SPEAKER = "make_speaker"
    HAND_OVER = "hand_over"
    HANDS = "hands"
    """Seeing, accepting, declining and lowering hands."""


_ANYBODY: Final = frozenset(Role)
_GUESTS: Final = frozenset({Role.COHOST, Role.SPEAKER})
_SPEAKERS: Final = frozenset({Role.SPEAKER})
_COHOSTS: Final = frozenset({Role.COHOST})

_MANAGE: Final[Mapping[Command, frozenset[Role]]] = {
    Command.BRING: _ANYBODY,
    Command.BACK: _ANYBODY,
    Command.MOVE_OFF: _GUESTS,
    Command.ADMIT: _GUESTS,
    Command.REMOVE: _GUESTS,
    Command.HOLD: _GUESTS,
    Command.RELEASE: _ANYBODY,
    Command.BRING_ALL: _ANYBODY,
    Command.BACK_ALL: _SPEAKERS,
    Command.HOLD_ALL: _SPEAKERS,
    Command.HANDS: frozenset(),
}

POWERS: Final[Mapping[Role, Mapping[Command, frozenset[Role]]]] = {
    Role.HOST: {
        **_MANAGE,
        Command.MAKE_COHOST: _SPEAKERS,
        Command.MAKE_SPEAKER: _COHOSTS,
        Command.HAND_OVER: _COHOSTS,
    },
    Role.COHOST: _MANAGE,
    Role.SPEAKER: {},
}
"""By one's own role: the commands, and the roles of those whom each may be about."""

OF_ONESELF: Final = frozenset({Command.STEP_DOWN})
"""What everybody may do, and only with their own seat."""

OF_ALL: Final = frozenset({Command.BRING_ALL, Command.BACK_ALL, Command.HOLD_ALL})
"""What is about every seat that it may be about, and names none."""


def check(role: Role, command: Command, target: Role | None) -> None:
    """Raise ``UsageError`` (``not_allowed``) if ``role`` may not do that to ``target``.

    ``target`` is None for a command about nobody or about all.
    """
    targets = POWERS[role].get(command)
    if targets is not None and (target is None or target in targets):
        return
    raise UsageError("not_allowed", _words(role, command, target), status=403)


def manages(role: Role) -> bool:
    """Say whether this role manages the stage, hands included."""
    return Command.HANDS in POWERS[role]


def _words(role: Role, command: Command, target: Role | None) -> str:
    if not manages(role):
        return "Only the host and co-hosts can do that."
    if command not in POWERS[role]:
        return "Only the host can do that."
    if target is Role.HOST:
        return "That cannot be done to the host. The host can hand the show over first."
    return f"That cannot be done to a {target}: it is for other roles."
