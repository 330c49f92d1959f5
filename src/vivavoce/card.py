"""The show card: all that listeners see of a show, in one small record.

The studio publishes it, edges hold it in memory and push it on; nobody asks a database for it.
It also lies beside the sound on disk as ``card.json``, so that an edge without a studio has it.
"""

import re
from enum import StrEnum
from typing import Final

import msgspec

SHOW_ID: Final = re.compile(r"[0-9a-hjkmnp-tv-z]{10}")
"""Ten characters of Crockford base 32: 50 random bits, no path and no word can be made of it."""


class State(StrEnum):
    """Where a show stands; ``stage/show.py`` has the table of transitions."""

    PLANNED = "planned"
    LIVE = "live"
    ENDED = "ended"


class OnStage(msgspec.Struct, frozen=True):
    """One person who can be heard."""

    name: str
    role: str
    speaking: bool = False
    muted: bool = False


class Seal(msgspec.Struct, frozen=True):
    """The head of the chain over a show's segments; docs/PROTOCOL.md tells how to check it."""

    segment: int
    """The last segment that it covers."""
    head: str
    """SHA-256, 64 hex digits."""


class ShowCard(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """What listeners see of a show. Times are Unix milliseconds, UTC."""

    show: str
    version: int
    """Grows at every change, across restarts; a smaller one is out of date."""
    title: str
    description: str
    language: str
    """BCP 47, such as ``en`` or ``pt-BR``."""
    state: State
    starts_ms: int | None = None
    """When it is announced to begin."""
    epoch_ms: int | None = None
    """The wall-clock time of sample 0; set when the show goes live."""
    ended_ms: int | None = None
    duration_s: float | None = None
    """Length of the replay; set when the show has ended."""
    stage: tuple[OnStage, ...] = ()
    filler: bool = False
    """Live, and nobody is on air: what is heard is the filler."""
    studio_url: str | None = None
    """Where hands are raised."""
    recorded: bool = True
    """Whether the show is kept; what is not is gone once it has ended."""
    seal: Seal | None = None
    """What can be held against the recording later; renewed every minute while live."""
    edition: int = 0
    """How many ranges were taken down: what anybody holds of an earlier one is out of date."""
    series: str | None = None
    """The series that the show is an episode of."""
    batch_ms: int = 320
    """How much sound is sent at once; each edge sets it to what it does at this moment."""
