"""The diagrams in docs/stage.md are those of the tables."""

import runpy
from pathlib import Path

SCRIPT = Path(__file__).parents[3] / "scripts" / "stage_diagrams.py"


def test_the_diagrams_are_up_to_date() -> None:
    script = runpy.run_path(str(SCRIPT))
    assert script["FILE"].read_text() == script["render"](), f"run python {SCRIPT}"
