"""Of a show that is not recorded there is the live window, which plays, and nothing else."""

import re
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.record.ended import EPOCH, parts

from vivavoce.media import SEGMENTED
from vivavoce.package.heads import HEADS
from vivavoce.record.programme import Programme
from vivavoce.units import PARTS_PER_SEGMENT, PartNumber

MOST = 16 + 8 + 1
"""The window, what lingers, and the segment that grows."""

FIRST = re.compile(r"#EXT-X-MEDIA-SEQUENCE:(\d+)\n#EXT-X-DISCONTINUITY-SEQUENCE:(\d+)")
LISTED = re.compile(r"^(\d{8})\.m4s$", re.MULTILINE)

Place = dict[int, int]
"""The media sequence number that each segment was listed under."""


def look(folder: Path, places: Place, before: tuple[int, int]) -> tuple[int, int]:
    """Check what a player would see now; return the two sequence numbers."""
    seen = before
    for codec in SEGMENTED:
        there = {path.name for path in (folder / codec).glob("*.m4s")}
        assert len(there) <= MOST
        playlist = folder / codec / "index.m3u8"
        if not playlist.exists():
            continue
        text = playlist.read_text()
        listed = LISTED.findall(text)
        assert {f"{name}.m4s" for name in listed} <= there
        found = FIRST.search(text)
        assert found is not None
        seen = int(found[1]), int(found[2])
        assert seen >= before
        for place, name in enumerate(listed, start=seen[0]):
            assert places.setdefault(int(name), place) == place
    return seen


def unkept(folder: Path, now_part: int | None = None) -> Programme:
    if now_part is None:
        return Programme(folder, HEADS, EPOCH, kept=False)
    return Programme.resume(folder, HEADS, EPOCH, PartNumber(now_part), kept=False)


RUNS = st.lists(st.tuples(st.integers(1, 200), st.integers(0, 500)), min_size=1, max_size=3)


@settings(max_examples=12)
@given(RUNS, st.integers(6, 40))
def test_a_window_slides_through_crashes_and_breaks(
    tmp_path_factory: object, runs: list[tuple[int, int]], at_once: int
) -> None:
    folder = tmp_path_factory.mktemp("show")  # type: ignore[attr-defined]
    places: Place = {}
    seen, now = (0, 0), 0
    show = unkept(folder)
    for count, away in runs:
        for start in range(now, now + count, at_once):
            show.append(parts(start, min(start + at_once, now + count)))
            seen = look(folder, places, seen)
        now += count + away
        show = unkept(folder, now)
        seen = look(folder, places, seen)
    show.finish(PartNumber(now // 2))
    look(folder, places, seen)
    names = {path.name for path in folder.rglob("*") if path.is_file()}
    assert not names & {"show.m3u8", "replay.m3u8", "seal.jsonl", "talk.json", "peaks.bin"}
    for codec in SEGMENTED:
        text = (folder / codec / "index.m3u8").read_text() if names else ""
        assert text.endswith("#EXT-X-ENDLIST\n") or now < PARTS_PER_SEGMENT


def test_who_goes_back_is_led_to_the_window(tmp_path: Path) -> None:
    unkept(tmp_path).append(parts(0, 12))
    assert (tmp_path / "rewind.m3u8").read_text() == (tmp_path / "index.m3u8").read_text()
