"""What the recording is told of each 20 ms on air. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

from vivavoce.media import Frame, Played
from vivavoce.record.playing import Range
from vivavoce.units import Samples


class Voice(NamedTuple):
    """One person on air in one tick."""

    seat: str
    open: bool
    """Neither muted nor held."""
    speaking: bool
    played: tuple[Played, ...]


class Tick(NamedTuple):
    """20 ms of the programme, and who was on air in it."""

    time: Samples
    frame: Frame
    voices: tuple[Voice, ...]


class Batch(NamedTuple):
    """About a second of a show."""

    ticks: tuple[Tick, ...]
    names: Mapping[str, str]
    """Of the seats in ``ticks``."""
    breaks: tuple[Range, ...] = ()
    """Media time, in ms, that the playlists have left out so far."""
    lost: int = 0
    """Ticks before these that could not be kept."""
