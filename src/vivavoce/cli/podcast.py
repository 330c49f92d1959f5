"""``podcast on|new|cover|list|remove``: feeds for podcast apps, of all shows or of series."""

from collections.abc import Callable
from pathlib import Path
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
Cover = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="A JPEG, PNG or WebP picture; otherwise one is drawn"),
]
Picture = Annotated[
    Path | None, typer.Argument(metavar="[FILE]", help="A picture; none: it is drawn again")
]
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
    podcasts.command("cover")(dress)
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
        cover: Cover = None,
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
        picture = _read(cover)
        made = _ask(data, method, path, body)
        _tell(_dressed(data, made["series"], picture) if picture else made, json=json)

    return say_it


def dress(series: Series, file: Picture = None, data: Data = None, json: Json = False) -> None:
    """Give a series a cover, fitted to the square of 1,400 to 3,000 pixels that apps want."""
    _check(series)
    picture = _read(file)
    if picture is None:
        told = _ask(data, "DELETE", f"/api/series/{series}/cover")
    else:
        told = _dressed(data, series, picture)
    if json:
        say.as_json(told)
    else:
        say.rows({"Cover": told["cover_url"]})


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
    _check(series)
    _ask(data, "DELETE", f"/api/series/{series}")
    if json:
        say.as_json({"removed": series})
    else:
        say.rows({"Removed": series})


def _check(series: str) -> None:
    if not (series.isascii() and series.isalnum()):
        raise UsageError("series_unknown", f"There is no series {series[:40]!r}.")


def _read(file: Path | None) -> bytes | None:
    """Return a picture; what is none is refused before a series is made."""
    try:
        found = file.read_bytes() if file is not None else None
    except OSError as error:
        raise UsageError("picture_unreadable", f"{file} cannot be read: {error.strerror}") from None
    if found is not None and _kind(found) is None:
        raise UsageError("picture_unreadable", f"{file} is no JPEG, PNG or WebP picture.")
    return found


def _kind(picture: bytes) -> str | None:
    """Say what a picture is by how it begins (ISO 10918-1, B.1; RFC 2083, 3.1; RFC 9649, 2.3)."""
    begins = {
        b"\xff\xd8\xff": "image/jpeg",
        b"\x89PNG\r\n\x1a\n": "image/png",
        b"RIFF": "image/webp",
    }
    return next((kind for begin, kind in begins.items() if picture.startswith(begin)), None)


def _dressed(data: Any, series: str, picture: bytes) -> Any:
    from vivavoce.cli.remote import Remote  # noqa: PLC0415

    path, kind = f"/api/series/{series}/cover", str(_kind(picture))
    return Remote(settings_of(data=data).folder).send("PUT", path, picture, kind)


def _ask(data: Any, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    from vivavoce.cli.remote import Remote  # noqa: PLC0415

    return Remote(settings_of(data=data).folder).ask(method, path, body)


def _tell(series: dict[str, Any], *, json: bool) -> None:
    if json:
        say.as_json(series)
    else:
        below = "Shows of it are public from now on, also those before: the feed lists them."
        say.rows({"Series": series["series"], "Feed": series["feed_url"]}, below=below)
