"""``podcast on|new|list|remove``: feeds for podcast apps, of all shows or of a series of them."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from vivavoce.cli import say
from vivavoce.cli.serve import Data, Json, settings_of
from vivavoce.errors import UsageError

Title = Annotated[str, typer.Argument(metavar="TITLE")]
Series = Annotated[str, typer.Argument(metavar="SERIES", help="Ten letters and digits, or all")]
About = Annotated[str, typer.Option(help="What it is about")]
Author = Annotated[str, typer.Option(help="Who makes it")]
Language = Annotated[str, typer.Option(help="BCP 47, such as en or pt-BR")]
Category = Annotated[str, typer.Option(help='One of Apple\'s, such as "News: Politics"')]
Explicit = Annotated[bool, typer.Option("--explicit", help="Not for children")]

_ON = "List every recorded show of this installation in a feed, or say something else of it."
_NEW = "Make a series with a feed of its own; shows are put into it with show new --series."


def add_to(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    podcasts = typer.Typer(
        help="Feeds for podcast apps: of all shows, or of series.", no_args_is_help=True
    )
    podcasts.command("on", help=_ON)(_saying("PUT", "/api/series/all"))
    podcasts.command("new", help=_NEW)(_saying("POST", "/api/series"))
    podcasts.command("list")(list_)
    podcasts.command("remove")(remove)
    app.add_typer(podcasts, name="podcast")


def _saying(method: str, path: str) -> Callable[..., None]:
    """Return the command that says what a feed is, to this address of the API."""

    def say_it(  # noqa: PLR0913, PLR0917  each is an option of the command
        title: Title,
        description: About = "",
        author: Author = "",
        language: Language = "en",
        category: Category = "Society & Culture",
        explicit: Explicit = False,
        data: Data = None,
        json: Json = False,
    ) -> None:
        body = {
            "title": title,
            "description": description,
            "author": author,
            "language": language,
            "category": category,
            "explicit": explicit,
        }
        _tell(_ask(data, method, path, body), json=json)

    return say_it


def list_(data: Data = None, json: Json = False) -> None:
    """List the series and their feeds, oldest first."""
    found = _ask(data, "GET", "/api/series")
    if json:
        say.as_json(found)
    elif found:
        say.rows({one["series"]: f"{one['feed_url']}  {one['title']}" for one in found})
    else:
        say.rows({}, below='There are none yet: vivavoce podcast on "TITLE" makes the first.')


def remove(series: Series, data: Data = None, json: Json = False) -> None:
    """Take a series and its feed away; its shows stay."""
    if not (series.isascii() and series.isalnum()):
        raise UsageError("series_unknown", f"There is no series {series[:40]!r}.")
    _ask(data, "DELETE", f"/api/series/{series}")
    if json:
        say.as_json({"removed": series})
    else:
        say.rows({"Removed": series})


def _ask(data: Any, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    from vivavoce.cli.remote import Remote  # noqa: PLC0415

    return Remote(settings_of(data=data).folder).ask(method, path, body)


def _tell(series: dict[str, Any], *, json: bool) -> None:
    if json:
        say.as_json(series)
    else:
        below = "Shows of it are public from now on, also those before: the feed lists them."
        say.rows({"Series": series["series"], "Feed": series["feed_url"]}, below=below)
