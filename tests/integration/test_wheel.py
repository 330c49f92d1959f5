"""An installed wheel serves by itself: pages, voices and migrations are in it."""

import json
import os
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest
from tests.server import line_of

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build it as a release is built, but take the pages that ``make install`` made."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet"]
    flags = ["--no-build-isolation", "--no-deps", "--no-index", f"--wheel-dir={out}", str(ROOT)]
    environment = {**os.environ, "VIVAVOCE_BUILD_PAGES": "prebuilt"}
    subprocess.run([*command, *flags], check=True, env=environment)
    (made,) = out.glob("vivavoce-*.whl")
    return made


@pytest.fixture
def installed(wheel: Path, tmp_path: Path) -> Path:
    """Unpack it where nothing else of the project lies."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    return tmp_path / "site"


def test_it_has_all_that_it_needs_and_no_more(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {
        f"vivavoce/pages/{page}.html" for page in ("listen", "studio", "home", "missing")
    } <= names
    assert {"vivavoce/demo/recorded/vera.opus", "vivavoce/demo/recorded/otto.opus"} <= names
    assert any(name.startswith("vivavoce/store/migrations/versions/") for name in names)
    assert "vivavoce/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if "node_modules" in name or name.startswith("tests/")]


def test_it_serves_its_pages(installed: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    command = [sys.executable, "-m", "vivavoce", "serve", "--json", "--port=0", "--studio-port=0"]
    with subprocess.Popen(
        [*command, f"--data={tmp_path / 'data'}"],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=tmp_path,
    ) as server:
        said = json.loads(line_of(server))
        try:
            for url in (said["public_url"], said["studio_url"]):
                with urllib.request.urlopen(f"{url}/") as page:
                    assert page.status == 200
                    assert b"<script" in page.read() or url == said["public_url"]
            where = subprocess.run(
                [sys.executable, "-c", "import vivavoce; print(vivavoce.__file__)"],
                env=environment,
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=True,
            )
            assert where.stdout.startswith(str(installed))
        finally:
            server.terminate()
            server.wait(20)
