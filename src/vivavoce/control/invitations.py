"""Invitations: made by those who manage a stage, used by guests who have no account."""

from datetime import timedelta
from typing import Final, Protocol

from vivavoce.clock import Clock, unix_ms
from vivavoce.control.seating import SEATS, too_many_seats
from vivavoce.errors import UsageError
from vivavoce.people import keys
from vivavoce.stage.invitations import Invitation, check
from vivavoce.stage.seats import Role
from vivavoce.stage.standing import Standing
from vivavoce.store.invitation_rows import Guest, InvitationRow, InvitationRows
from vivavoce.store.seat_rows import SeatRow, SeatRows

# Somebody who is invited to every show of a season opens the same browser months later; the seat
# is dead long before that if the host wants it.
GUEST_LIFE: Final = timedelta(days=30)

# A page that runs wild fills no database.
INVITATIONS: Final = 1_000

TAKEN_BACK: Final = "This invitation was taken back. Ask the host for a new one."


class Stages(Protocol):
    """Where seats are taken."""

    async def expel(self, show: str, seats: list[str], message: str) -> None:
        """Send away whoever has these seats; they are dead."""


class Invitations:
    """All invitations."""

    def __init__(self, rows: InvitationRows, seats: SeatRows, stages: Stages, clock: Clock) -> None:
        self._rows = rows
        self._seats = seats
        self._stages = stages
        self._clock = clock

    async def make(
        self,
        show: str,
        *,
        role: Role,
        standing: Standing,
        name: str | None,
        uses: int | None,
        expires_ms: int | None,
    ) -> tuple[Invitation, str]:
        """Make an invitation; its key is told only here."""
        key = keys.new_key()
        row = InvitationRow(
            invitation=keys.new_id(),
            show=show,
            role=role,
            standing=standing,
            name=name,
            uses_left=uses,
            expires_ms=expires_ms,
            revoked_ms=None,
            created_ms=self._now_ms(),
        )
        if not await self._rows.add(row, key=keys.digest(key), most=INVITATIONS):
            words = f"A show has {INVITATIONS} invitations at most. Make one for many people."
            raise UsageError("too_many_invitations", words, status=409)
        return _invitation(row), key

    async def of_show(self, show: str) -> list[Invitation]:
        """Return a show's invitations, newest first."""
        return [_invitation(row) for row in await self._rows.of_show(show)]

    async def change(
        self, show: str, invitation: str, changes: dict[str, int | None]
    ) -> Invitation:
        """Extend or shorten: ``uses_left``, ``expires_ms``."""
        row = await self._rows.change(show, invitation, changes)
        if row is None:
            raise _unknown()
        return _invitation(row)

    async def revoke(self, show: str, invitation: str) -> None:
        """Take an invitation back; who came in by it is sent away and kept out."""
        gone = await self._rows.revoke(show, invitation, self._now_ms())
        if gone is None:
            raise _unknown()
        await self._stages.expel(show, gone, TAKEN_BACK)

    async def of_key(self, key: str) -> InvitationRow | None:
        """Return the invitation that a key belongs to, dead or alive."""
        if len(key) > keys.LONGEST_KEY:
            return None
        return await self._rows.of_key(keys.digest(key))

    async def enter(
        self, key: str, row: InvitationRow | None, name: str | None, session: str | None
    ) -> tuple[SeatRow, str]:
        """Return the guest's seat and the token of this browser's session.

        A browser that has a ``session`` of this invitation gets the seat that it has. ``row`` is
        what ``of_key`` returned. Raises ``UsageError`` (``invitation_…``, ``name_needed``).
        """
        if row is not None and session and len(session) <= keys.LONGEST_KEY:
            kept = keys.digest(session)
            mine = await self._seats.of_session(kept, row.show, self._now_ms())
            if mine is not None and mine.invitation == row.invitation:
                return mine, session
        found = check(None if row is None else _invitation(row), self._now_ms())
        who = found.name or name
        if who is None:
            raise UsageError("name_needed", "Say your name, as the others will see it.", status=422)
        return await self._sit_down(key, found, who)

    async def _sit_down(self, key: str, found: Invitation, name: str) -> tuple[SeatRow, str]:
        token, now_ms = keys.new_key(), self._now_ms()
        seat = SeatRow(
            seat=keys.new_id(),
            show=found.show,
            name=name,
            role=found.role,
            standing=found.standing,
            origin="invitation",
            invitation=found.id,
        )
        guest = Guest(
            seat=seat,
            # Of the seat itself there is no token: the browser's session opens it.
            token=keys.digest(keys.new_key()),
            session=keys.digest(token),
            expires_ms=now_ms + GUEST_LIFE // timedelta(milliseconds=1),
        )

        def still(row: InvitationRow) -> None:
            check(_invitation(row), now_ms)

        if not await self._rows.enter(keys.digest(key), guest, now_ms, still, SEATS):
            raise too_many_seats()
        return seat, token

    def _now_ms(self) -> int:
        return unix_ms(self._clock.wall())


def _invitation(row: InvitationRow) -> Invitation:
    return Invitation(
        id=row.invitation,
        show=row.show,
        role=Role(row.role),
        standing=Standing(row.standing),
        name=row.name,
        uses_left=row.uses_left,
        expires_ms=row.expires_ms,
        revoked_ms=row.revoked_ms,
        created_ms=row.created_ms,
    )


def _unknown() -> UsageError:
    return UsageError("invitation_unknown", "This show has no such invitation.", status=404)
