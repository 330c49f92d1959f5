"""Who speaks, on the card: told at once, kept nowhere, and versions that only grow."""

from pathlib import Path

import pytest
from tests.studio import STUDIO, open_studio

from vivavoce.card import OnStage
from vivavoce.control.cards import LEASE

pytestmark = pytest.mark.anyio


async def test_speaking_is_told_and_not_kept_and_versions_grow_across_a_crash(
    tmp_path: Path,
) -> None:
    async with open_studio(tmp_path) as studio:
        row, _ = await studio.shows.create("Ours", "", "en", None)
        show = row.card.show
        await studio.shows.start(show)
        await studio.shows.set_stage(show, (OnStage("Ada", "host"),))
        kept = len(studio.board.cards)
        for n in range(LEASE + 10):
            await studio.shows.set_stage(show, (OnStage("Ada", "host", speaking=n % 2 == 0),))
        assert len(studio.board.cards) == kept, "no file was written"
        versions = [card.version for card in studio.board.told]
        assert versions == sorted(set(versions))
        assert studio.board.told[-1].studio_url == STUDIO
        last = versions[-1]
    async with open_studio(tmp_path) as studio:
        card = studio.shows.card(show)
        assert card is not None
        assert card.version >= last
        after = await studio.shows.change(show, {"title": "New"})
        assert after.card.version > last


async def test_the_filler_is_on_the_card_while_it_is_heard(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        row, _ = await studio.shows.create("Ours", "", "en", None)
        show = row.card.show
        await studio.shows.set_stage(show, (), filler=True)
        assert not studio.shows.row(show).card.filler, "not before it is live"
        await studio.shows.start(show)
        await studio.shows.set_stage(show, (), filler=True)
        assert studio.board.cards[-1].filler
        assert not (await studio.shows.end(show)).filler
