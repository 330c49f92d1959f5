"""The bucket is the folder in the end, whatever happens between; its lists name what is there."""

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
import obstore
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from obstore.store import LocalStore, S3Store
from tests.unit.record.mirror_kit import SHOW, Faulty, Studio, studio

from vivavoce.errors import MachineError
from vivavoce.metrics import Metrics
from vivavoce.record import mirror
from vivavoce.record.bucket import open_bucket
from vivavoce.record.bucket_faults import AWAY
from vivavoce.record.folders import Folders
from vivavoce.record.mirror import Held, Mark, Seen
from vivavoce.record.mirroring import ROUND

pytestmark = pytest.mark.anyio


async def test_a_live_show_is_copied_segment_by_segment_and_is_the_folder_in_the_end() -> None:
    with studio() as s:
        s.card()
        for _ in range(5):
            s.finish_segment()
            s.half_segment()
            await s.rounds(1.92)
            named = {f"live/{SHOW}/opus/{name}" for name in s.numbers}
            assert {key for key in s.bucket.content() if mirror.is_segment(key)} == named
        s.finish_segment()
        s.end()
        await s.rounds(15)
        assert s.bucket.content() == s.folder()
        assert s.mirror.notice() is None
        assert s.mirror.waiting == (0, 0)


async def test_away_for_five_minutes_loses_nothing_and_hosts_are_told_within_five_seconds() -> None:
    with studio() as s:
        s.card()
        for second in range(600):
            s.bucket.away = 100 <= second < 400
            if second % 2 == 0:
                s.finish_segment()
            await s.rounds(1)
            notice = s.mirror.notice()
            if second < 100 or second > 430:
                assert notice is None, second
            if 105 <= second < 400:
                assert notice is not None
                assert notice.code == "bucket_away"
                assert "recording go on" in notice.message
                assert "Nothing is lost" in notice.message
        s.end()
        await s.rounds(100)
        assert s.bucket.content() == s.folder()
        assert s.mirror.failures < 60  # of 300 s, at most every 15 s but for the first


async def test_what_waits_while_it_is_away_is_what_the_bucket_lacks() -> None:
    with studio() as s:
        s.card()
        for _ in range(20):
            s.finish_segment()
        await s.rounds(5)
        s.bucket.away = True
        s.finish_segment()
        s.finish_segment()
        await s.rounds(30)
        files, size = s.mirror.waiting
        assert 2 <= files <= 6  # two segments, their lists, a track, the waveform
        assert size < 2_000


async def test_a_bucket_that_only_hangs_is_told_of_too() -> None:
    with studio() as s:
        s.card()
        s.finish_segment()
        await s.rounds(2)
        s.bucket.hanging = True
        s.finish_segment()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(s.mirror.round, [SHOW])
            with anyio.fail_after(30):
                while not s.mirror._under_way:  # noqa: ASYNC110  no other sign of a request
                    await anyio.sleep(0.001)
            assert s.mirror.notice() is None
            s.clock.advance(2.0)
            notice = s.mirror.notice()
            assert notice is not None
            assert notice.code == "bucket_away"
            s.bucket.hanging = False
            s.bucket.hang.set()
        assert s.mirror.notice() is None


async def test_deleted_shows_are_deleted_there_and_others_that_are_not_here_are_left_alone() -> (
    None
):
    with studio() as s:
        other = "live/abcdefghij/card.json"
        obstore.put(s.bucket.store, other, b"another server's")
        s.card()
        s.finish_segment()
        s.end()
        await s.rounds(120)
        s.bucket.away = True
        s.delete()
        await s.rounds(40)
        s.bucket.away = False
        await s.rounds(40)
        assert s.bucket.content() == {f"live/{SHOW}/gone.json": b"{}", other: b"another server's"}
        assert not (s.data / "mirror" / f"{SHOW}.json").exists()


async def test_a_folder_that_is_not_there_deletes_nothing() -> None:
    with studio() as s:
        s.card()
        s.finish_segment()
        s.end()
        await s.rounds(20)
        before = s.bucket.content()
        for top in mirror.FOLDERS:
            shutil.rmtree(s.data / top)
        await s.rounds(90)
        s.restart()
        await s.rounds(90)
        assert s.bucket.content() == before


