"""Fetch the packages of a lock file into this environment, and say in plain words how far it is.

Usage: ``.venv/bin/python scripts/fetch.py requirements/build.txt``. Every file must have the hash
that the lock file names; nothing is compiled here.
"""

import re
import subprocess
import sys
from collections import deque
from pathlib import Path

from pip._vendor.packaging.requirements import Requirement

PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]
FLAGS = ["--require-hashes", "--only-binary", ":all:", "--progress-bar", "off"]
FOUND = re.compile(r"(?:Collecting|Requirement already satisfied:) ([\w.-]+)")
SIZE = re.compile(r"Downloading \S+ \((.+)\)")


def wanted(lock: Path) -> int:
    """Count the packages of ``lock`` that this machine and this Python need."""
    lines = [line for line in lock.read_text().splitlines() if re.match(r"\w", line)]
    needed = [Requirement(line.removesuffix("\\").strip()) for line in lines]
    return sum(one.marker is None or one.marker.evaluate() for one in needed)


class Progress:
    """One line that changes on a terminal; a line now and then anywhere else."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0
        self.terminal = sys.stdout.isatty()

    def see(self, line: str) -> None:
        """Take one line of pip's."""
        if found := FOUND.match(line):
            self.done += 1
            self._show(f"{self.done} of {self.total} packages: {found[1]}")
        elif size := SIZE.search(line):
            self._show(f"{self.done} of {self.total} packages: fetching {size[1]}")
        elif line.startswith("Installing collected packages"):
            self.done = self.total
            self._show("putting them in place")

    def _show(self, words: str) -> None:
        if self.terminal:
            sys.stdout.write(f"\r\033[K      {words}")
        elif "fetching" not in words and (self.done % 15 == 0 or self.done >= self.total):
            sys.stdout.write(f"      {words}\n")
        sys.stdout.flush()

    def end(self) -> None:
        """Leave the line clean."""
        if self.terminal:
            sys.stdout.write("\r\033[K")
            sys.stdout.flush()


def main(lock: Path) -> int:
    """Run pip; return 0, or 2 after saying what to do."""
    progress = Progress(wanted(lock))
    last: deque[str] = deque(maxlen=12)
    command = [*PIP, "install", *FLAGS, "-r", str(lock)]
    with subprocess.Popen(  # noqa: S603  our own words, no shell
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as pip:
        assert pip.stdout is not None
        for line in map(str.strip, pip.stdout):
            last.append(line)
            progress.see(line)
    progress.end()
    if pip.returncode:
        sys.stderr.write("\n".join([*last, ""]))
        sys.stderr.write(
            "The packages could not be fetched (reason above). Check the network and the "
            "Python version (3.11 to 3.13 are tested), then run make again: it goes on from here.\n"
        )
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
