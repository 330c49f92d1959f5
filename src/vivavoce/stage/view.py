"""How a stage looks: to those on it, and on the show card. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from vivavoce.card import OnStage
from vivavoce.mix.console import Bus
from vivavoce.stage.hands import Hand
from vivavoce.stage.messages import Check, Person, RaisedHand
from vivavoce.stage.muting import MuteState
from vivavoce.stage.roster import Member
from vivavoce.stage.standing import Standing


@dataclass(frozen=True, slots=True)
class Sight:
    """What can be seen of somebody whose voice is connected."""

    speaking: bool
    level: float
    check: Check


See = Callable[[str], Sight | None]
"""By the seat; None for who is not connected."""

# The eye tells twenty steps apart; more would be told and not seen.
_STEPS = 20


def bus_of(standing: Standing, *, live: bool) -> Bus:
    """Say which bus a seat is on; before the show is live all are in the green room together."""
    if standing in (Standing.OFF, Standing.OUT):
        return Bus.MONITOR
    return Bus.AIR if live and standing is Standing.AIR else Bus.GREEN


def on_stage(members: Iterable[Member], see: See) -> tuple[OnStage, ...]:
    """Return those on air as listeners see them, in the given order."""
    seen = ((m, see(m.seat)) for m in members if m.standing is Standing.AIR)
    return tuple(
        OnStage(m.name, m.role, speaking=sight.speaking, muted=m.mute is not MuteState.OPEN)
        for m, sight in seen
        if sight is not None
    )


def people(members: Iterable[Member], see: See) -> tuple[Person, ...]:
    """Return everybody as those on stage see them."""
    return tuple(_person(member, see(member.seat)) for member in members)


def _person(member: Member, sight: Sight | None) -> Person:
    return Person(
        seat=member.seat,
        name=member.name,
        role=member.role,
        standing=member.standing,
        mute=member.mute,
        held_by=member.held_by,
        connected=sight is not None,
        speaking=sight is not None and sight.speaking,
        level=0.0 if sight is None else round(sight.level * _STEPS) / _STEPS,
        check=None if sight is None else sight.check,
    )


def raised(hands: Iterable[Hand]) -> tuple[RaisedHand, ...]:
    """Return the queue as those who manage the stage see it."""
    return tuple(
        RaisedHand(hand=h.id, name=h.name, about=h.about, since_ms=h.since_ms) for h in hands
    )
