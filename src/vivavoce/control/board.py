"""Where cards are published: the show's public folder and the feed."""

import logging
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import anyio.to_thread
import msgspec

from vivavoce.bus.messages import Card, Down, Gone
from vivavoce.card import ShowCard
from vivavoce.errors import MachineError
from vivavoce.record import layout
from vivavoce.record.programme import write_card

log = logging.getLogger(__name__)


class PublicBoard:
    """Writes cards to ``folder`` (``DATA/live``) and gives them to ``publish``.

    What else is kept of a show, and goes with it, lies in folders of its name in ``others``.
    """

    def __init__(
        self, folder: Path, publish: Callable[[Down], None], others: Sequence[Path] = ()
    ) -> None:
        self._folder = folder
        self._others = others
        self._publish = publish

    async def put(self, card: ShowCard) -> None:
        """Publish a new or changed card; a full disk keeps no show from starting or ending."""
        self._publish(Card(card))
        try:
            await anyio.to_thread.run_sync(self._write, card)
        except MachineError as error:
            log.warning(
                "a show card was not written", extra={"show": card.show, "code": error.code}
            )

    def tell(self, card: ShowCard) -> None:
        """Publish what will be different in a moment: to the edges, not to the disk."""
        self._publish(Card(card))

    async def remove(self, show: str) -> None:
        """Take back the card and delete the recording."""
        self._publish(Gone(show))
        await anyio.to_thread.run_sync(self._delete, show)

    def _write(self, card: ShowCard) -> None:
        folder = self._folder / card.show
        # At a start every card is put again, and nearly all lie there already.
        with suppress(OSError):
            if (folder / layout.CARD).read_bytes() == msgspec.json.encode(card):
                return
        write_card(folder, card)

    def _delete(self, show: str) -> None:
        for folder in (*self._others, self._folder):
            shutil.rmtree(folder / show, ignore_errors=True)
