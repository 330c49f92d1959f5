"""A show that ends because nobody is there: its replay is shorter, what was listed is not."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.record.test_programme import (
    EPOCH,
    listed,
    on_disk,
    parts,
    record,
    replay,
    snapshot,
)

from vivavoce.media import SEGMENTED, Codec
from vivavoce.package.heads import HEADS
from vivavoce.record.programme import Programme
from vivavoce.testing import hls_rules, hls_versions
from vivavoce.units import PartNumber


@settings(max_examples=40)
@given(
    runs=st.lists(st.tuples(st.integers(1, 70), st.sampled_from([0, 0, 4, 250])), min_size=1),
    step=st.integers(1, 20),
    back=st.integers(0, 260),
    again=st.sampled_from(["same", "new", "new, not told"]),
)
def test_dead_air_is_cut_off_the_replay_and_not_off_what_was_listed(
    tmp_path_factory: pytest.TempPathFactory,
    runs: list[tuple[int, int]],
    step: int,
    back: int,
    again: str,
) -> None:
    folder = tmp_path_factory.mktemp("show")
    programme = Programme(folder, HEADS, EPOCH)
    seen: dict[Path, str] = {}
    number = 0
    for count, away in runs[:4]:
        for at in range(number, number + count, step):
            programme.append(parts(at, min(at + step, number + count)))
            followed(folder, seen)
        number += count + away
    whole = on_disk(folder, Codec.AAC)
    end = max(0, max(whole) - back)
    length = programme.finish(PartNumber(end))
    followed(folder, seen)
    heard = {codec: listed(folder, codec, "replay.m3u8") for codec in SEGMENTED}
    for codec in SEGMENTED:
        assert on_disk(folder, codec).keys() == whole.keys(), "all of it stays"
        assert heard[codec].keys() == {n for n in whole if n // 6 <= end // 6}
        assert listed(folder, codec, "show.m3u8").keys() == whole.keys()
        for name in ("index.m3u8", "show.m3u8", "replay.m3u8"):
            text = (folder / codec / name).read_text()
            assert text.endswith("#EXT-X-ENDLIST\n") or not heard[codec]
    assert length == len(heard[Codec.AAC]) * 15_360
    before = snapshot(folder)
    same = programme if again == "same" else Programme(folder, HEADS, EPOCH)
    assert same.finish(None if again == "new, not told" else PartNumber(end)) == length
    assert snapshot(folder) == before


def followed(folder: Path, seen: dict[Path, str]) -> None:
    """What a player that has read the live lists before reads now breaks no rule."""
    for path in sorted(folder.glob("*/*.m3u8")):
        if path.name != "replay.m3u8":
            text = path.read_text()
            assert hls_rules.media(text) == []
            assert hls_versions.renewed(seen.get(path, text), text) == []
            seen[path] = text


def test_a_show_that_goes_on_after_its_end_forgets_what_was_cut(tmp_path: Path) -> None:
    record(tmp_path, parts(0, 100)).finish(PartNumber(49))
    programme = Programme.resume(tmp_path, HEADS, EPOCH, PartNumber(110))
    programme.append(parts(110, 120))
    assert programme.finish() == 120 * 15_360
    assert list(replay(tmp_path)[Codec.AAC]) == list(range(120))
    with pytest.raises(RuntimeError, match="finished"):
        programme.append(parts(120, 121))
