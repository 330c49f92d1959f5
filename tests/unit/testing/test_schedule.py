"""Who drives a browser takes turns with the others, and nobody else waits for them."""

from pathlib import Path

from tests.schedule import place

TESTS = Path(__file__).parents[2]


def test_browsers_are_in_one_place_and_all_other_files_in_places_of_their_own() -> None:
    driving = {*(TESTS / "browser").glob("test_*.py"), *(TESTS / "interop").glob("*_chromium.py")}
    others = set((TESTS / "integration").rglob("test_*.py"))
    assert len(driving) >= 6
    assert {place(file) for file in driving} == {"browsers"}
    assert len({place(file) for file in others}) == len(others) >= 20
    assert "browsers" not in map(place, others)
