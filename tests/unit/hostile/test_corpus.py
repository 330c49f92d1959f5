"""Every parser against its corpus, and against damage to it that is the same in every run.

A file in ``corpus/PARSER`` is an input as it is; what a parser once got wrong is kept there under
the name of what was wrong. ``--hypothesis-profile=search`` looks further, and so does
``VIVAVOCE_MUTANTS=40000 pytest tests/unit/hostile``, which takes minutes.
"""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.hostile.mutate import mutants
from tests.unit.hostile.parsers import READERS

CORPUS = Path(__file__).parent / "corpus"
MUTANTS = int(os.environ.get("VIVAVOCE_MUTANTS", "400"))
LONGEST_SEED = 4_096


def seeds(parser: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted((CORPUS / parser).iterdir())]


def test_every_parser_has_a_corpus_of_small_files() -> None:
    assert sorted(path.name for path in CORPUS.iterdir() if path.is_dir()) == sorted(READERS)
    for parser in READERS:
        files = seeds(parser)
        assert len(files) >= 4, parser
        assert max(map(len, files)) <= LONGEST_SEED, parser


@pytest.mark.parametrize(
    "path", [p.relative_to(CORPUS) for p in sorted(CORPUS.glob("*/*"))], ids=str
)
def test_what_was_met_once_is_met_again(path: Path) -> None:
    READERS[path.parts[0]]((CORPUS / path).read_bytes())


@pytest.mark.parametrize("parser", READERS)
def test_damage_is_answered_as_promised(parser: str) -> None:
    for data in mutants(seeds(parser), parser, MUTANTS):
        READERS[parser](data)


@pytest.mark.parametrize("parser", READERS)
@given(data=st.binary(max_size=300))
def test_noise_is_answered_as_promised(parser: str, data: bytes) -> None:
    READERS[parser](data)


def test_damage_is_the_same_in_every_run_and_of_every_kind() -> None:
    once, again = (list(mutants(seeds("stun"), "x", 200)) for _ in range(2))
    assert once == again
    assert len(set(once)) > 150
    lengths = {len(data) for data in once}
    assert min(lengths) < 20
    assert max(lengths) > 200
