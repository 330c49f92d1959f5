"""The cards of all shows: in the database first, then told to the disk and to the edges.

Every change of a card grows its version. All cards are in memory too: the studio is the only one
who writes them.
"""

from collections import defaultdict
from dataclasses import replace
from typing import Any, Final

import anyio
import msgspec

from vivavoce.card import OnStage, ShowCard, State
from vivavoce.control.ports import Board
from vivavoce.errors import UsageError
from vivavoce.store.show_rows import ShowRow, ShowRows

# Versions that may be given away without a word to the database: an hour of people speaking.
LEASE: Final = 7_200


class Cards:
    """All cards, one lock for each."""

    def __init__(self, rows: ShowRows, board: Board) -> None:
        self._rows = rows
        self._board = board
        self._shows: dict[str, ShowRow] = {}
        self._deleted: set[str] = set()
        self._leased: dict[str, int] = {}
        self._locks: defaultdict[str, anyio.Lock] = defaultdict(anyio.Lock)

    def all(self) -> list[ShowRow]:
        """Return every show, newest first."""
        return sorted(self._shows.values(), key=lambda row: row.created_ms, reverse=True)

    def live(self) -> list[ShowCard]:
        """Return the cards of the live shows."""
        return [row.card for row in self._shows.values() if row.card.state is State.LIVE]

    def card(self, show: str) -> ShowCard | None:
        """Return a show's card, ``None`` if there is no such show."""
        row = self._shows.get(show)
        return None if row is None else row.card

    def row(self, show: str) -> ShowRow:
        """Return a show; raises ``UsageError`` (``show_unknown``, ``show_deleted``)."""
        try:
            return self._shows[show]
        except KeyError:
            if show in self._deleted:
                raise UsageError("show_deleted", "The show was deleted.", status=410) from None
            raise UsageError(
                "show_unknown",
                "There is no such show. Look at the link again, or list the shows.",
                status=404,
            ) from None

    async def _put(self, row: ShowRow) -> None:
        card = row.card
        self._shows[card.show] = row
        self._leased[card.show] = card.version
        await self._board.put(card)

    def _forget(self, show: str) -> None:
        self._deleted.add(show)
        del self._shows[show], self._leased[show]
        self._locks.pop(show, None)

    def _lock(self, show: str) -> anyio.Lock:
        self.row(show)  # locks exist only for shows that do
        return self._locks[show]

    async def _publish(self, show: str, **changes: Any) -> ShowRow:
        before = self.row(show)
        keep_days = changes.pop("keep_days", before.keep_days)
        card = msgspec.structs.replace(before.card, version=before.card.version + 1, **changes)
        leased = max(self._leased[show], card.version)
        row = ShowRow(card, before.created_ms, keep_days)
        await self._rows.save(row, version=leased)
        self._leased[show] = leased
        self._shows[show] = row
        await self._board.put(card)
        return row

    async def _tell(self, show: str, stage: tuple[OnStage, ...]) -> ShowRow:
        before = self.row(show)
        card = msgspec.structs.replace(before.card, version=before.card.version + 1, stage=stage)
        row = replace(before, card=card)
        if card.version > self._leased[show]:
            # Written ahead: after a crash versions go on above all that were given away.
            leased = card.version + LEASE
            await self._rows.save(row, version=leased)
            self._leased[show] = leased
        self._shows[show] = row
        self._board.tell(card)
        return row
