"""One bit flipped or one file cut off, anywhere in the data folder of a finished show.

The law: ``verify`` finds it, or it is harmless for a reason that has a name here; the next start
succeeds, knows the show, and changes nothing of it but what it makes anew; the rest plays.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.hls import read_media
from tests.studio import FakeStages, put_database
from tests.unit.record.ended import SHOW, close, parts, private, public, recording
from tests.unit.record.test_takes import batch

from vivavoce.control.board import PublicBoard
from vivavoce.control.exports import Exports
from vivavoce.control.finishing import Finishing
from vivavoce.control.marks import Marks
from vivavoce.control.seals import Seals
from vivavoce.control.shows import Shows
from vivavoce.control.takedowns import Takedowns
from vivavoce.control.workshop import work
from vivavoce.errors import Problem
from vivavoce.launch import COPY, DATABASE
from vivavoce.media import SEGMENTED
from vivavoce.mix.opus import Encoder
from vivavoce.package.cmaf import parts_in
from vivavoce.record.sources import Folder, card_of
from vivavoce.record.takes import Takes
from vivavoce.record.verify import verify
from vivavoce.store.database import open_database
from vivavoce.store.rescue import keep_copy, rescue
from vivavoce.store.show_rows import ShowRows
from vivavoce.testing import FakeClock
from vivavoce.units import Samples

HARMLESS: Final = {
    f"live/{SHOW}/card.json": "written anew from the database at the next start",
    f"live/{SHOW}/chapters.json": "a host's words, changed after the show: not sealed",
    f"record/{SHOW}/talk.jsonl": "only for who speaks when while it is live: talk.json is sealed",
    f"record/{SHOW}/events.jsonl": "what happened, for people to read: not sound",
    f"exports/{SHOW}/0000000000/job.json": "an export can be made again",
    f"exports/{SHOW}/0000000000/files/programme.mp3": "an export can be made again",
    "mirror/x.json": "only saves copying some files again",
    DATABASE: "damage that can be seen is mended from its copy; the record is in the folder",
    COPY: "made anew from the database; a damaged one is not used",
}
"""What ``verify`` need not find, and why nothing of the record is lost."""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("finished")
    show = recording(data)
    show.append(parts(0, 40))
    takes = Takes(public(data), private(data), lambda: Encoder(independent=True))
    takes.append(batch(0, 150, "a"))
    takes.append(batch(3_000, 100, "b"))
    show.finish()
    takes.finish(Samples(40 * 15_360))
    for key, body in {
        f"live/{SHOW}/chapters.json": b'{"version":"1.2.0","chapters":[]}',
        f"exports/{SHOW}/0000000000/job.json": b"{}",
        f"exports/{SHOW}/0000000000/files/programme.mp3": bytes(900),
        "mirror/x.json": b'{"bucket":"x","files":{}}',
    }.items():
        (data / key).parent.mkdir(parents=True, exist_ok=True)
        (data / key).write_bytes(body)
    close(data)
    put_database(data / DATABASE)
    anyio.run(start, data)
    keep_copy(data / DATABASE, data / COPY)
    return data


async def start(data: Path) -> None:
    """Do what a studio does at its start, and know the show."""
    rescue(data / DATABASE, data / COPY)
    put_database(data / DATABASE)
    async with open_database(data / DATABASE) as database:
        clock, stages = FakeClock(), FakeStages()
        board = PublicBoard(data, lambda _: None)
        shows = Shows(ShowRows(database), stages, board, clock, seals=Seals(data))
        await shows.open()
        exports = Exports(data, work, clock)
        await Takedowns(data, shows, clock, exports.clear).open()
        async with anyio.create_task_group() as tasks:
            await tasks.start(exports.run)
            tasks.cancel_scope.cancel()
        await Finishing(shows, clock).once()
        card = shows.row(SHOW).card
        assert card.state.value == "ended"
        await Marks(data / "live", clock).chapters(SHOW)


def content(data: Path) -> dict[str, bytes]:
    found = [path for path in data.rglob("*") if path.is_file()]
    return {path.relative_to(data).as_posix(): path.read_bytes() for path in sorted(found)}


def found_by_verify(data: Path) -> bool:
    """Say whether ``verify`` says that something is wrong, or that it cannot tell."""
    try:
        source = Folder(public(data))
        return not verify(source, card_of(source)).whole
    except (Problem, ValueError):
        return True


def damages() -> Iterator[st.SearchStrategy[tuple[str, float, int]]]:
    yield st.tuples(st.just("flip"), st.floats(0, 1, exclude_max=True), st.integers(0, 7))
    yield st.tuples(st.just("cut"), st.floats(0, 1, exclude_max=True), st.just(0))


@settings(max_examples=60)
@given(st.data(), st.one_of(*damages()))
def test_it_is_found_or_harmless_the_start_succeeds_and_the_rest_plays(
    finished: Path,
    tmp_path_factory: pytest.TempPathFactory,
    data: st.DataObject,
    damage: tuple[str, float, int],
) -> None:
    before = content(finished)
    key = data.draw(st.sampled_from(sorted(name for name, body in before.items() if body)))
    place = tmp_path_factory.mktemp("damaged")
    shutil.copytree(finished, place, dirs_exist_ok=True)
    body = bytearray(before[key])
    kind, at, bit = damage
    if kind == "flip":
        body[int(at * len(body))] ^= 1 << bit
    else:
        del body[int(at * len(body)) :]
    (place / key).write_bytes(body)
    assert key in HARMLESS or found_by_verify(place), key

    anyio.run(start, place)
    after = content(place)
    ours = {f"live/{SHOW}/card.json", DATABASE, f"{DATABASE}.damaged", COPY}
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    again = {name for name in changed if name.startswith("exports/") or name.startswith(key)}
    assert changed <= ours | again, "a start changes nothing that is sound"
    for codec in SEGMENTED:
        listed = public(finished) / codec / "replay.m3u8"
        for entry in read_media(listed.read_text()).entries:
            name = f"live/{SHOW}/{codec}/{entry.uri}"
            if name != key:
                assert after[name] == before[name]
                assert list(parts_in(codec, after[name]))
    shutil.rmtree(place)
