"""``storage``, ``show delete`` and ``takedown``: what shows take on the disk, and their end."""

import re
from typing import Annotated, Any, Final

import typer

from vivavoce.cli import say
from vivavoce.cli.serve import Data, Json, settings_of
from vivavoce.errors import UsageError

_TIME: Final = re.compile(r"(\d{1,6}:){0,2}\d{1,6}(\.\d{1,3})?", re.ASCII)
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
        say.confirmed(f'Delete "{found["title"]}" ({size(taken["total"])}) for good?')
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


def takedown(
    show: Annotated[str, typer.Argument(metavar="SHOW", help="The show: ten letters and digits")],
    begin: Annotated[str, typer.Argument(metavar="FROM", help="As the replay shows it: 1:02:03")],
    end: Annotated[str, typer.Argument(metavar="TO", help="Up to there, such as 1:02:30.5")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """Put silence in the place of a range of a show that has ended, for good."""
    from urllib.parse import quote  # noqa: PLC0415

    wanted = {"from_ms": _ms(begin), "to_ms": _ms(end), "playing": True}
    if not yes:
        say.confirmed(f"Take down {begin} to {end}, in replay and tracks, for good?")
    path = f"/api/shows/{quote(show, safe='')}/takedowns"
    told = _ask(data, "POST", path, wanted)
    if json:
        say.as_json(told)
    else:
        last = told[-1]
        span = f"{_clock(last['heard_from_ms'])} to {_clock(last['heard_to_ms'])}"
        say.rows({"Taken down": span}, below="It is silence now, in whole parts of 0.32 s.")


def _ms(time: str) -> int:
    """Return milliseconds of ``1:02:03.5``, ``62:03`` or ``3723``."""
    if not _TIME.fullmatch(time):
        raise UsageError("time_invalid", f"{time} is no time: write it as 1:02:03 or 3723.")
    seconds = 0.0
    for part in time.split(":"):
        seconds = seconds * 60 + float(part)
    return round(seconds * 1000)


def _clock(ms: int) -> str:
    """Return a time as ``_ms`` takes it, to the hundredth of a second."""
    from vivavoce.record.playing import clock_text  # noqa: PLC0415

    return f"{clock_text(ms)}.{ms % 1000 // 10:02}"


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


def _ask(data: Any, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    from vivavoce.cli.remote import Remote  # noqa: PLC0415

    return Remote(settings_of(data=data).folder).ask(method, path, body)
