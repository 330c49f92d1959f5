"""What those who manage a stage tell it, carried out and written down.

Sound follows at once; the disk may be slower, or full: then what was said holds for as long as
the studio runs, and whoever said it is told so.
"""

import logging
from collections.abc import Awaitable, Iterable
from typing import Final, Literal

from vivavoce.clock import Clock
from vivavoce.errors import MachineError, Problem
from vivavoce.stage.hands import HandState
from vivavoce.stage.ports import SeatBook
from vivavoce.stage.powers import Command, check
from vivavoce.stage.roster import Member
from vivavoce.stage.seats import Origin
from vivavoce.stage.stage import REMOVED, Stage
from vivavoce.stage.standing import Standing

logger = logging.getLogger(__name__)

SENT_AWAY: Final = "The host has closed your seat. Thank you for being here."

LEFT: Final = "You have left the stage. Raise your hand to come back."

_WHERE: Final = {"accept_green": Standing.GREEN, "accept_air": Standing.AIR}


class Leading:
    """Carries out commands on one stage."""

    def __init__(self, stage: Stage, book: SeatBook, clock: Clock) -> None:
        self._stage = stage
        self._book = book
        self._clock = clock

    async def ask(self, actor: str, command: Command, target: str | None) -> None:
        """Follow a command of the seat ``actor``; raises ``UsageError`` if it cannot be."""
        stage = self._stage
        async with stage.lock:
            changed = stage.roster.follow(actor, command, target, connected=stage.heard())
            for member in changed:
                stage.follow(member)
            stage.poke()
            try:
                await self._keep(self._write(changed))
            finally:
                # Who is told to go finds every door shut already.
                for member in changed:
                    if member.standing is Standing.OUT:
                        await stage.expel(member, SENT_AWAY)
                stage.poke()

    async def leave(self, seat: str) -> None:
        """End a seat that came of a raised hand; any other waits for its person's return."""
        stage = self._stage
        async with stage.lock:
            member = stage.roster.get(seat)
            if member is None or member.origin is not Origin.HAND:
                return
            try:
                await self._keep(self._book.remove(seat))
            finally:
                await stage.expel(member, LEFT)
                stage.poke()

    async def answer_hand(
        self, actor: str, hand: str, command: Literal["accept_green", "accept_air", "decline"]
    ) -> None:
        """Make a seat of a raised hand, or decline it."""
        stage = self._stage
        async with stage.lock:
            self._may_see_hands(actor)
            now = self._clock.now()
            if command == "decline":
                stage.hands.settle(hand, HandState.DECLINED, now)
            else:
                up = stage.hands.waiting_one(hand)
                where = _WHERE[command]
                seat = await self._book.seat_hand(stage.show, up.name, up.token, where)
                stage.roster.add(seat)
                stage.hands.settle(hand, HandState.ACCEPTED, now, seat.id)
            stage.tell_hands()

    async def lower_all(self, actor: str) -> None:
        """Lower all hands."""
        async with self._stage.lock:
            self._may_see_hands(actor)
            self._stage.hands.lower_all(self._clock.now())
            self._stage.tell_hands()

    def _may_see_hands(self, actor: str) -> None:
        member = self._stage.roster.get(actor)
        if member is None or member.standing is Standing.OUT:
            raise REMOVED
        check(member.role, Command.HANDS, None)

    async def _write(self, changed: Iterable[Member]) -> None:
        alive = []
        for member in changed:
            if member.standing is Standing.OUT:
                await self._book.remove(member.seat)
            else:
                alive.append(member)
        if alive:
            await self._book.save(self._stage.show, alive)

    async def _keep(self, writing: Awaitable[None]) -> None:
        try:
            await writing
        except Problem:
            raise
        except Exception as error:
            logger.exception("a command was not written down", extra={"show": self._stage.show})
            raise MachineError(
                "not_kept",
                "Done, but it could not be written down: it is forgotten if the studio starts "
                "again. Look at the data folder and its disk.",
            ) from error
