"""Documents say what is: links lead somewhere, commands and settings exist, pictures are small."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from vivavoce import config

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)|src=\"([^\"]+)\"")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.name))
def test_links_lead_to_files(document: Path) -> None:
    targets = [first or second for first, second in LINK.findall(document.read_text())]
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (document.parent / target).exists()] == []


def test_every_make_target_that_is_named_exists() -> None:
    text = "\n".join(document.read_text() for document in DOCUMENTS)
    named = set(re.findall(r"(?:^    |`)make (?:-k )?([a-z]+)", text, re.MULTILINE))
    rules = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert named
    assert named <= rules


def test_every_flag_and_command_that_operating_names_exists() -> None:
    text = (ROOT / "docs" / "OPERATING.md").read_text() + (ROOT / "README.md").read_text()
    for command in ("serve", "edge"):
        run = [sys.executable, "-m", "vivavoce", command, "--help"]
        told = subprocess.run(run, check=True, capture_output=True, text=True).stdout
        lines = [line for line in text.splitlines() if f"vivavoce {command} " in line]
        flags = {flag for line in lines for flag in re.findall(r"--[a-z-]+", line)}
        assert flags
        assert {flag for flag in flags if flag not in told} == set()


def test_every_variable_and_url_setting_in_operating_is_a_setting() -> None:
    text = (ROOT / "docs" / "OPERATING.md").read_text()
    known = {"VIVAVOCE_" + "_".join(path).upper() for path in config.paths()}
    named = set(re.findall(r"VIVAVOCE_[A-Z_]+", text)) - {"VIVAVOCE_EDGE_TOKEN"}
    assert named
    assert named <= known
    settings = set(re.findall(r"^    ([a-z_]+) = ", text, re.MULTILINE))
    assert settings
    assert settings <= {path[-1] for path in config.paths()}


def test_every_decision_is_in_the_list() -> None:
    folder = ROOT / "docs" / "adr"
    table = (folder / "README.md").read_text()
    pages = [page.name for page in folder.glob("0*.md")]
    assert pages
    assert [name for name in pages if f"({name})" not in table] == []


def test_pictures_are_small_and_shown() -> None:
    pictures = list((ROOT / "docs" / "img").glob("*.png"))
    shown = re.findall(r'src="docs/img/([^"]+)"', (ROOT / "README.md").read_text())
    assert sorted(p.name for p in pictures) == sorted(shown)
    assert len(shown) >= 3
    assert [p.name for p in pictures if p.stat().st_size > 200_000] == []


def test_the_licence_is_the_apache_licence_whole() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert len(text.splitlines()) > 200
