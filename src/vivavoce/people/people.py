"""Owner link, host keys and sessions: who a key or a token belongs to.

A key opens a session and a session is a cookie. The owner's key works once, as Jupyter's does; a
host's key until it is replaced. The command line has a token of its own for as long as the server
runs. Only digests are kept.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from vivavoce.clock import Clock, unix_ms
from vivavoce.errors import UsageError
from vivavoce.people import keys
from vivavoce.store.people_rows import PeopleRows, SessionRow

SESSION_LIFE: Final = timedelta(days=30)


class Role(StrEnum):
    """What somebody is to the studio."""

    NONE = "none"
    GUEST = "guest"
    """Somebody with a seat: by an invitation, or by a raised hand."""
    HOST = "host"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody at the studio's door; ``show`` is set for a host and a guest."""

    role: Role
    show: str | None = None
    leads: bool = False
    """For a guest: whether the seat is a host's or a co-host's."""


NOBODY: Final = Caller(Role.NONE)


class People:
    """The door of the studio. ``command_line`` is the digest of the command line's token."""

    def __init__(self, rows: PeopleRows, clock: Clock, *, command_line: bytes) -> None:
        self._rows = rows
        self._clock = clock
        self._command_line = command_line

    async def open_start(self, owner_key: bytes) -> None:
        """Take this start's one-time key (its digest); the keys of earlier starts are void.

        Called again with the same key, after the studio alone was restarted, it changes nothing:
        a key that was used up stays used up.
        """
        if await self._rows.add_owner_key(owner_key, self._now_ms()):
            await self._rows.drop_owner_keys(but=owner_key)

    async def new_owner_key(self) -> str:
        """Return one more one-time key."""
        key = keys.new_key()
        await self._rows.add_owner_key(keys.digest(key), self._now_ms())
        return key

    async def sign_in(self, key: str) -> tuple[Caller, str]:
        """Open a session with an owner's or a host's key; return who it is and the token.

        Raises ``UsageError`` (``key_unknown``) for any other text.
        """
        kept = keys.digest(key)
        now_ms = self._now_ms()
        if len(key) <= keys.LONGEST_KEY and await self._rows.use_owner_key(kept, now_ms):
            caller = Caller(Role.OWNER)
        elif show := await self._rows.show_of_host_key(kept):
            caller = Caller(Role.HOST, show)
        else:
            raise UsageError(
                "key_unknown",
                "This link is used up or was replaced. The owner gets a new one with the command "
                "vivavoce link; a host asks the owner.",
                status=403,
            )
        token = keys.new_key()
        expires_ms = now_ms + SESSION_LIFE // timedelta(milliseconds=1)
        row = SessionRow(caller.role, caller.show, expires_ms)
        await self._rows.add_session(keys.digest(token), row, now_ms)
        return caller, token

    async def caller(self, token: str | None) -> Caller:
        """Return who shows this token; ``NOBODY`` for none, an unknown or an old one."""
        if not token or len(token) > keys.LONGEST_KEY:
            return NOBODY
        kept = keys.digest(token)
        if keys.same(kept, self._command_line):
            return Caller(Role.OWNER)
        row = await self._rows.session(kept, self._now_ms())
        return NOBODY if row is None else Caller(Role(row.role), row.show)

    async def sign_out(self, token: str) -> None:
        """End the session of this token."""
        await self._rows.drop_session(keys.digest(token))

    def _now_ms(self) -> int:
        return unix_ms(self._clock.wall())