def test_a_look_at_a_long_show_asks_for_what_is_new_alone() -> None:
    with studio() as s:
        s.card()
        for _ in range(300):
            s.finish_segment()
        folders = Folders(s.data)
        first = folders.look(SHOW, set())
        assert first is not None
        known = {key for key in first.files if mirror.is_segment(key)}
        assert len(known) == 300
        s.finish_segment()
        (s.data / "live" / SHOW / "opus" / "00000007.m4s").unlink()
        seen = folders.look(SHOW, known)
        assert seen is not None
        new = f"live/{SHOW}/opus/00000300.m4s"
        assert {key for key in seen.files if mirror.is_segment(key)} == {new}
        assert known - seen.same == {f"live/{SHOW}/opus/00000007.m4s"}
        assert new in seen.named
        assert mirror.missing(seen) == 1
        fresh = Folders(s.data).look(SHOW, known)
        assert fresh == seen
        s.numbers[:] = s.numbers[:3]
        s.lists()
        shorter = folders.look(SHOW, known)
        assert shorter is not None
        assert shorter.named == Folders(s.data)._named(f"live/{SHOW}")


async def test_of_a_show_that_is_not_recorded_only_the_card_is_copied() -> None:
    with studio() as s:
        s.card(recorded=False)
        s.finish_segment()
        await s.rounds(20)
        assert set(s.bucket.content()) == {f"live/{SHOW}/card.json"}


async def test_a_restart_copies_nothing_again_that_was_noted() -> None:
    with studio() as s:
        s.card()
        for _ in range(5):
            s.finish_segment()
        s.end()
        await s.rounds(20)
        s.bucket.puts.clear()
        s.restart()
        await s.rounds(40)
        assert s.bucket.puts == []
        s.write(f"live/{SHOW}/talk.json", b"{}")
        await s.rounds(60)
        assert s.bucket.puts == [f"live/{SHOW}/talk.json"]


async def test_links_drafts_and_strange_names_are_not_copied(tmp_path: Path) -> None:
    with studio() as s:
        s.card()
        (tmp_path / "secret").write_text("secret")
        live = s.data / "live" / SHOW
        (live / "link.json").symlink_to(tmp_path / "secret")
        (live / "folder").symlink_to(tmp_path)
        (live / ".talk.json.tmp").write_text("half")
        (live / "a%2e\n.json").write_text("?")
        await s.rounds(5)
        assert set(s.bucket.content()) == {f"live/{SHOW}/card.json"}


async def test_a_round_is_bounded_and_what_is_left_is_counted_and_found_again() -> None:
    with studio() as s:
        s.card()
        for number in range(mirror.BATCH * 2):
            s.write(f"record/{SHOW}/file{number}.json", b"{}")
        await s.mirror.round([SHOW])
        assert s.mirror.copied == mirror.BATCH <= ROUND
        assert s.mirror.put_off == mirror.BATCH + 1
        await s.rounds(5)
        assert s.bucket.content() == s.folder()


async def test_a_big_file_goes_in_pieces_to_a_folder_elsewhere(tmp_path: Path) -> None:
    with TemporaryDirectory() as data:
        s = Studio(Path(data), Faulty(LocalStore(tmp_path)))
        s.card()
        s.write(f"record/{SHOW}/tracks/a.opus", os.urandom(3_000_001))
        s.finish_segment()
        s.end()
        await s.rounds(15)
        assert s.bucket.content() == s.folder()
        s.delete()
        await s.rounds(40)
        assert s.bucket.content() == s.folder()


STEPS = st.lists(
    st.sampled_from(
        [
            "segment",
            "segment",
            "half",
            "takedown",
            "restart",
            "away",
            "late",
            "back",
            "wait",
            "long",
        ]
    ),
    max_size=25,
)


@settings(deadline=None, max_examples=40)
@given(steps=STEPS, delete=st.booleans())
def test_in_the_end_the_bucket_is_the_folder(steps: list[str], delete: bool) -> None:
    anyio.run(_play, steps, delete)


async def _play(steps: list[str], delete: bool) -> None:
    with studio() as s:
        s.card()
        for step in steps:
            match step:
                case "segment":
                    s.finish_segment()
                case "half":
                    s.half_segment()
                case "takedown":
                    s.take_down()
                case "restart":
                    s.restart()
                case "away" | "late":
                    s.bucket.away, s.bucket.late = True, step == "late"
                case "back":
                    s.bucket.away = False
                case _:
                    await s.rounds(0.5 if step == "wait" else 70)
        s.end()
        if delete:
            s.delete()
        s.bucket.away = False
        await s.rounds(150)
        assert s.bucket.content() == s.folder()
        assert s.mirror.notice() is None


