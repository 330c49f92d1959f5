"""The heads of the shows' seals, for their cards: read from disk, and told every minute."""

import logging
from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread
import msgspec

from vivavoce.card import Seal, ShowCard, State
from vivavoce.control.shows import Shows
from vivavoce.errors import UNREADABLE
from vivavoce.record import files, layout, sealed
from vivavoce.record.places import Places
from vivavoce.record.takedowns import TAKEDOWNS, read_takedowns

log = logging.getLogger(__name__)

_PERIOD_S: Final = 60.0


class Seals:
    """The seals in the data folder."""

    def __init__(self, data: Path) -> None:
        self._places = Places(data)

    async def newest(self, show: str) -> Seal | None:
        """Return the head of a show's chain as it is on disk."""
        return await anyio.to_thread.run_sync(sealed.newest, self._places.public(show))

    async def edition(self, show: str) -> int:
        """Return how many ranges of a show were taken down."""
        return await anyio.to_thread.run_sync(_edition, self._places.public(show))

    async def end(self, card: ShowCard) -> Seal | None:
        """Seal what else there is of a show that has ended; return the final head.

        What was told as final once stays, whatever became of the files: it is what they are held
        against. None if it cannot be finished now.
        """
        try:
            return await anyio.to_thread.run_sync(self._end, card)
        except OSError as error:
            extra = {"show": card.show, "errno": error.errno}
            log.warning("the seal was not finished", extra=extra)
            return None

    def _end(self, card: ShowCard) -> Seal | None:
        folder = self._places.public(card.show)
        told = _told(folder)
        if told is not None or card.epoch_ms is None:
            return told
        return sealed.end(folder, self._places.private(card.show), card.show, card.epoch_ms)


def _told(folder: Path) -> Seal | None:
    """Return the final head as it was published; None if a take-down came after it."""
    try:
        card = msgspec.json.decode(files.read_small(folder / layout.CARD), type=ShowCard)
    except (OSError, *UNREADABLE):
        return None
    ended = card.state is State.ENDED and card.edition == _edition(folder)
    return card.seal if ended else None


def _edition(folder: Path) -> int:
    try:
        return len(read_takedowns(files.read_small(folder / TAKEDOWNS)))
    except OSError:
        return 0


async def tell_heads(shows: Shows) -> None:
    """Put the head of every live show's seal on its card, once a minute, for ever."""
    while True:
        await anyio.sleep(_PERIOD_S)
        for card in shows.live():
            try:
                await shows.renew_seal(card.show)
            except Exception:
                log.exception("the head of a seal was not told", extra={"show": card.show})
