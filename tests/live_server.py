"""A real server for a test: ``vivavoce serve`` on free ports, with a data folder of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.server import line_of

from vivavoce.cli.remote import Remote

COMMAND = [sys.executable, "-m", "vivavoce"]


@dataclass(frozen=True)
class LiveServer:
    """The running server; ``said`` is what ``serve --json`` printed."""

    process: subprocess.Popen[str]
    said: dict[str, Any]
    data: Path
    log: Path

    @property
    def remote(self) -> Remote:
        """The API, with the command line's rights."""
        return Remote(self.data)

    def new_show(self, title: str = "A test", **more: Any) -> dict[str, Any]:
        """Make a show; return it with its links and keys."""
        show: dict[str, Any] = self.remote.ask("POST", "/api/shows", {"title": title, **more})
        return show

    def start(self, show: str) -> None:
        self.remote.ask("POST", f"/api/shows/{show}/start")

    def end(self, show: str) -> dict[str, Any]:
        ended: dict[str, Any] = self.remote.ask("POST", f"/api/shows/{show}/end")
        return ended

    def seat(self, show: str, name: str = "Speaker") -> tuple[str, str]:
        """Make a speaker's seat; return its WHIP address and token."""
        body = {"name": name, "role": "speaker"}
        seat = self.remote.ask("POST", f"/api/shows/{show}/seats", body)
        return seat["whip_url"], seat["whip_token"]

    def kill(self, role: str) -> None:
        """End the process of one role (studio, edge) as the kernel does when memory is short."""
        os.kill(self.pid_of(role), signal.SIGKILL)

    def pid_of(self, role: str) -> int:
        table = subprocess.run(
            ["ps", "-axo", "pid=,ppid=,command="], check=True, capture_output=True, text=True
        )
        for line in table.stdout.splitlines():
            pid, parent, command = line.split(maxsplit=2)
            if int(parent) == self.process.pid and f" role {role}" in command:
                return int(pid)
        raise AssertionError(f"no {role} among the server's processes")


@contextmanager
def live_server(data: Path, *flags: str) -> Iterator[LiveServer]:
    """Run a server for as long as the block lasts; its log stands beside the data folder."""
    log = data.with_name(f"{data.name}.log")
    ports = [] if any(flag.startswith("--port") for flag in flags) else ["--port=0"]
    command = [*COMMAND, "serve", "--json", "--studio-port=0", *ports, f"--data={data}", *flags]
    with (
        log.open("a") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        try:
            line = line_of(process)
            assert line, f"the server did not start:\n{log.read_text()}"
            yield LiveServer(process, json.loads(line), data, log)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                raise AssertionError("the server did not stop within 20 s") from None
