"""A show of which nothing is left but its card becomes one of ours again."""

from typing import Final

import msgspec

from vivavoce.card import ShowCard, State
from vivavoce.people import keys
from vivavoce.store.seat_rows import SeatRow
from vivavoce.store.show_rows import ShowRow

# A card that says live for longer is of a show that nobody ended: its server is gone.
_LONGEST_MS: Final = 24 * 3_600_000


def adopted(card: ShowCard, now_ms: int, *, above: int) -> tuple[ShowRow, SeatRow]:
    """Return a show, and its host's seat, by a card that may be old, or anybody's.

    ``above`` is a version that no card of the show has had yet.
    """
    state, ended_ms = card.state, card.ended_ms
    if state is not State.PLANNED and card.epoch_ms is None:
        state = State.PLANNED
    if state is State.LIVE and not 0 <= now_ms - (card.epoch_ms or 0) <= _LONGEST_MS:
        state, ended_ms = State.ENDED, ended_ms or now_ms
    card = msgspec.structs.replace(
        card,
        version=above,
        title=card.title[:200],
        description=card.description[:5_000],
        state=state,
        ended_ms=ended_ms,
        stage=(),
        filler=False,
    )
    host = SeatRow(seat=keys.new_id(), show=card.show, name="Host", role="host", origin="key")
    return ShowRow(card, card.epoch_ms or card.starts_ms or now_ms), host
