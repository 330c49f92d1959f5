"""Cards on disk and on the feed."""

import json
from pathlib import Path

import pytest
from tests.unit.bus.test_memory import card

from vivavoce.bus.messages import Card, Down, Gone
from vivavoce.card import State
from vivavoce.control.board import PublicBoard

pytestmark = pytest.mark.anyio


async def test_a_card_is_published_and_lies_on_disk(tmp_path: Path) -> None:
    said: list[Down] = []
    board = PublicBoard(tmp_path, said.append)
    first, second = card("a", State.PLANNED), card("a", State.LIVE, 2)
    for message in (first, first, second):
        await board.put(message.card)
    assert said == [first, first, second]
    folder = tmp_path / "live" / "a"
    assert json.loads((folder / "card.json").read_bytes())["version"] == 2
    await board.take_away("a")
    assert said[-1] == Gone("a")
    assert [path.name for path in folder.iterdir()] == ["gone.json"]
    await board.destroy("a")
    assert [path.name for path in folder.iterdir()] == ["gone.json"]
    assert list((tmp_path / "trash").iterdir()) == []


async def test_what_lies_there_already_is_left_alone(tmp_path: Path) -> None:
    board = PublicBoard(tmp_path, lambda _: None)
    await board.put(card("a", State.PLANNED).card)
    before = (tmp_path / "live" / "a" / "card.json").stat()
    await board.put(card("a", State.PLANNED).card)
    assert (tmp_path / "live" / "a" / "card.json").stat() == before


async def test_a_disk_that_refuses_keeps_no_card_from_the_listeners(tmp_path: Path) -> None:
    (tmp_path / "live").write_text("a file where the shows' folder should be")
    said: list[Down] = []
    message = card("a", State.LIVE)
    await PublicBoard(tmp_path, said.append).put(message.card)
    assert said == [Card(message.card)]
