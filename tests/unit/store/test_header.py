"""A flipped bit is no later SQLite; a later SQLite says so itself."""

from hypothesis import given
from hypothesis import strategies as st
from tests.studio import new_database

from vivavoce.store.header import LENGTH, Formats, formats

OURS = (3, 40, 1)
# Bytes 18 and 19: journal or write-ahead log; 44 to 47: the schema's format.
NAMED = st.sampled_from([18, 19, 47])


def header(written_by: int = 3_040_001) -> bytearray:
    made = bytearray(new_database()[:LENGTH])
    made[96:100] = written_by.to_bytes(4, "big")
    return made


@given(at=st.integers(0, LENGTH - 1), bit=st.integers(0, 7))
def test_a_flipped_bit_makes_no_newer_one(at: int, bit: int) -> None:
    damaged = header()
    damaged[at] ^= 1 << bit
    assert formats(damaged, OURS) in {Formats.KNOWN, Formats.NONE}
    assert formats(header(), OURS) is Formats.KNOWN


@given(at=NAMED, value=st.integers(5, 255), older=st.booleans())
def test_a_format_that_nobody_knows_is_newer_if_a_later_one_wrote_it(
    at: int, value: int, older: bool
) -> None:
    found = header(3_040_001 if older else 3_040_002)
    assert formats(found, OURS) is Formats.KNOWN
    found[at] = value
    assert formats(found, OURS) is (Formats.NONE if older else Formats.NEWER)
    assert formats(found[: LENGTH - 1], OURS) is Formats.KNOWN
