"""``storage`` and ``show delete``: what shows take on the disk, and their end."""

from typing import Annotated, Any, Final

import typer

from vivavoce.cli import say
from vivavoce.cli.serve import Data, Json, settings_of

_UNITS: Final = ("kB", "MB", "GB", "TB")


def add_to(app: typer.Typer) -> None:
    """Add ``storage`` to ``app``."""
    app.command("storage")(storage)


def storage(data: Data = None, json: Json = False) -> None:
    """Say what the shows take on the disk, the largest first."""
    found = _ask(data, "GET", "/api/storage")
    if json:
        say.as_json(found)
        return
    sizes = {one["show"]: size(one["bytes"]["total"]) for one in found["shows"]}
    rows = {one["show"]: f"{sizes[one['show']]:>8}  {one['title']}" for one in found["shows"]}
    rows["Together"] = f"{size(found['total']):>8}, {size(found['free'])} free"
    say.rows(rows)


def delete(
    show: Annotated[str, typer.Argument(metavar="SHOW", help="The show: ten letters and digits")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """Delete a show with all that was recorded, for good."""
    from urllib.parse import quote  # noqa: PLC0415

    path = f"/api/shows/{quote(show, safe='')}"
    if not yes:
        found, taken = _ask(data, "GET", path), _ask(data, "GET", f"{path}/storage")
        typer.confirm(f'Delete "{found["title"]}" ({size(taken["total"])}) for good?', abort=True)
    gone = _ask(data, "DELETE", path)
    if json:
        say.as_json(gone)
    else:
        say.rows(
            {
                "Deleted": f"{gone['show']} {gone['title']}",
                "Programme": size(gone["bytes"]["programme"]),
                "Tracks": size(gone["bytes"]["tracks"]),
                "Exports": size(gone["bytes"]["exports"]),
            }
        )


def size(count: int) -> str:
    """Return a number of bytes as people say it, such as ``1.4 MB``."""
    if count < 1000:
        return f"{count} B"
    value = float(count)
    for unit in _UNITS:
        value /= 1000
        if value < 999.95 or unit == _UNITS[-1]:
            break
    return f"{value:.1f} {unit}"


def _ask(data: Any, method: str, path: str) -> Any:
    from vivavoce.cli.remote import Remote  # noqa: PLC0415

    return Remote(settings_of(data=data).folder).ask(method, path)
