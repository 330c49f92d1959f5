"""A ring holds the newest parts, whatever the numbers do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.media import Codec, Part
from vivavoce.package.ring import PartRing
from vivavoce.units import PartNumber

STEPS = st.lists(st.integers(-2, 5), min_size=1, max_size=60)


def part(number: int) -> Part:
    return Part(Codec.OPUS, PartNumber(number), b"%d" % number)


@given(capacity=st.integers(1, 8), first=st.integers(0, 50), steps=STEPS)
def test_it_holds_exactly_the_newest_and_refuses_what_goes_back(
    capacity: int, first: int, steps: list[int]
) -> None:
    ring = PartRing(capacity)
    accepted: list[int] = []
    number, refused = first, 0
    for step in steps:
        number = max(0, number + step)
        ahead = not accepted or number > accepted[-1]
        assert ring.push(part(number)) is ahead
        if ahead:
            accepted.append(number)
        refused += not ahead
        newest = accepted[-1]
        held = [n for n in accepted if n > newest - capacity]
        assert ring.newest == newest
        assert ring.oldest is not None
        assert max(accepted[0], newest - capacity + 1) == ring.oldest <= held[0]
        assert [n for n in range(newest + capacity + 2) if ring.get(n)] == held
    assert ring.refused == refused


def test_an_empty_ring_has_nothing() -> None:
    ring = PartRing(4)
    assert (ring.oldest, ring.newest, ring.get(0)) == (None, None, None)
    with pytest.raises(ValueError, match="at least one"):
        PartRing(0)
