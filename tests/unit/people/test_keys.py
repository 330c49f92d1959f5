import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.card import SHOW_ID
from vivavoce.people import keys


def test_keys_are_long_different_and_safe_in_an_address() -> None:
    made = {keys.new_key() for _ in range(200)}
    assert len(made) == 200
    # 32 letters of 6 bits: 192 bits.
    assert all(len(key) == 32 and key.replace("-", "").replace("_", "").isalnum() for key in made)
    assert all(len(key) <= keys.LONGEST_KEY for key in made)


def test_identifiers_are_what_the_card_demands() -> None:
    assert all(SHOW_ID.fullmatch(keys.new_id()) for _ in range(200))


@given(one=st.text(max_size=40), other=st.text(max_size=40))
def test_digests_are_equal_only_for_equal_keys(one: str, other: str) -> None:
    assert keys.same(keys.digest(one), keys.digest(other)) is (one == other)


@pytest.mark.parametrize("strange", ["", "\ud800", "ключ", "\x00"])
def test_any_text_has_a_digest(strange: str) -> None:
    assert len(keys.digest(strange)) == 32
