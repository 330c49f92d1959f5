"""The copy of a real recording is one: whole, sealed, and without what was taken down."""

import os
from pathlib import Path

import anyio
import msgspec
import pytest
from obstore.store import LocalStore
from tests.unit.record.ended import EPOCH_MS, SHOW, close, parts, public, recording
from tests.unit.record.mirror_kit import Faulty, Studio

from vivavoce.card import ShowCard, State
from vivavoce.record import mirror
from vivavoce.record.places import Places
from vivavoce.record.sources import Folder, card_of
from vivavoce.record.takedown import begin, carry_out
from vivavoce.record.verify import verify

pytestmark = pytest.mark.anyio


async def test_a_show_copied_while_live_through_an_outage_verifies_in_the_bucket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)
    data, copy = tmp_path / "data", tmp_path / "copy"
    copy.mkdir()
    bucket = Faulty(LocalStore(copy))
    studio = Studio(data, bucket)
    show = recording(data)
    card = ShowCard(
        show=SHOW,
        version=2,
        title="A talk",
        description="",
        language="en",
        state=State.LIVE,
        epoch_ms=EPOCH_MS,
    )
    public(data).mkdir(parents=True)
    (public(data) / "card.json").write_bytes(msgspec.json.encode(card))
    for number in range(60):
        bucket.away = 20 <= number < 40
        await anyio.to_thread.run_sync(show.append, parts(number, number + 1))
        await studio.rounds(0.32)
        if number == 19:  # three segments are listed, the fourth is being written
            sound = [key for key in bucket.content() if mirror.is_segment(key)]
            assert len(sound) == 2 * 3
    show.finish()
    close(data)
    studio.live = False
    await studio.rounds(40)
    assert bucket.content() == studio.folder()
    source = Folder(public(copy))
    report = verify(source, card_of(source))
    assert report.whole
    assert report.segments == 10

    begin(Places(data), SHOW, 3_000, 6_500, 1_800_000_000_000)
    carry_out(Places(data), card_of(Folder(public(data))))
    await studio.rounds(90)
    assert bucket.content() == studio.folder()
    names = {Path(key).name for key in bucket.content() if mirror.is_segment(key)}
    assert "00000002.t1.m4s" in names
    assert "00000002.m4s" not in names
