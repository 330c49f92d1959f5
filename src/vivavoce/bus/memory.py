"""What a feed remembers for an edge that comes later: cards, heads and the newest parts. Pure."""

from collections import defaultdict, deque
from collections.abc import Iterator
from typing import Final

from vivavoce.bus.messages import Card, Down, Gone, Head, Sound
from vivavoce.card import State
from vivavoce.media import Codec

# 2.56 s: more than a page's start-up buffer, so that a listener of a new edge hears sound at once.
RECENT_PARTS: Final = 8


class Memory:
    """The last word on each show. Sound and heads are kept of live shows alone."""

    def __init__(self, recent: int = RECENT_PARTS) -> None:
        self._cards: dict[str, Card] = {}
        self._heads: defaultdict[str, dict[Codec, Head]] = defaultdict(dict)
        self._recent: defaultdict[str, dict[Codec, deque[Sound]]] = defaultdict(dict)
        self._length = recent

    def learn(self, message: Down) -> None:
        """Take in a message that is being published."""
        match message:
            case Card(card):
                self._cards[card.show] = message
                if card.state is not State.LIVE:
                    self._forget_sound(card.show)
            case Gone(show):
                self._cards.pop(show, None)
                self._forget_sound(show)
            case Head(show, codec):
                self._heads[show][codec] = message
            case Sound(show, codec):
                recent = self._recent[show].setdefault(codec, deque(maxlen=self._length))
                recent.append(message)
            case _:
                pass

    def tell(self) -> Iterator[Down]:
        """Yield all that a newcomer must know: cards, then heads, then sound, oldest first."""
        yield from self._cards.values()
        for heads in self._heads.values():
            yield from heads.values()
        for by_codec in self._recent.values():
            for recent in by_codec.values():
                yield from recent

    def _forget_sound(self, show: str) -> None:
        self._heads.pop(show, None)
        self._recent.pop(show, None)
