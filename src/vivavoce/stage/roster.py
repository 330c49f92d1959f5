"""Everybody's place in one show, and the commands that change it. Pure.

Each command is decided by the tables: who may (``powers``), whether it is possible now
(``standing``, ``muting``), and what follows. Nothing is changed by a command that is refused.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from vivavoce.errors import UsageError
from vivavoce.stage.muting import MuteState, Turn, turn
from vivavoce.stage.powers import OF_ALL, OF_ONESELF, POWERS, Command, check
from vivavoce.stage.seats import Origin, Role, Seat
from vivavoce.stage.standing import STANDINGS, Move, Standing, move


@dataclass(slots=True)
class Member:
    """One seat as it is now."""

    seat: str
    name: str
    role: Role
    standing: Standing
    mute: MuteState
    held_by: str | None = None
    """The name of whoever muted it."""
    origin: Origin = Origin.TOKEN


# What is wanted most when all are meant: a seat of which it is not possible is passed over.
_ALL: Final = {
    Command.BRING_ALL: Move.BRING,
    Command.BACK_ALL: Move.BACK,
}


class Roster:
    """The seats of one show by their ids; removed ones stay, so that they stay removed."""

    def __init__(self, seats: Iterable[Seat] = ()) -> None:
        self._members: dict[str, Member] = {}
        for seat in seats:
            self.add(seat)

    def add(self, seat: Seat) -> Member:
        """Take in a seat as it was written down; one that is known stays as it is."""
        return self._members.setdefault(
            seat.id,
            Member(
                seat.id,
                seat.name,
                seat.role,
                seat.standing,
                seat.mute,
                seat.held_by,
                seat.origin,
            ),
        )

    def get(self, seat: str) -> Member | None:
        """Return a member, removed ones too."""
        return self._members.get(seat)

    def present(self) -> list[Member]:
        """Return all that were not removed, hosts first, then by name."""
        order = list(Role)
        here = [m for m in self._members.values() if m.standing is not Standing.OUT]
        return sorted(here, key=lambda m: (order.index(m.role), m.name, m.seat))

    def mute(self, seat: str, *, muted: bool) -> Member | None:
        """Mute or unmute oneself; None if nothing changed; ``UsageError`` (held_muted)."""
        member = self._alive(seat)
        after = turn(member.mute, Turn.MUTE if muted else Turn.UNMUTE)
        if after is member.mute:
            return None
        member.mute = after
        return member

    def follow(
        self, actor: str, command: Command, target: str | None, *, connected: frozenset[str]
    ) -> list[Member]:
        """Carry a command out; return those who changed.

        ``connected`` are the seats whose microphone is here: only they are brought with all.
        Raises ``UsageError``: ``not_allowed``, ``seat_unknown``, ``seat_missing``,
        ``cannot_bring`` and its like.
        """
        by = self._alive(actor)
        if command in OF_ONESELF:
            if target not in (None, actor):
                raise UsageError("not_allowed", "That is for one's own seat only.", status=403)
            return [self._move(by, Move.STEP_DOWN)]
        if command in OF_ALL:
            check(by.role, command, None)
            return self._follow_all(by, command, connected)
        check(by.role, command, None)
        if target is None:
            raise UsageError("seat_missing", "Say which seat.", status=422)
        about = self._alive(target)
        if about is not by or command not in (Command.BRING, Command.BACK):
            check(by.role, command, about.role)
        return self._follow_one(by, command, about)

    def _follow_one(self, by: Member, command: Command, about: Member) -> list[Member]:
        match command:
            case Command.HOLD | Command.RELEASE:
                self._turn(about, Turn(command), by)
            case Command.MAKE_COHOST:
                about.role = Role.COHOST
            case Command.MAKE_SPEAKER:
                about.role = Role.SPEAKER
            case Command.REMOVE if about.origin is Origin.KEY:
                # After a hand-over it is a co-host's; the owner would be locked out of the show.
                raise UsageError(
                    "own_seat", "That is the show's own seat. Move it off the stage.", status=409
                )
            case Command.HAND_OVER:
                by.role, about.role = about.role, by.role
                return [by, about]
            case _:
                self._move(about, Move(command))
        return [about]

    def _follow_all(self, by: Member, command: Command, connected: frozenset[str]) -> list[Member]:
        targets = POWERS[by.role][command]
        about = [m for m in self.present() if m.role in targets]
        if command is Command.HOLD_ALL:
            held = [m for m in about if m is not by and m.mute is not MuteState.HELD]
            return _each(held, lambda m: self._turn(m, Turn.HOLD, by))
        wanted = _ALL[command]
        able = [m for m in about if (m.standing, wanted) in STANDINGS]
        if wanted is Move.BRING:
            # Who is away is not on air the moment they come back: they find themselves unprepared.
            able = [m for m in able if m.seat in connected]
        return _each(able, lambda m: self._move(m, wanted))

    def _alive(self, seat: str) -> Member:
        member = self._members.get(seat)
        if member is None or member.standing is Standing.OUT:
            raise UsageError("seat_unknown", "There is no such seat (any more).", status=404)
        return member

    def _move(self, member: Member, wanted: Move) -> Member:
        member.standing = move(member.standing, wanted)
        return member

    def _turn(self, member: Member, wanted: Turn, by: Member) -> None:
        member.mute = turn(member.mute, wanted)
        member.held_by = by.name if member.mute is MuteState.HELD else None


def _each(members: list[Member], do: Callable[[Member], object]) -> list[Member]:
    for member in members:
        do(member)
    return members
