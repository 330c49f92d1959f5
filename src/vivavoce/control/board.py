"""Where cards are published: the show's public folder and the feed."""

import logging
from collections.abc import Callable, Set
from contextlib import suppress
from pathlib import Path

import anyio.to_thread
import msgspec

from vivavoce.bus.messages import Card, Down, Gone
from vivavoce.card import SHOW_ID, ShowCard
from vivavoce.errors import UNREADABLE, MachineError
from vivavoce.record import files, layout, removal
from vivavoce.record.places import Places
from vivavoce.record.programme import write_card

log = logging.getLogger(__name__)

_LARGEST = 1 << 18  # bytes of a card: its words take some 6,000


class PublicBoard:
    """Writes cards into the data folder ``data`` and gives them to ``publish``."""

    def __init__(self, data: Path, publish: Callable[[Down], None]) -> None:
        self._places = Places(data)
        self._publish = publish
        self.heard: Callable[[], None] = lambda: None
        """Is called when a card that lasts was published or taken back."""

    async def deleted(self) -> set[str]:
        """Return the shows that were deleted, ever."""
        return await anyio.to_thread.run_sync(removal.gone, self._places)

    async def being_deleted(self) -> list[str]:
        """Return the shows whose deletion was begun and not finished."""
        return await anyio.to_thread.run_sync(removal.taken_away, self._places)

    async def strays(self, known: Set[str]) -> list[ShowCard]:
        """Return the cards of shows that are there and not ``known``."""
        return await anyio.to_thread.run_sync(strays, self._places, known)

    async def put(self, card: ShowCard) -> None:
        """Publish a new or changed card; a full disk keeps no show from starting or ending."""
        self._publish(Card(card))
        try:
            await anyio.to_thread.run_sync(self._write, card)
        except MachineError as error:
            log.warning(
                "a show card was not written", extra={"show": card.show, "code": error.code}
            )
        self.heard()

    def tell(self, card: ShowCard) -> None:
        """Publish what will be different in a moment: to the edges, not to the disk."""
        self._publish(Card(card))

    async def take_away(self, show: str) -> None:
        """Take back the card, and all files out of everybody's reach: the deletion has begun.

        Raises ``MachineError``, and may be repeated then.
        """
        await anyio.to_thread.run_sync(removal.take_away, self._places, show)
        self._publish(Gone(show))

    async def destroy(self, show: str) -> None:
        """Delete what was taken away; a disk that refuses is asked again at the next start."""
        try:
            await anyio.to_thread.run_sync(removal.destroy, self._places, show)
        except MachineError as error:
            log.warning("a show is not yet deleted", extra={"show": show, "code": error.code})
        self.heard()

    def _write(self, card: ShowCard) -> None:
        folder = self._places.public(card.show)
        # At a start every card is put again, and nearly all lie there already.
        with suppress(OSError):
            if files.read_small(folder / layout.CARD) == msgspec.json.encode(card):
                return
        write_card(folder, card)


def strays(places: Places, known: Set[str]) -> list[ShowCard]:
    """Return the cards in the public folder whose shows are not ``known``; what is none is not."""
    try:
        names = sorted(path.name for path in places.public("x").parent.iterdir())
    except OSError:
        return []
    found = []
    for show in names:
        if show in known or not SHOW_ID.fullmatch(show):
            continue
        try:
            data = files.read_small(places.public(show) / layout.CARD, _LARGEST)
            card = msgspec.json.decode(data, type=ShowCard)
        except (OSError, *UNREADABLE):
            continue
        if card.show == show:
            found.append(card)
    return found
