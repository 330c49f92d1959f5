"""``vivavoce doctor``: whether sound can come in, what is closed, and what to open."""

import typer

from vivavoce.cli import say
from vivavoce.cli.serve import Announce, Config, Data, Host, Json, UdpPort, settings_of


def add_to(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(doctor)


def doctor(
    host: Host = None,
    udp_port: UdpPort = None,
    announce: Announce = None,
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Look whether sound can come in; say what is closed and what to open. 1 if something is."""
    from vivavoce.cli.look import look  # noqa: PLC0415
    from vivavoce.webrtc.doctor import Verdict, exit_code, findings  # noqa: PLC0415

    settings = settings_of(config, host=host, udp_port=udp_port, announce=announce, data=data)
    found = list(findings(look(settings)))
    marks = {Verdict.GOOD: "ok  ", Verdict.WARNING: "look", Verdict.BAD: "BAD "}
    if json:
        say.as_json({"findings": found})
    else:
        for finding in found:
            typer.echo(f"{marks[finding.verdict]}  {finding.words}")
            if finding.remedy:
                typer.echo(f"      {finding.remedy}")
    raise typer.Exit(exit_code(found))
