"""The documented proxies, run in front of an edge: the files of docs/deploy with other ports."""

import os
import random
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Hypothesis seeds the common one, the same in each process.
_ANY = random.SystemRandom()

DEPLOY = Path(__file__).parents[1] / "docs" / "deploy"

_HTTP = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections {connections}; }}
http {{
    access_log off;
    types {{ application/vnd.apple.mpegurl m3u8; audio/mp4 mp4 m4s; }}
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {inside}
}}
"""


@contextmanager
def nginx_before(folder: Path, upstream: int, connections: int = 4_096) -> Iterator[int]:
    """Run docs/deploy/nginx.conf before the edge on ``upstream``; yield its port."""
    port = free_port()
    documented = (DEPLOY / "nginx.conf").read_text()
    with nginx(
        folder,
        _exchanged(
            documented,
            {
                "/var/cache/nginx/vivavoce": f"{folder}/cache",
                "server 127.0.0.1:8080;": f"server 127.0.0.1:{upstream};",
                "listen 80;": f"listen 127.0.0.1:{port};",
            },
        ),
        port,
        connections,
    ):
        yield port


@contextmanager
def nginx_alone(folder: Path, root: Path) -> Iterator[int]:
    """Run nginx as a plain server of files below ``root``; yield its port."""
    port = free_port()
    with nginx(folder, f"server {{ listen 127.0.0.1:{port}; root {root}; }}", port):
        yield port


@contextmanager
def nginx(folder: Path, inside: str, port: int, connections: int = 4_096) -> Iterator[None]:
    """Run nginx with ``inside`` in its http block, all of its files in ``folder``."""
    folder.mkdir()
    config = folder / "nginx.conf"
    config.write_text(_HTTP.format(folder=folder, inside=inside, connections=connections))
    command = ["nginx", "-p", str(folder), "-e", f"{folder}/error.log", "-c", str(config)]
    with _running(command, port):
        yield


@contextmanager
def caddy_before(
    folder: Path, upstream: int, certificate: tuple[Path, Path] | None = None
) -> Iterator[int]:
    """Run docs/deploy/Caddyfile before the edge on ``upstream``; yield its port on localhost.

    With ``certificate`` (and its key) instead of one that Caddy would get by itself.
    """
    folder.mkdir()
    port = free_port()
    site = f"https://localhost:{port} {{\n" if certificate else f"http://localhost:{port} {{\n"
    if certificate:
        site += f"\ttls {certificate[0]} {certificate[1]}\n"
    text = _exchanged(
        (DEPLOY / "Caddyfile").read_text(),
        {
            "live.example.org {\n": site,
            "127.0.0.1:8080": f"127.0.0.1:{upstream}",
            "studio.example.org {": f"http://localhost:{free_port()} {{",
        },
    )
    config = folder / "Caddyfile"
    config.write_text("{\n\tadmin off\n\tauto_https disable_redirects\n}\n" + text)
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(config)]
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with _running(command, port, **home):
        yield port


def free_port() -> int:
    """Return a port below those that clients are given, which one of ours may be by then."""
    while True:
        port = _ANY.randrange(20_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _exchanged(text: str, pairs: dict[str, str]) -> str:
    for old, new in pairs.items():
        assert text.count(old) == 1, f"{old} is in the documented file once"
        text = text.replace(old, new)
    return text


@contextmanager
def _running(command: list[str], port: int, **environment: str) -> Iterator[None]:
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=os.environ | environment
    ) as process:
        try:
            until_open(process, port)
            yield
        finally:
            process.kill()  # in good order it would wait for streams that never end


def until_open(process: subprocess.Popen[bytes], port: int) -> None:
    """Wait until ``process`` takes connections; an error if it ends before."""
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
            assert process.stderr is not None
            raise AssertionError(process.stderr.read().decode())
