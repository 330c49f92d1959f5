"""A machine with nothing but make and Python: what is said if the Python will not do."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def make_install(tmp_path: Path, pythons: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run ``make install`` in a bare copy, with only these fake Pythons (name: script) in PATH."""
    room, programs = tmp_path / "room", tmp_path / "bin"
    (room / "scripts").mkdir(parents=True)
    programs.mkdir()
    shutil.copy(ROOT / "Makefile", room)
    shutil.copy(ROOT / "scripts" / "find-python.sh", room / "scripts")
    (room / "web").mkdir()
    for needed in ("sh", "find", "printf", "touch"):
        if found := shutil.which(needed):
            (programs / needed).symlink_to(found)
    for name, script in pythons.items():
        (programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (programs / name).chmod(0o755)
    for target in (
        "requirements/build.txt",
        "scripts/fetch.py",
        "pyproject.toml",
        "hatch_build.py",
    ):
        (room / target).parent.mkdir(exist_ok=True)
        (room / target).touch()
    make = shutil.which("make")
    assert make
    return subprocess.run(
        [make, "install"],
        cwd=room,
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("pythons", "words"),
    [
        ({}, "there is none in PATH"),
        ({"python3": "echo old 3.9"}, "needs Python 3.11 or newer, and python3 is 3.9"),
        ({"python3": "echo without ensurepip"}, "lacks the module ensurepip"),
        ({"python3.12": "exit 127", "python3": "echo old 3.8"}, "and python3 is 3.8"),
    ],
)
def test_a_python_that_will_not_do_is_one_line_and_code_2(
    tmp_path: Path, pythons: dict[str, str], words: str
) -> None:
    said = make_install(tmp_path, pythons)
    assert said.returncode == 2
    assert words in said.stderr
    assert len((said.stdout + said.stderr).splitlines()) == 1


def test_an_old_python_is_told_apart_from_a_good_one() -> None:
    script = ["sh", str(ROOT / "scripts" / "find-python.sh")]
    environment = {**os.environ, "PYTHON": sys.executable}
    found = subprocess.run(script, env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.split()[0] == "ok"
