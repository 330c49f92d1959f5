"""``show export``: what can be carried away of a show, from its files, with or without a server."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Optional

import typer

from vivavoce.cli import say
from vivavoce.cli.serve import Data, Json, settings_of
from vivavoce.errors import MachineError, UsageError

# Name on the command line to the kind of export.
_KINDS = ("archive", "opus", "mp3", "aac", "tracks", "tracks-flac", "tracks-wav")


def export(
    show: Annotated[str, typer.Argument(metavar="SHOW", help="The show: ten letters and digits")],
    to: Annotated[
        Optional[Path],  # noqa: UP045  typer reads Optional
        typer.Option(metavar="DIR", help="Where to put it; this folder by default"),
    ] = None,
    what: Annotated[str, typer.Option(help=", ".join(_KINDS))] = "archive",
    data: Data = None,
    json: Json = False,
) -> None:
    """Carry a show away: by default all of it, as a folder that is read without this program."""
    from vivavoce.card import SHOW_ID  # noqa: PLC0415
    from vivavoce.export.carry import carry_out  # noqa: PLC0415
    from vivavoce.export.orders import Kind, Order  # noqa: PLC0415

    if what not in _KINDS:
        raise UsageError("export_kind", f"{what} is no export: choose one of {', '.join(_KINDS)}.")
    folder = settings_of(data=data).folder
    if not SHOW_ID.fullmatch(show) or not (folder / "live" / show).is_dir():
        raise UsageError("show_unknown", f"There is no show {show[:40]!r} in {folder}.")
    target = (to or Path()).absolute()
    draft = target / f".vivavoce-{show}-{os.getpid()}"
    order = Order(
        kind=Kind(what),
        show=show,
        live=str(folder / "live" / show),
        record=str(folder / "record" / show),
        to=str(draft),
    )
    os.nice(10)
    try:
        draft.mkdir(parents=True)
        done = carry_out(order, _progress(quiet=json))
        made = [_place(draft / made.name, target) for made in done.files]
    except OSError as error:
        raise MachineError(
            "cannot_write", f"Cannot write to {target}: {error.strerror or type(error).__name__}."
        ) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    if json:
        say.as_json({"files": [str(path) for path in made], "notes": list(done.notes)})
    else:
        say.rows({"Made": ", ".join(map(str, made))}, below=" ".join(done.notes))


def _place(made: Path, target: Path) -> Path:
    """Move what came out to its place; what is there already stays, and a number is added."""
    number, place = 1, target / made.name
    while place.exists():
        number += 1
        place = target / f"{made.stem}-{number}{made.suffix}"
    made.rename(place)
    return place


def _progress(*, quiet: bool) -> Callable[[float, str], None]:
    last = [""]

    def tell(done: float, step: str) -> None:
        line = f"{step} {int(done * 10) * 10} %"
        if not quiet and line != last[0]:
            last[0] = line
            typer.echo(line, err=True)

    return tell
