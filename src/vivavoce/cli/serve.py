"""``serve``, ``link``, ``edge``, and the hidden ``role`` that serve starts."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal, Optional

import typer

from vivavoce.cli import say

Host = Annotated[Optional[str], typer.Option(help="Address to listen on [default: all]")]  # noqa: UP045  typer reads Optional
Port = Annotated[Optional[int], typer.Option(help="The public port [default: 8080]")]  # noqa: UP045
StudioPort = Annotated[Optional[int], typer.Option(help="The studio port [default: 8081]")]  # noqa: UP045
UdpPort = Annotated[Optional[int], typer.Option(help="The UDP port for sound [default: 8082]")]  # noqa: UP045
Announce = Annotated[Optional[str], typer.Option(help="Public address behind NAT 1:1")]  # noqa: UP045
Data = Annotated[Optional[Path], typer.Option(help="The data folder [default: data]")]  # noqa: UP045
Edges = Annotated[Optional[int], typer.Option(help="Edge processes [default: 1]")]  # noqa: UP045
Config = Annotated[Optional[Path], typer.Option(help="Settings file [default: DATA/vivavoce.toml]")]  # noqa: UP045
TlsCert = Annotated[Optional[str], typer.Option(help="Certificate chain (PEM) for both ports")]  # noqa: UP045
TlsKey = Annotated[Optional[str], typer.Option(help="Its private key (PEM)")]  # noqa: UP045
Json = Annotated[bool, typer.Option("--json", help="Answer with one line of JSON")]


def add_to(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    app.command()(serve)
    app.command()(link)
    app.command()(edge)
    app.command(hidden=True)(role)


def settings_of(config: Path | None = None, **flags: Any) -> Any:
    """Return the settings with the given flags on top."""
    from vivavoce import config as settings  # noqa: PLC0415

    given = {name: value for name, value in flags.items() if value is not None}
    if "data" in given:
        given["data"] = str(given["data"])
    return settings.load(os.environ, given, config=config)


def serve(  # noqa: PLR0913, PLR0917  each is an option of the command
    host: Host = None,
    port: Port = None,
    studio_port: StudioPort = None,
    udp_port: UdpPort = None,
    announce: Announce = None,
    data: Data = None,
    edges: Edges = None,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Run a server: studio and edges on this machine. Ctrl-C stops it; live shows go on after."""
    import anyio  # noqa: PLC0415

    from vivavoce.clock import SystemClock  # noqa: PLC0415
    from vivavoce.supervisor import serve as supervisor  # noqa: PLC0415

    settings = settings_of(
        config,
        host=host,
        port=port,
        studio_port=studio_port,
        udp_port=udp_port,
        announce=announce,
        data=data,
        edges=edges,
        tls_cert=tls_cert,
        tls_key=tls_key,
    )
    supervisor.set_up_log(settings)

    def tell(started: supervisor.Started) -> None:
        if json:
            say.as_json(started)
        else:
            _tell(started)

    def stopping() -> None:
        if not json:
            say.rows({}, below="Stopping. Live shows go on at the next start.")

    anyio.run(supervisor.serve, settings, SystemClock(), tell, stopping)


def _tell(started: Any) -> None:
    pairs = {
        "Owner's link": f"{started.owner_url}   (works once; vivavoce link makes another)",
        "Public address": started.public_url,
        "Studio": started.studio_url,
        "On this network": started.lan_url,
        "Data": started.data,
    }
    say.rows(
        {name: value for name, value in pairs.items() if value},
        title="Viva Voce is running.",
        below="Open the owner's link to make a show. Ctrl-C stops the server.",
    )


def link(data: Data = None, json: Json = False) -> None:
    """Print a fresh one-time link for the owner of the running server."""
    from vivavoce.cli.remote import Remote  # noqa: PLC0415

    answer = Remote(settings_of(data=data).folder).ask("POST", "/api/link")
    if json:
        say.as_json(answer)
    else:
        say.rows({"Owner's link": answer["owner_url"]})


def edge(  # noqa: PLR0913, PLR0917  each is an option of the command
    studio: Annotated[str, typer.Option(help="Address of the studio port")],
    host: Host = None,
    port: Port = None,
    data: Data = None,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    token: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Content of the studio's edge.token", envvar="VIVAVOCE_EDGE_TOKEN"),
    ] = None,
    json: Json = False,
) -> None:
    """Run one edge alone, on another machine than the studio's or beside it."""
    import anyio  # noqa: PLC0415

    from vivavoce.clock import SystemClock  # noqa: PLC0415
    from vivavoce.supervisor import edge as supervisor  # noqa: PLC0415

    settings = settings_of(host=host, port=port, data=data, tls_cert=tls_cert, tls_key=tls_key)

    def tell(public_url: str) -> None:
        if json:
            say.as_json({"public_url": public_url, "pid": os.getpid()})
        else:
            pairs = {"Public address": public_url, "Studio": studio}
            say.rows(pairs, title="This edge is running.", below="Ctrl-C stops it.")

    anyio.run(supervisor.run, settings, studio, token, SystemClock(), tell)


def role(name: Annotated[Literal["studio", "edge", "worker", "picture"], typer.Argument()]) -> None:
    """Run a role for the supervisor, which says what to do on standard input."""
    from vivavoce.app.role import play, read_launch  # noqa: PLC0415

    if name == "worker":
        from vivavoce.app.worker import work  # noqa: PLC0415

        work()
        return
    if name == "picture":
        from vivavoce.app.picture import fit  # noqa: PLC0415

        fit()
        return
    launch = read_launch()
    if name == "studio":
        from vivavoce.app.studio import run_studio  # noqa: PLC0415

        play(run_studio, launch)
    else:
        from vivavoce.app.edge import run_edge  # noqa: PLC0415

        play(run_edge, launch)
