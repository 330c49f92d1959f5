"""``show new|list|start|end``: shows of the running server, for people and for scripts."""

from datetime import datetime
from typing import Annotated, Any, Optional

import typer

from vivavoce.cli import say
from vivavoce.cli.export import export
from vivavoce.cli.restore import restore
from vivavoce.cli.serve import Data, Json, settings_of
from vivavoce.cli.storage import delete, takedown
from vivavoce.errors import UsageError

Show = Annotated[str, typer.Argument(metavar="SHOW", help="The show: ten letters and digits")]


def add_to(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    shows = typer.Typer(
        help="Make, list, start and end shows of the running server.", no_args_is_help=True
    )
    shows.command("new")(new)
    shows.command("list")(list_)
    shows.command("start")(start)
    shows.command("end")(end)
    shows.command("export")(export)
    shows.command("delete")(delete)
    shows.command("takedown")(takedown)
    shows.command("restore")(restore)
    app.add_typer(shows, name="show")


def new(
    title: Annotated[str, typer.Argument(metavar="TITLE")],
    description: Annotated[str, typer.Option(help="What it is about")] = "",
    language: Annotated[str, typer.Option(help="BCP 47, such as en or pt-BR")] = "en",
    starts: Annotated[
        Optional[str],  # noqa: UP045  typer reads Optional
        typer.Option(metavar="WHEN", help="ISO 8601, such as 2026-12-01T20:00+01:00"),
    ] = None,
    series: Annotated[
        Optional[str],  # noqa: UP045  typer reads Optional
        typer.Option(metavar="SERIES", help="The series that it is an episode of"),
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Make a show; print its listen link, its host link and its WHIP token."""
    body = {
        "title": title,
        "description": description,
        "language": language,
        "starts_ms": None if starts is None else _unix_ms(starts),
    }
    show = _ask(data, "POST", "/api/shows", body)
    if series is not None:
        _ask(data, "PATCH", f"/api/shows/{show['show']}", {"series": series})
    if json:
        say.as_json(show)
        return
    say.rows(
        {
            "Show": show["show"],
            "Listen": show["listen_url"],
            "Host": show["host_url"],
            "WHIP": show["whip_url"],
            "WHIP token": show["whip_token"],
        },
        below="The host link and the token are told only now.",
    )


def list_(data: Data = None, json: Json = False) -> None:
    """List the shows, newest first."""
    shows = _ask(data, "GET", "/api/shows")
    if json:
        say.as_json(shows)
    elif shows:
        say.rows({show["show"]: f"{show['state']:8} {show['title']}" for show in shows})
    else:
        say.rows({}, below='There are no shows yet: vivavoce show new "TITLE" makes one.')


def start(show: Show, data: Data = None, json: Json = False) -> None:
    """Go live."""
    _tell(_ask(data, "POST", f"/api/shows/{_path(show)}/start"), "is live", json=json)


def end(show: Show, data: Data = None, json: Json = False) -> None:
    """End a live show; its address becomes the replay."""
    _tell(_ask(data, "POST", f"/api/shows/{_path(show)}/end"), "has ended", json=json)


def _ask(data: Any, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    from vivavoce.cli.remote import Remote  # noqa: PLC0415

    return Remote(settings_of(data=data).folder).ask(method, path, body)


def _tell(show: dict[str, Any], what: str, *, json: bool) -> None:
    if json:
        say.as_json(show)
    else:
        say.rows({"Show": f"{show['show']} {what}", "Listen": show["listen_url"]})


def _path(show: str) -> str:
    from urllib.parse import quote  # noqa: PLC0415

    return quote(show, safe="")


def _unix_ms(when: str) -> int:
    try:
        moment = datetime.fromisoformat(when)
    except ValueError:
        raise UsageError(
            "time_invalid", f"{when} is no time: write it as 2026-12-01T20:00+01:00."
        ) from None
    # A time without a zone is this machine's own.
    return int(moment.astimezone().timestamp() * 1000)
