"""``show restore``: shows come back from the bucket into a data folder."""

from typing import TYPE_CHECKING, Annotated, Final, Optional

import typer

from vivavoce.cli import say
from vivavoce.cli.serve import Config, Data, Json, settings_of
from vivavoce.errors import MachineError, UsageError

if TYPE_CHECKING:
    from vivavoce.config import Settings
    from vivavoce.record.restoring import Restored

_WORDS: Final = {
    "sealed": "is here, as sealed",
    "altered": "is here, NOT as sealed",
    "unsealed": "is here; it was not finished when it was copied, the next start finishes it",
    "deleted": "was deleted",
    "there": "is here already and was left alone",
    "incomplete": "has no card in the bucket and was left out",
}


def restore(
    show: Annotated[
        Optional[list[str]],  # noqa: UP045  typer reads Optional
        typer.Argument(metavar="[SHOW]…", help="Those alone; without: all, and the database"),
    ] = None,
    config: Config = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Bring shows back from the bucket of the settings, and compare them with their seals.

    The server must not run; at its next start it knows them. What is in the data folder already is
    left alone. Exit codes: 0 all as sealed, 1 something is not, 2 it could not be done.
    """
    import anyio  # noqa: PLC0415

    from vivavoce.supervisor import folder  # noqa: PLC0415

    settings = settings_of(config, data=data)
    folder.check(settings.folder)
    lock = folder.try_lock(settings.folder)
    if lock is None:
        raise UsageError(
            "data_in_use", f"A server runs with the data folder {settings.folder}: stop it first."
        )
    with lock:
        found = anyio.run(_restore, settings, show or [], not json)
    if json:
        import msgspec  # noqa: PLC0415

        say.as_json(msgspec.to_builtins(found))
    if any(one.verdict in {"altered", "incomplete"} for one in found):
        raise typer.Exit(1)


async def _restore(settings: "Settings", shows: list[str], aloud: bool) -> "list[Restored]":
    from vivavoce.app.recording import bucket_of  # noqa: PLC0415
    from vivavoce.launch import COPY, DATABASE  # noqa: PLC0415
    from vivavoce.record import restoring  # noqa: PLC0415
    from vivavoce.store.rescue import from_copy  # noqa: PLC0415

    bucket = bucket_of(settings)
    if bucket is None:
        raise UsageError("bucket_unnamed", "The settings name no bucket: see [storage] bucket.")
    file, copy = settings.folder / DATABASE, settings.folder / COPY
    if not shows and not file.exists() and COPY in await bucket.sizes(COPY.partition("/")[0]):
        copy.parent.mkdir(exist_ok=True)
        copy.unlink(missing_ok=True)
        await bucket.fetch(COPY, copy)
        copy.chmod(0o600)
        if not from_copy(file, copy):
            raise MachineError("database_unreadable", "The bucket's copy of it is damaged.")
    return await restoring.restore(bucket, settings.folder, shows, _tell if aloud else _quiet)


def _tell(one: "Restored") -> None:
    from vivavoce.cli.storage import size  # noqa: PLC0415

    amount = f", {one.files} files, {size(one.bytes)}" if one.bytes else ""
    rows = {one.show: f"{_WORDS[one.verdict]}{amount}  {one.title}"}
    say.rows(rows, below="\n".join(one.findings))


def _quiet(_: "Restored") -> None:
    pass
