"""Whether a seat is kept out of the mix, and by whom. Pure.

A held seat is muted by those who manage the stage, and nothing that its own page says opens it.
docs/stage.md draws the table.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from vivavoce.errors import UsageError


class MuteState(StrEnum):
    """How a seat's sound stands."""

    OPEN = "open"
    MUTED = "muted"
    """By the person there."""
    HELD = "held"
    """By somebody who manages the stage."""


class Turn(StrEnum):
    """What changes it. Releasing opens nobody's microphone: they do that themselves."""

    MUTE = "mute"
    UNMUTE = "unmute"
    HOLD = "hold"
    RELEASE = "release"


MUTES: Final[Mapping[tuple[MuteState, Turn], MuteState]] = {
    (MuteState.OPEN, Turn.MUTE): MuteState.MUTED,
    (MuteState.MUTED, Turn.MUTE): MuteState.MUTED,
    (MuteState.HELD, Turn.MUTE): MuteState.HELD,
    (MuteState.OPEN, Turn.UNMUTE): MuteState.OPEN,
    (MuteState.MUTED, Turn.UNMUTE): MuteState.OPEN,
    (MuteState.OPEN, Turn.HOLD): MuteState.HELD,
    (MuteState.MUTED, Turn.HOLD): MuteState.HELD,
    (MuteState.HELD, Turn.HOLD): MuteState.HELD,
    (MuteState.HELD, Turn.RELEASE): MuteState.MUTED,
}

_REFUSALS: Final[Mapping[tuple[MuteState, Turn], tuple[str, str]]] = {
    (MuteState.HELD, Turn.UNMUTE): (
        "held_muted",
        "You were muted by those who lead the show. Ask them to let you speak again.",
    ),
    (MuteState.OPEN, Turn.RELEASE): ("cannot_release", "That seat is not muted by anybody else."),
    (MuteState.MUTED, Turn.RELEASE): ("cannot_release", "That seat is not muted by anybody else."),
}


def turn(mute: MuteState, wanted: Turn) -> MuteState:
    """Return the state after ``wanted``; raises ``UsageError`` (``held_muted`` …)."""
    try:
        return MUTES[mute, wanted]
    except KeyError:
        code, message = _REFUSALS[mute, wanted]
        raise UsageError(code, message, status=409) from None
