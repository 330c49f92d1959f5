"""Serving an ASGI application on inherited sockets, inside a task group of ours."""

import asyncio
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

import anyio
import uvicorn
from anyio.abc import TaskStatus
from starlette.types import ASGIApp

from vivavoce.app.callers import Caller, Callers
from vivavoce.app.sockets import BoundedSocket
from vivavoce.tls import Certificate

# Stage sockets stay open for ever: they are told to go and have this long.
_GRACE_S: Final = 1

# A stage message is at most 64 KiB, an edge's report of a thousand shows the same.
_LONGEST_MESSAGE: Final = 128 * 1024

# A handshake of TLS is two round trips; without this, silent ones would be kept for a minute.
_HANDSHAKE_S: Final = 10

# What is no HTTP is counted (``Callers.malformed``), not written down line by line.
_LOUDEST: Final = logging.ERROR


class _Server(uvicorn.Server):
    """uvicorn without hands on the process's signals; it listens as we do, and says when."""

    def __init__(self, config: uvicorn.Config, status: TaskStatus[None]) -> None:
        super().__init__(config)
        self._status = status

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to whoever runs the role."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await self.lifespan.startup()
        loop, sealed = asyncio.get_running_loop(), self.config.ssl

        def caller() -> asyncio.Protocol:
            return self.config.http_protocol_class(  # type: ignore[call-arg]
                config=self.config, server_state=self.server_state, app_state={}
            )

        self.servers = [
            await loop.create_server(
                caller,
                sock=sock,
                ssl=sealed,
                backlog=self.config.backlog,
                ssl_handshake_timeout=_HANDSHAKE_S if sealed else None,
            )
            for sock in sockets or []
        ]
        self.started = True
        self._status.started()


async def serve_http(
    app: ASGIApp,
    sockets: list[socket.socket],
    *,
    certificate: Certificate | None = None,
    callers: Callers | None = None,
    task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
) -> None:
    """Serve ``app`` until cancelled, then end in good order within a second or so.

    ``certificate`` makes it speak TLS. ``callers`` counts who was too slow, or one too many.
    """
    callers = callers or Callers(anyio.current_time)
    logging.getLogger("uvicorn.error").setLevel(_LOUDEST)
    config = uvicorn.Config(
        app,
        ssl_context_factory=None if certificate is None else lambda *_: certificate.context,
        loop="none",
        http=partial(Caller, callers),  # type: ignore[arg-type]  # it is called, no more
        ws=BoundedSocket,
        ws_max_size=_LONGEST_MESSAGE,
        ws_ping_interval=10,
        ws_ping_timeout=10,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,
    )
    server = _Server(config, task_status)

    async def run() -> None:
        # Shielded: it ends by ``should_exit``, so that open requests are finished.
        with anyio.CancelScope(shield=True):
            await server.serve(sockets)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run)
        tasks.start_soon(callers.run)
        if certificate is not None:
            tasks.start_soon(certificate.run)
        try:
            await anyio.sleep_forever()
        finally:
            server.should_exit = True
