"""A show's folder that somebody or something has been at: the next start goes on all the same."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from tests.unit.hostile.mutate import mutants
from tests.unit.record.ended import (
    EPOCH_MS,
    SHOW,
    close,
    part,
    parts,
    private,
    public,
    recording,
)
from tests.unit.record.test_takes import batch

from vivavoce.media import Codec
from vivavoce.mix.opus import Encoder
from vivavoce.record import sealed
from vivavoce.record.takes import Takes
from vivavoce.units import Samples

Poison = Callable[[Path, Random], None]


def damage(path: Path, random: Random) -> None:
    (mutant,) = mutants([path.read_bytes()], str(random.random()), 1)
    path.write_bytes(mutant)


def empty(path: Path, random: Random) -> None:
    path.write_bytes(b"")


def take_away(path: Path, random: Random) -> None:
    path.unlink()


def make_folder(path: Path, random: Random) -> None:
    path.unlink()
    (path / "..." / "more").mkdir(parents=True)


def point_outside(path: Path, random: Random) -> None:
    secret = path.parents[2] / "secret"
    secret.write_text("nobody's business")
    path.unlink()
    path.symlink_to(secret)


def point_at_itself(path: Path, random: Random) -> None:
    path.unlink()
    path.symlink_to(path)


def make_pipe(path: Path, random: Random) -> None:
    path.unlink()
    os.mkfifo(path)  # whoever opens it waits for ever


def takes_of(data: Path) -> Takes:
    return Takes(public(data), private(data), lambda: Encoder(independent=True))


POISONS = (damage, empty, take_away, make_folder, point_outside, point_at_itself, make_pipe)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A show in the middle, with notes and tracks, as a crash leaves it."""
    data = tmp_path_factory.mktemp("live")
    recording(data).append(parts(0, 20))
    noted = takes_of(data)
    noted.append(batch(0, 150, "a"))
    noted.append(batch(3_000, 100, "b"))
    return data


@pytest.mark.parametrize("poison", POISONS, ids=lambda poison: poison.__name__)
def test_whatever_is_done_to_its_files_a_show_goes_on(
    live: Path, tmp_path: Path, poison: Poison
) -> None:
    random = Random(poison.__name__)
    files = sorted(p.relative_to(live) for p in live.rglob("*") if p.is_file())
    assert len(files) > 8
    for n, name in enumerate(files):
        data = tmp_path / str(n)
        shutil.copytree(live, data)
        poison(data / name, random)
        show = recording(data, now_part=30)
        first = show.next_part
        assert 20 <= first <= 31 or poison is damage, name
        show.append(
            [part(codec, first + k) for k in range(10) for codec in (Codec.OPUS, Codec.AAC)]
        )
        show.finish()
        noted = takes_of(data)
        noted.append(batch(20_000, 150, "a"))
        noted.finish(Samples(25_000 * 48))
        card = close(data)
        assert card.seal is not None, name
        assert sealed.read_chain(public(data), SHOW, EPOCH_MS).ended, name
        secret = data / "live" / "secret"
        assert not secret.exists() or secret.read_text() == "nobody's business", name
        shutil.rmtree(data)