MARKS = st.builds(Mark, st.integers(0, 5), st.integers(-1, 3))
KEYS = st.sampled_from(
    [f"live/{SHOW}/opus/{name}" for name in ("1.m4s", "2.m4s", "show.m3u8", "init.mp4")]
    + [f"live/{SHOW}/{name}" for name in ("index.m3u8", "card.json", "peaks.bin")]
)


@given(
    files=st.dictionaries(KEYS, MARKS, min_size=2),
    held=st.dictionaries(KEYS, st.builds(Held, MARKS, st.sampled_from([0.0, 45.0])), min_size=3),
    live=st.booleans(),
)
def test_a_plan_puts_what_differs_in_order_and_drops_under_no_stale_list(
    files: dict[str, Mark],
    held: dict[str, Held],
    live: bool,
) -> None:
    seen = Seen(files, frozenset(files), live)
    plan = mirror.plan(seen, held, 50.0, 2)
    ranks = [mirror.rank(key) for key in plan.put]
    assert ranks == sorted(ranks)
    assert all(key not in held or held[key].mark != files[key] for key in plan.put)
    assert set(plan.drop) <= set(held) - set(files)
    if plan.drop:
        lists = [key for key in files if mirror.is_list(key)]
        assert all(key in plan.put or held[key].mark == files[key] for key in lists)
    assert plan.settled == (not set(held) - set(files) and not mirror.differs(seen, held))


def test_a_growing_file_costs_a_bounded_rate() -> None:
    size, now, copied = 0, 0.0, 0
    held: Held | None = None
    key = f"record/{SHOW}/tracks/a.opus"
    for second in range(3 * 3600):
        size += 4_000
        now = float(second)
        mark = Mark(size, second * 10**9)
        seen = Seen({key: mark}, frozenset(), live=True)
        if mirror.is_due(key, seen, held, now, second * 10**9 + 1_000_000):
            held, copied = Held(mark, now), copied + size
    assert held is not None
    assert size - held.mark.size < 4_000 * (11 + size / 65_536)
    assert copied <= 65_536 * now


@pytest.mark.parametrize("text", [b"", b"{}", b"[" * 9999, b"\xff", b'{"bucket": 1}'])
def test_a_damaged_note_says_nothing(text: bytes) -> None:
    assert mirror.noted("s3://test", text) == {}


def test_a_note_comes_back_for_its_bucket_alone() -> None:
    held = {"live/x/card.json": Held(Mark(3, 4), 1.0), "live/x/opus/1.m4s": Held(Mark(5, 6), 1.0)}
    text = mirror.note("s3://a", held)
    assert mirror.noted("s3://a", text) == {"live/x/card.json": (3, 4)}
    assert mirror.noted("s3://b", text) == {}


async def test_nobody_listening_is_away_and_no_word_of_credentials_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id-of-the-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hushhush")
    bucket = open_bucket("s3://recordings/studio", "http://127.0.0.1:9", "eu-central-1")
    assert bucket is not None
    with pytest.raises(MachineError) as refused:
        await bucket.put("live/x", b"x")
    assert refused.value is AWAY
    assert refused.value.__cause__ is None
    store = bucket._store
    assert isinstance(store, S3Store)
    assert (store.prefix, store.config["bucket"]) == ("studio", "recordings")


async def test_a_folder_elsewhere_that_is_not_there_is_away(tmp_path: Path) -> None:
    bucket = open_bucket(f"file://{tmp_path}/not/there", "", "")
    assert bucket is not None
    with pytest.raises(MachineError) as refused:
        await bucket.sizes("live")
    assert refused.value.code in {"bucket_away", "bucket_refused"}
    assert open_bucket("", "", "") is None


async def test_its_metrics_have_names_and_values() -> None:
    with studio() as s:
        metrics = Metrics()
        s.mirror.tell_of(metrics)
        s.card()
        await s.rounds(1)
        text = metrics.text().decode()
        assert "vivavoce_bucket_copied_total 1.0" in text
        assert "vivavoce_bucket_away 0.0" in text
