"""``vivavoce edge``: one edge kept running by itself, whose studio is somewhere else."""

from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import anyio

from vivavoce import log, tls
from vivavoce.clock import Clock
from vivavoce.config import Settings
from vivavoce.deliver.proxies import Proxies
from vivavoce.errors import MachineError, UsageError
from vivavoce.launch import PAGES, Launch
from vivavoce.supervisor import addresses, folder
from vivavoce.supervisor.child import Child
from vivavoce.supervisor.doors import open_door
from vivavoce.supervisor.stopping import stop_on_signal

_SCHEMES: Final = {"http": "ws", "https": "wss"}


def launch_of(settings: Settings, studio: str, token: str, port: int, door: int) -> Launch:
    """Return the launch of an edge that listens on ``door`` and follows ``studio``. Pure."""
    parts = urlsplit(studio)
    if parts.scheme not in _SCHEMES or not parts.netloc or parts.path not in {"", "/"}:
        raise UsageError(
            "studio_invalid",
            f"{studio} is no address of a studio: write it as https://studio.example.org.",
        )
    return Launch(
        role="edge",
        name="edge",
        settings=settings,
        sockets=(door,),
        public_url=addresses.public_url(settings, port),
        studio_url=studio,
        pages=str(PAGES),
        edge_token=token,
        pulls=True,
        feed_url=f"{_SCHEMES[parts.scheme]}://{parts.netloc}/feed",
    )


async def run(
    settings: Settings, studio: str, token: str | None, clock: Clock, tell: Callable[[str], None]
) -> None:
    """Keep the edge running until SIGINT or SIGTERM, behind a door that stays open.

    ``tell`` is given its address once it serves. Without ``token`` the data folder's ``edge.token``
    is used. Raises ``MachineError``.
    """
    log.set_up("supervisor", level=settings.log.level, form=settings.log.format)
    folder.check(settings.folder)
    tls.context(settings)  # said before anything is started
    Proxies.read(settings.trusted_proxies)
    shown = token or _kept(settings.folder / "edge.token")
    with open_door(settings.host, settings.port, flag="--port") as door:
        launch = launch_of(settings, studio, shown, door.getsockname()[1], door.fileno())
        waiting = [launch.public_url]

        def ready() -> None:
            if waiting:
                tell(waiting.pop())

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(stop_on_signal, tasks.cancel_scope, lambda: None)
            await Child(launch, clock, on_ready=ready).run()


def _kept(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        raise MachineError(
            "edge_token_missing",
            "An edge shows the studio a token: give the content of the studio's edge.token with "
            "--token or in VIVAVOCE_EDGE_TOKEN.",
        ) from None
