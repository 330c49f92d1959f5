"""Finding a show: what the feed told, or else the card that lies on disk. Does no I/O itself."""

from typing import Final

import msgspec

from vivavoce.card import ShowCard
from vivavoce.deliver.cache import FileCache
from vivavoce.deliver.files import File
from vivavoce.deliver.shows import Show, Shows
from vivavoce.errors import UNREADABLE, PeerError
from vivavoce.record.layout import GONE

# How old a reading of a card may be, in seconds: only shows of which the feed has not told are
# looked up on disk, and nothing there is in a hurry.
_CARD_AGE_S: Final = 1.0


class Lookup:
    """The shows that can be listened to at this edge."""

    def __init__(self, shows: Shows, files: FileCache) -> None:
        self._shows = shows
        self._files = files

    def show(self, show: str, *, asked: float) -> Show:
        """Return a show; ``NotInMemory`` to read its card.

        ``PeerError`` 404 if there is none, 410 if there was one.
        """
        known = self._shows.get(show)
        if known is not None and known.from_feed:
            return known
        card = _card(self._files.file(f"{show}/card.json", since=asked - _CARD_AGE_S), show)
        if card is not None:
            return self._shows.adopt(card)
        if known is not None:
            return known
        gone = self._files.file(f"{show}/{GONE}", since=asked - _CARD_AGE_S)
        # An edge without the folder remembers what it was told.
        if gone is not None or self._shows.deleted(show):
            raise PeerError("show_deleted", "The host has deleted this show.", status=410)
        raise PeerError(
            "show_unknown", "There is no show at this address. Check the link.", status=404
        )


def _card(file: File | None, show: str) -> ShowCard | None:
    if file is None:
        return None
    try:
        card = msgspec.json.decode(file.body, type=ShowCard)
    except UNREADABLE:
        return None  # a card damaged on disk is as good as none
    return card if card.show == show else None
