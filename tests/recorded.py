"""A show that has ended, in a data folder before its server starts: its files and its row."""

from pathlib import Path

import anyio

from vivavoce.card import ShowCard
from vivavoce.launch import DATABASE, LIVE
from vivavoce.people import keys
from vivavoce.store.database import open_database
from vivavoce.store.seat_rows import SeatRow
from vivavoce.store.show_rows import ShowRow, ShowRows
from vivavoce.testing.ended_show import EndedShow


def written(data: Path, show: str, ended: EndedShow) -> ShowCard:
    """Write the show's files and its row; nobody holds its host's key."""
    card = ended.write(data / LIVE, show)
    entered(data, card)
    return card


def entered(data: Path, card: ShowCard) -> None:
    """Write a show's row alone."""
    data.mkdir(exist_ok=True)
    anyio.run(_enter, data / DATABASE, card)


async def _enter(file: Path, card: ShowCard) -> None:
    host = SeatRow(seat=keys.new_id(), show=card.show, name="Host", role="host", origin="key")
    async with open_database(file) as database:
        await ShowRows(database).add(
            ShowRow(card, card.epoch_ms or 0),
            host_key=keys.digest(keys.new_key()),
            host=host,
            token=keys.digest(keys.new_key()),
        )
