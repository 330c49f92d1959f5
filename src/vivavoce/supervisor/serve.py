"""``vivavoce serve``: check the machine, open both doors, keep the roles running, stop them all."""

import logging
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Final

import anyio
import msgspec

from vivavoce import log, tls
from vivavoce.clock import Clock
from vivavoce.config import Settings
from vivavoce.deliver.proxies import Proxies
from vivavoce.errors import MachineError
from vivavoce.launch import COPY, DATABASE, PAGES, Launch
from vivavoce.people import keys
from vivavoce.store import schema
from vivavoce.store.rescue import rescue
from vivavoce.supervisor import addresses, folder
from vivavoce.supervisor.child import GRACE_S, Child
from vivavoce.supervisor.doors import open_door, open_inner_door
from vivavoce.supervisor.stopping import stop_on_signal
from vivavoce.webrtc.local import local_addresses
from vivavoce.webrtc.udp_socket import bind_all

_log = logging.getLogger(__name__)

# The roles of a supervisor that was killed end within their grace; a running server does not.
_LOCK_S: Final = GRACE_S + 1.5


@dataclass(frozen=True, slots=True)
class Started:
    """What a person is told once everything runs."""

    owner_url: str
    public_url: str
    studio_url: str
    data: str
    pid: int
    lan_url: str | None = None
    """The public address for others on this network, if it can be told."""


@dataclass(frozen=True, slots=True)
class _Doors:
    public: socket.socket
    studio: socket.socket
    inner: socket.socket | None = None
    """The studio's door for this machine alone, where the others speak TLS."""

    @property
    def inner_port(self) -> int:
        """The port on which this machine reaches the studio without TLS."""
        return int((self.inner or self.studio).getsockname()[1])

    def inner_host(self, host: str) -> str:
        """Return the address for that, where the front doors are bound to ``host``."""
        return "127.0.0.1" if self.inner else addresses.inner_host(host)


async def serve(
    settings: Settings,
    clock: Clock,
    tell: Callable[[Started], None],
    stopping: Callable[[], None] = lambda: None,
) -> None:
    """Run a server until SIGINT or SIGTERM, at which ``stopping`` is called.

    ``tell`` is called once, when all is ready.

    Raises ``MachineError`` before anything was started, if the machine cannot do it.
    """
    folder.check(settings.folder)
    tls.context(settings)  # said before anything is started
    Proxies.read(settings.trusted_proxies)
    with ExitStack() as stack:
        lock = stack.enter_context(await _lock(settings.folder))
        rescue(settings.folder / DATABASE, settings.folder / COPY)
        schema.refuse_newer(settings.folder / DATABASE)
        doors = stack.enter_context(_open_doors(settings))
        settings = _with_udp_port(settings)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(stop_on_signal, tasks.cancel_scope, stopping)
            try:
                await _keep_running(settings, clock, doors, lock, tell)
            finally:
                folder.forget_running(settings.folder, os.getpid())


async def _keep_running(
    settings: Settings,
    clock: Clock,
    doors: _Doors,
    lock: IO[bytes],
    tell: Callable[[Started], None],
) -> None:
    owner_key, token = keys.new_key(), keys.new_key()
    launches = _launches(settings, doors, owner_key, token)
    waiting = {launch.name for launch in launches}
    started = Started(
        owner_url=f"{launches[0].studio_url}/#owner={owner_key}",
        public_url=launches[0].public_url,
        studio_url=launches[0].studio_url,
        data=str(settings.folder),
        pid=os.getpid(),
        lan_url=_lan_url(settings, doors.public.getsockname()[1]),
    )

    def ready(name: str) -> None:
        if name not in waiting:
            return
        waiting.discard(name)
        if not waiting:
            inside = addresses.url(doors.inner_host(settings.host), doors.inner_port)
            running = folder.Running(
                studio_url=inside,
                pid=started.pid,
                token=token,
                udp_port=settings.udp_port,
                hosts=tuple(local_addresses(settings.media_host)),
            )
            folder.write_running(settings.folder, running)
            tell(started)

    async with anyio.create_task_group() as tasks:
        for launch in launches:
            told = partial(ready, launch.name)
            child = Child(launch, clock, keep=[lock.fileno()], on_ready=told)
            tasks.start_soon(child.run, name=launch.name)


