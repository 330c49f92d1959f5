"""The life of a show: planned, live, ended. Pure.

PLANNED ─ start ─▶ LIVE ─ end ─▶ ENDED
                        ─ abandon ─▶
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vivavoce.card import State
from vivavoce.errors import UsageError
from vivavoce.units import PartNumber, Samples, part_at, samples


class Command(StrEnum):
    """What can be asked of a show."""

    START = "start"
    END = "end"
    ABANDON = "abandon"
    """Time has told: nobody is there who could end it."""


TRANSITIONS: Final[Mapping[tuple[State, Command], State]] = {
    (State.PLANNED, Command.START): State.LIVE,
    (State.LIVE, Command.END): State.ENDED,
    (State.LIVE, Command.ABANDON): State.ENDED,
}

_REFUSALS: Final[Mapping[tuple[State, Command], tuple[str, str]]] = {
    (State.LIVE, Command.START): ("already_live", "The show is live already."),
    (State.ENDED, Command.START): (
        "already_ended",
        "The show has ended and its replay stands. Make a new show to go on.",
    ),
    (State.ENDED, Command.END): ("already_ended", "The show has ended already."),
    (State.PLANNED, Command.END): ("not_live", "The show is not live yet, so it cannot end."),
    (State.PLANNED, Command.ABANDON): ("not_live", "The show is not live."),
    (State.ENDED, Command.ABANDON): ("already_ended", "The show has ended already."),
}


def step(state: State, command: Command) -> State:
    """Return the state after ``command``; raises ``UsageError`` with a stable code."""
    try:
        return TRANSITIONS[state, command]
    except KeyError:
        code, message = _REFUSALS[state, command]
        raise UsageError(code, message, status=409) from None


# Half an hour: longer than any host's reboot, change of train or lunch queue.
ABANDONED: Final = samples(1800.0)

# What was said last should ring out: the replay does not end inside the last word's echo.
_AFTERGLOW: Final = samples(3.0)


@dataclass(slots=True)
class Abandonment:
    """Watches a live show that nobody might end; all times are media time."""

    last: Samples
    """When somebody who could speak was last connected."""
    limit: Samples = ABANDONED

    def observe(self, time: Samples, *, connected: bool) -> bool:
        """Note who is there at ``time``; return whether the show is abandoned now."""
        if connected:
            self.last = max(self.last, time)
        return time - self.last >= self.limit

    @property
    def last_part(self) -> PartNumber:
        """The last part of the replay, if the show is abandoned."""
        return part_at(Samples(self.last + _AFTERGLOW))
