"""One file of a live show is damaged while the studio is away: the rest plays, and it goes on."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.hls import read_media
from tests.unit.record.ended import close, part, parts, private, public, recording

from vivavoce.media import SEGMENTED, Part
from vivavoce.package.cmaf import parts_in
from vivavoce.record.sources import Folder, card_of
from vivavoce.record.verify import verify

COUNT = 40
BACK = 45

Damage = Callable[[Path], None]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("live")
    recording(folder).append(parts(0, COUNT))
    (private(folder) / "tracks").mkdir(parents=True)
    return folder


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("place")


def flip(bit: int) -> Damage:
    def damage(path: Path) -> None:
        data = bytearray(path.read_bytes())
        data[bit // 8 % len(data)] ^= 1 << bit % 8
        path.write_bytes(data)

    return damage


def truncate(length: int) -> Damage:
    def damage(path: Path) -> None:
        data = path.read_bytes()
        path.write_bytes(data[: length % len(data)])

    return damage


DAMAGES = st.one_of(
    st.integers(0, 1 << 20).map(flip),
    st.integers(0, 1 << 20).map(truncate),
    st.just(Path.unlink),
)


@settings(max_examples=30)
@given(st.data(), DAMAGES)
def test_loss_is_bounded_to_the_segment_and_the_show_goes_on(
    live: Path, place: Path, data: st.DataObject, damage: Damage
) -> None:
    shutil.rmtree(place)
    shutil.copytree(live, place)
    files = sorted(path for path in public(place).rglob("*") if path.is_file())
    hit = data.draw(st.sampled_from(files))
    damage(hit)
    show = recording(place, BACK)
    show.append(parts(BACK, BACK + 20))
    show.finish()
    assert show.next_part == BACK + 20
    for codec in SEGMENTED:
        text = (public(place) / codec / "replay.m3u8").read_text()
        heard: dict[int, Part] = {}
        for entry in read_media(text).entries:
            body = (public(place) / codec / entry.uri).read_bytes()
            found = list(parts_in(codec, body))
            assert b"".join(one.body for one in found) == body, "players read every byte"
            heard |= {int(one.number): one for one in found}
        assert list(heard) == list(range(BACK + 20)), "the timeline has no hole"
        lost = {n for n in heard if n not in range(COUNT, BACK) and heard[n] != part(codec, n)}
        here = hit.parent.name == codec and hit.suffix == ".m4s"
        assert lost <= (set(range(int(hit.stem) * 6, int(hit.stem) * 6 + 6)) if here else set())
    close(place)
    if hit.suffix == ".m4s" and int(hit.stem) < COUNT // 6:
        # Sealed before it was damaged: whatever it is now, it is not what was heard.
        source = Folder(public(place))
        report = verify(source, card_of(source))
        changed = hit.read_bytes() != (live / hit.relative_to(place)).read_bytes()
        assert report.whole is not changed
