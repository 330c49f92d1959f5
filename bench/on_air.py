"""A whole server with a show on air, its edge alone on the server's core, all else on the other."""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE
from typing import Any
from urllib.parse import urlsplit

from bench import rig
from bench.studio import environment
from vivavoce.cli.remote import Remote


@dataclass
class OnAir:
    """The running server and its show; nobody speaks, so it is the filler that is heard."""

    edge: rig.Role
    port: int
    show: dict[str, Any]
    remote: Remote
    studio: str

    @property
    def live(self) -> str:
        """Path of the show's folder."""
        return f"/live/{self.show['show']}"

    def start(self) -> None:
        """Go live."""
        self.remote.ask("POST", f"/api/shows/{self.show['show']}/start")


@asynccontextmanager
async def on_air(*, live: bool = True, **settings: str) -> AsyncIterator[OnAir]:
    """Run ``vivavoce serve`` with one show; ``settings`` by the names of their variables."""
    with tempfile.TemporaryDirectory(prefix="vivavoce-bench-") as folder:
        data = Path(folder) / "data"
        command = (
            sys.executable, "-m", "vivavoce", "serve", "--json",
            "--port", "0", "--studio-port", "0", "--data", str(data),
        )  # fmt: skip
        log, more = (Path(folder) / "log").open("ab"), environment() | settings
        pipes = {"stdout": PIPE, "stderr": log, "env": more}
        async with rig.running(*command, core=rig.LOAD_CORE, **pipes) as process:
            assert process.process.stdout is not None
            said = json.loads(await process.process.stdout.readline())
            edge = rig.Role(process.role("edge"))
            edge.pin(rig.SERVER_CORE)
            remote = Remote(data)
            show = await asyncio.to_thread(remote.ask, "POST", "/api/shows", {"title": "Bench"})
            port = urlsplit(said["public_url"]).port
            assert port is not None
            on = OnAir(edge, port, show, remote, said["studio_url"])
            if live:
                await asyncio.to_thread(on.start)
            yield on
