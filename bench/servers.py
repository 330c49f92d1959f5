"""Servers under test, each on the server's core: an edge of ours, Icecast, the floor."""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import rig
from bench.studio import SHOW, TOKEN, Studio, environment, head_frame


@dataclass
class Server:
    """A server that pushes the studio's sound."""

    name: str
    port: int
    path: str
    running: rig.Running


@asynccontextmanager
async def edge(
    studio: Studio, *, batch_ms: int = 320, path: str = "stream.ogg", port: int = 0,
    upstream: int | None = None, more: Mapping[str, str] | None = None,
) -> AsyncIterator[Server]:  # fmt: skip
    """Run ``vivavoce edge`` as anybody would, its batch held at ``batch_ms``.

    ``more`` is added to its environment.
    """
    port = port or rig.free_port()
    with tempfile.TemporaryDirectory(prefix="vivavoce-bench-") as data:
        settings = (
            environment()
            | dict(more or {})
            | {
                "VIVAVOCE_EDGE_TOKEN": TOKEN,
                "VIVAVOCE_EDGE_BATCH_MS": str(batch_ms),
                "VIVAVOCE_HOST": "127.0.0.1",
            }
        )
        command = (
            sys.executable, "-m", "vivavoce", "edge", "--studio",
            f"http://127.0.0.1:{upstream or studio.port}", "--port", str(port), "--data", data,
        )  # fmt: skip
        log = Path(data) / "bench.log"
        async with rig.running(*command, log=log, env=settings) as process:
            await rig.until_open(port)
            for _ in range(100):
                if studio.edges:
                    break
                await asyncio.sleep(0.05)
            yield Server("edge", port, f"/live/{SHOW}/{path}", process)


@asynccontextmanager
async def floor(studio: Studio, *, parts: int = 3) -> AsyncIterator[Server]:
    """Compile and run the smallest program that does the same sends."""
    port = rig.free_port()
    command = (rig.built("floor/push.c"), str(port), str(parts))
    async with rig.running(*command, stdin=subprocess.PIPE) as process:
        writer = process.process.stdin
        assert writer is not None
        writer.write(head_frame())
        studio.others["floor"] = writer
        await rig.until_open(port)
        try:
            yield Server("floor", port, "/", process)
        finally:
            del studio.others["floor"]


_ICECAST = """<icecast><limits><clients>19000</clients><sources>2</sources>
<queue-size>524288</queue-size><burst-on-connect>1</burst-on-connect><burst-size>4096</burst-size>
<source-timeout>3600</source-timeout></limits>
<authentication><source-password>bench</source-password><admin-password>bench</admin-password>
</authentication><hostname>localhost</hostname><fileserve>0</fileserve>
<listen-socket><port>{port}</port><bind-address>127.0.0.1</bind-address></listen-socket>
<paths><logdir>{folder}</logdir><webroot>{folder}</webroot><adminroot>{folder}</adminroot></paths>
{owner}<logging><accesslog>access.log</accesslog><errorlog>error.log</errorlog><loglevel>2</loglevel>
</logging></icecast>"""


# Icecast does not run as root.
_OWNER = """<security><changeowner><user>nobody</user><group>nogroup</group></changeowner>
</security>"""


@asynccontextmanager
async def icecast(studio: Studio) -> AsyncIterator[Server]:
    """Run Icecast with the studio as its source: the same pages as from an edge."""
    port = rig.free_port()
    program = rig.find("icecast2")
    assert program is not None
    with tempfile.TemporaryDirectory(prefix="vivavoce-bench-") as folder:
        config = Path(folder) / "icecast.xml"
        owner = _OWNER if os.geteuid() == 0 else ""
        config.write_text(_ICECAST.format(port=port, folder=folder, owner=owner))
        os.chmod(folder, 0o777)  # noqa: PTH101  nothing else happens here meanwhile
        async with rig.running(program, "-c", str(config), log=Path(folder) / "out") as process:
            await rig.until_open(port)
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(
                b"PUT /show.ogg HTTP/1.1\r\nHost: localhost\r\nContent-Type: audio/ogg\r\n"
                b"Authorization: Basic c291cmNlOmJlbmNo\r\nIce-Public: 0\r\n\r\n"
            )
            writer.write(head_frame()[4:])
            studio.others["icecast"] = writer
            studio.beating.add("icecast")  # a mount is there once it has sound
            await asyncio.sleep(1)
            try:
                yield Server("icecast", port, "/show.ogg", process)
            finally:
                del studio.others["icecast"]
                writer.close()
