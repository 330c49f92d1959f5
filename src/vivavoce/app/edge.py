"""An edge: what comes over the feed goes to the listeners, and their number goes back."""

import socket
from collections.abc import Callable
from pathlib import Path

import anyio

from vivavoce import tls
from vivavoce.clock import Clock
from vivavoce.deliver.edge import Edge, EdgeSettings
from vivavoce.deliver.proxies import Proxies
from vivavoce.launch import KEPT, LIVE, Launch


async def run_edge(
    launch: Launch, sockets: list[socket.socket], clock: Clock, ready: Callable[[], None]
) -> None:
    """Serve listeners on ``sockets`` until cancelled; ``ready`` is called once they are served."""
    certificate = tls.Certificate.of(launch.settings)
    settings = EdgeSettings(
        folder=launch.settings.folder / LIVE,
        pages=Path(launch.pages),
        public_url=launch.public_url,
        studio_ws=launch.feed_url,
        token=launch.edge_token,
        pulls=launch.pulls,
        kept=launch.settings.folder / KEPT if launch.pulls else None,
        proxies=Proxies.read(launch.settings.trusted_proxies),
        tls=None if certificate is None else certificate.context,
        batch_ms=launch.settings.edge.batch_ms,
        low_latency=launch.settings.hls.low_latency,
    )
    async with anyio.create_task_group() as tasks:
        if certificate is not None:
            tasks.start_soon(certificate.run)
        await tasks.start(Edge(settings, clock).serve, sockets)
        ready()
