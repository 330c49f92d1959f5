"""``vivavoce demo``: how it starts, and what it leaves behind."""

import json
import socket
import subprocess
import sys
from pathlib import Path

from tests.server import line_of, vivavoce


def test_a_port_in_use_is_said_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = vivavoce("demo", "--host", "127.0.0.1", "--port", port, "--studio-port", "0")
    assert done.code == 2
    why, then = done.err.splitlines()
    assert "in use" in why
    assert then == "vivavoce: The server did not start; the reason stands above."


def test_without_a_word_about_data_nothing_is_left_behind(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "vivavoce", "demo", "--json", "--port=0", "--studio-port=0"]
    environment = {"PATH": "/usr/bin:/bin", "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment, cwd=tmp_path
    ) as demo:
        assert json.loads(line_of(demo))["owner_url"]
        assert list(tmp_path.iterdir())
        demo.terminate()
        demo.wait(30)
    assert list(tmp_path.iterdir()) == []
