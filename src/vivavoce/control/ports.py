"""What the shows need of others: a stage, the seals, and a place where cards are published."""

from collections.abc import Set
from typing import Protocol

from vivavoce.card import Seal, ShowCard
from vivavoce.units import Samples


class Stages(Protocol):
    """Who puts shows on air."""

    async def start(self, card: ShowCard) -> None:
        """Put a show on air whose card says live."""

    async def resume(self, card: ShowCard) -> None:
        """Put a show back on air, after the studio was away, on the same epoch."""

    async def end(self, show: str) -> Samples | None:
        """Take a show off air and finish its files; return the replay's length if known."""


class Seals(Protocol):
    """Who knows what can be held against a recording."""

    async def newest(self, show: str) -> Seal | None:
        """Return the head of a show's seal now."""

    async def edition(self, show: str) -> int:
        """Return how many ranges of a show were taken down."""

    async def end(self, card: ShowCard) -> Seal | None:
        """Seal all of a show that has ended; return the final head."""


class Board(Protocol):
    """Where cards are published."""

    async def put(self, card: ShowCard) -> None:
        """Publish a new or changed card."""

    def tell(self, card: ShowCard) -> None:
        """Publish a card that changes twice a second, and need not be there after a crash."""

    async def deleted(self) -> set[str]:
        """Return the shows that were deleted, ever."""

    async def being_deleted(self) -> list[str]:
        """Return the shows whose deletion was begun and not finished."""

    async def strays(self, known: Set[str]) -> list[ShowCard]:
        """Return the cards of shows that are there and not ``known``."""

    async def take_away(self, show: str) -> None:
        """Take a show out of everybody's reach: from here on its deletion cannot be stopped."""

    async def destroy(self, show: str) -> None:
        """Delete what was taken away."""
