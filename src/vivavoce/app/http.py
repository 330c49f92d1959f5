"""Serving an ASGI application on inherited sockets, inside a task group of ours."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import anyio
import uvicorn
from anyio.abc import TaskStatus
from starlette.types import ASGIApp

from vivavoce.config import Settings

# Stage sockets stay open for ever: they are told to go and have this long.
_GRACE_S: Final = 1

# A stage message is at most 64 KiB, an edge's report of a thousand shows the same.
_LONGEST_MESSAGE: Final = 128 * 1024

# Hosts, speakers and edges of one studio; more at once is an attack on the studio port.
_CONNECTIONS: Final = 2_000


class _Server(uvicorn.Server):
    """uvicorn without hands on the process's signals, and saying when it listens."""

    def __init__(self, config: uvicorn.Config, status: TaskStatus[None]) -> None:
        super().__init__(config)
        self._status = status

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to whoever runs the role."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        self._status.started()


async def serve_http(
    app: ASGIApp,
    sockets: list[socket.socket],
    settings: Settings | None = None,
    *,
    task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
) -> None:
    """Serve ``app`` until cancelled, then end in good order within a second or so.

    With TLS if ``settings`` has a certificate.
    """
    config = uvicorn.Config(
        app,
        ssl_certfile=(settings and settings.tls_cert) or None,
        ssl_keyfile=(settings and settings.tls_key) or None,
        loop="none",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=_LONGEST_MESSAGE,
        ws_ping_interval=10,
        ws_ping_timeout=10,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=_CONNECTIONS,
        timeout_graceful_shutdown=_GRACE_S,
    )
    server = _Server(config, task_status)

    async def run() -> None:
        # Shielded: it ends by ``should_exit``, so that open requests are finished.
        with anyio.CancelScope(shield=True):
            await server.serve(sockets)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run)
        try:
            await anyio.sleep_forever()
        finally:
            server.should_exit = True
