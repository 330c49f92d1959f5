"""A real server for tests: ``vivavoce serve`` as a process of its own, on free ports."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any
from urllib.parse import urlsplit

COMMAND = [sys.executable, "-m", "vivavoce"]

FREE_PORTS = ["--port", "0", "--studio-port", "0"]

# Everything but our own variables, which belong to whoever runs the tests.
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("VIVAVOCE_")}


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


def vivavoce(*arguments: str, **environment: str) -> Done:
    """Run a command to its end, within 30 seconds."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env=ENVIRONMENT | environment,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@dataclass
class Server:
    """A running server; ``told`` is its line of JSON."""

    process: Popen[str]
    told: dict[str, Any]
    log: Path

    @property
    def public(self) -> str:
        return str(self.told["public_url"])

    @property
    def studio(self) -> str:
        return str(self.told["studio_url"])

    @property
    def data(self) -> Path:
        return Path(self.told["data"])

    def children(self) -> dict[str, int]:
        """Return the pids of the roles by their kind (``edge`` is the last one of several)."""
        return dict(self._roles())

    def pids(self, kind: str) -> list[int]:
        """Return the pids of all roles of one kind."""
        return [pid for role, pid in self._roles() if role == kind]

    def _roles(self) -> list[tuple[str, int]]:
        listed = subprocess.run(
            ["ps", "-eo", "pid=,ppid=,command="], capture_output=True, text=True, check=True
        ).stdout
        lines = [line.split(maxsplit=2) for line in listed.splitlines()]
        return [
            (command.rsplit(maxsplit=1)[-1], int(pid))
            for pid, parent, command in lines
            if int(parent) == self.process.pid and "vivavoce role" in command
        ]

    def show(self, *arguments: str) -> Any:
        """Run ``vivavoce show … --json``; it must succeed."""
        done = vivavoce("show", *arguments, "--json", "--data", str(self.data))
        assert done.code == 0, done.err
        return json.loads(done.out)

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Stop the server and return its exit code; more than 20 s is a failure."""
        self.process.send_signal(how)
        return self.process.wait(timeout=20)


def line_of(process: Popen[str], within_s: float = 60) -> str:
    """Return the next line that it prints; "" at its end, which ``within_s`` brings about."""
    assert process.stdout is not None
    deadline = threading.Timer(within_s, process.kill)
    deadline.start()
    try:
        return process.stdout.readline()
    finally:
        deadline.cancel()


def get(url: str, timeout_s: float = 30) -> tuple[int, bytes]:
    """Fetch ``url`` on a new connection; return status and body."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_s)
    try:
        connection.request("GET", parts.path or "/")
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@contextmanager
def command(
    *arguments: str,
    log: Path | None = None,
    stdin: int = subprocess.DEVNULL,
    **environment: str,
) -> Iterator[Popen[str]]:
    """Run a command that goes on until it is stopped; what it logs goes to ``log``."""
    with (log or Path(os.devnull)).open("ab") as errors:
        process = Popen(
            [*COMMAND, *arguments],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=ENVIRONMENT | environment,
        )
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(timeout=20)
                except subprocess.TimeoutExpired:
                    process.kill()


@contextmanager
def serving(
    data: Path, *flags: str, stdin: int = subprocess.DEVNULL, **environment: str
) -> Iterator[Server]:
    """Run a server with its data in ``data``, from its word that it is ready to its end."""
    log = data.with_suffix(".log")
    serve = ["serve", "--json", "--data", str(data), *FREE_PORTS, *flags]
    with command(*serve, log=log, stdin=stdin, **environment) as process:
        line = line_of(process)
        assert line, f"the server did not start:\n{log.read_text()}"
        yield Server(process, json.loads(line), log)
