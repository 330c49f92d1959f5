"""Seats for the stage: found, written down, added. What ``stage.ports.SeatBook`` asks for."""

from collections.abc import Iterable
from typing import Final

from vivavoce.clock import Clock, unix_ms
from vivavoce.errors import UsageError
from vivavoce.people import keys
from vivavoce.stage.muting import MuteState
from vivavoce.stage.roster import Member
from vivavoce.stage.seats import Origin, Role, Seat
from vivavoce.stage.standing import Standing
from vivavoce.store.seat_rows import SeatRow, SeatRows

# A stage is for tens of people; a host's page that runs wild fills no database.
SEATS: Final = 100


class Seating:
    """The seats of all shows."""

    def __init__(self, rows: SeatRows, clock: Clock) -> None:
        self._rows = rows
        self._clock = clock

    async def seats(self, show: str) -> list[Seat]:
        """Return all seats of a show as they were written down, removed ones too."""
        return [seat_of(row) for row in await self._rows.of_show(show)]

    async def save(self, show: str, members: Iterable[Member]) -> None:
        """Write down role, standing and mute of these."""
        await self._rows.save(
            [
                SeatRow(
                    seat=member.seat,
                    show=show,
                    name=member.name,
                    role=member.role,
                    standing=member.standing,
                    mute=member.mute,
                    held_by=member.held_by,
                )
                for member in members
            ]
        )

    async def remove(self, seat: str) -> None:
        """Let a seat die, with all that opened it."""
        await self._rows.remove(seat, unix_ms(self._clock.wall()))

    async def seat_hand(self, show: str, name: str, token: bytes, standing: Standing) -> Seat:
        """Make a seat of an accepted hand, whose token (digest) opens it from now on."""
        row = SeatRow(
            seat=keys.new_id(),
            show=show,
            name=name,
            role=Role.SPEAKER,
            standing=standing,
            origin=Origin.HAND,
        )
        await self._add(row, token)
        return seat_of(row)

    async def add_token_seat(self, show: str, name: str) -> tuple[SeatRow, str]:
        """Add a speaker's seat for an encoder; the token is told only here."""
        token = keys.new_key()
        row = SeatRow(seat=keys.new_id(), show=show, name=name, role=Role.SPEAKER)
        await self._add(row, keys.digest(token))
        return row, token

    async def _add(self, row: SeatRow, token: bytes) -> None:
        created_ms = unix_ms(self._clock.wall())
        if not await self._rows.add(row, token=token, created_ms=created_ms, most=SEATS):
            raise too_many_seats()


def too_many_seats() -> UsageError:
    """Return why there is no seat left."""
    words = f"A show has {SEATS} seats at most. Remove somebody first."
    return UsageError("too_many_seats", words, status=409)


def seat_of(row: SeatRow) -> Seat:
    """Return a row as the stage knows it."""
    return Seat(
        id=row.seat,
        show=row.show,
        name=row.name,
        role=Role(row.role),
        standing=Standing(row.standing),
        mute=MuteState(row.mute),
        held_by=row.held_by,
        origin=Origin(row.origin),
    )