def _launches(settings: Settings, doors: _Doors, owner_key: str, token: str) -> list[Launch]:
    """Return the studio's launch, then the edges'."""
    studio_port = doors.studio.getsockname()[1]
    public = addresses.public_url(settings, doors.public.getsockname()[1])
    studio = addresses.studio_url(settings, studio_port)
    edge_token = folder.edge_token(settings.folder)

    def launch(role: str, name: str, *sockets: socket.socket | None, **more: object) -> Launch:
        return Launch(
            role=role,
            name=name,
            settings=settings,
            sockets=tuple(door.fileno() for door in sockets if door is not None),
            public_url=public,
            studio_url=studio,
            pages=str(PAGES),
            log_file=_log_file(settings, name),
            edge_token=edge_token,
            **more,  # type: ignore[arg-type]
        )

    secrets = {"owner_key": keys.digest(owner_key), "command_line": keys.digest(token)}
    feed = addresses.feed_url(doors.inner_host(settings.host), doors.inner_port)
    edges = [
        launch("edge", f"edge-{number}", doors.public, feed_url=feed)
        for number in range(1, settings.edges + 1)
    ]
    return [launch("studio", "studio", doors.studio, doors.inner, **secrets), *edges]


def _lan_url(settings: Settings, port: int) -> str | None:
    """Return the public address by this machine's own address, where that helps somebody."""
    if settings.public_url or not addresses.everywhere(settings.host):
        return None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Sends nothing: the kernel only looks which interface leads out (RFC 5737 address).
            probe.connect(("192.0.2.1", 9))
            host = str(probe.getsockname()[0])
        except OSError:
            return None
    found = addresses.url(host, port, tls=bool(settings.tls_cert))
    return None if host.startswith("127.") else found


def _log_file(settings: Settings, name: str) -> str | None:
    """On a terminal the logs go to files, so that the terminal stays calm; otherwise to stderr."""
    return str(settings.folder / "log" / f"{name}.log") if sys.stderr.isatty() else None


async def _lock(data: Path) -> IO[bytes]:
    with anyio.move_on_after(_LOCK_S):
        while True:
            lock = folder.try_lock(data)
            if lock is not None:
                return lock
            if folder.is_running(data):
                break
            await anyio.sleep(0.1)
    raise MachineError(
        "data_in_use",
        f"Another server is running with the data folder {data}: stop it, or choose another with "
        "--data.",
    )


@contextmanager
def _open_doors(settings: Settings) -> Iterator[_Doors]:
    with (
        open_door(settings.host, settings.port, flag="--port") as public,
        open_door(settings.host, settings.studio_port, flag="--studio-port") as studio,
        ExitStack() as stack,
    ):
        inner = stack.enter_context(open_inner_door()) if settings.tls_cert else None
        yield _Doors(public, studio, inner)


def _with_udp_port(settings: Settings) -> Settings:
    """Settle the UDP port, and say it now if it is taken; the studio opens it itself (ADR 0003).

    A port that was any free one stays the same when the studio is started again.
    """
    sockets, port = bind_all(local_addresses(settings.media_host), settings.media_port)
    for sock in sockets:
        sock.close()
    return msgspec.structs.replace(settings, udp_port=port)


def set_up_log(settings: Settings) -> None:
    """Set up the supervisor's own log."""
    name = _log_file(settings, "supervisor")
    log.set_up(
        "supervisor",
        level=settings.log.level,
        form=settings.log.format,
        file=None if name is None else Path(name),
    )
