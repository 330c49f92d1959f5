"""Where a seat stands: in the green room, on air, off the stage, or out for good. Pure.

docs/stage.md draws the table.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from vivavoce.errors import UsageError


class Standing(StrEnum):
    """Where a seat is."""

    GREEN = "green"
    """Hears and is heard by the others in the green room; not one sample reaches the air."""
    AIR = "air"
    """On air as soon as the show is."""
    OFF = "off"
    """Heard by nobody; hears the programme."""
    OUT = "out"
    """Removed: the seat is dead, and so is what opened it."""


class Move(StrEnum):
    """What changes a seat's standing."""

    BRING = "bring"
    BACK = "back"
    STEP_DOWN = "step_down"
    """Back by oneself."""
    MOVE_OFF = "move_off"
    ADMIT = "admit"
    REMOVE = "remove"


STANDINGS: Final[Mapping[tuple[Standing, Move], Standing]] = {
    (Standing.GREEN, Move.BRING): Standing.AIR,
    (Standing.AIR, Move.BACK): Standing.GREEN,
    (Standing.AIR, Move.STEP_DOWN): Standing.GREEN,
    (Standing.GREEN, Move.MOVE_OFF): Standing.OFF,
    (Standing.AIR, Move.MOVE_OFF): Standing.OFF,
    (Standing.OFF, Move.ADMIT): Standing.GREEN,
    (Standing.GREEN, Move.REMOVE): Standing.OUT,
    (Standing.AIR, Move.REMOVE): Standing.OUT,
    (Standing.OFF, Move.REMOVE): Standing.OUT,
}

_WHERE: Final[Mapping[Standing, str]] = {
    Standing.GREEN: "in the green room",
    Standing.AIR: "on air",
    Standing.OFF: "off the stage",
    Standing.OUT: "removed",
}


def move(standing: Standing, wanted: Move) -> Standing:
    """Return the standing after ``wanted``; raises ``UsageError`` (``cannot_bring`` and so on)."""
    try:
        return STANDINGS[standing, wanted]
    except KeyError:
        raise UsageError(
            f"cannot_{wanted}",
            f"That cannot be done with somebody who is {_WHERE[standing]}.",
            status=409,
        ) from None
