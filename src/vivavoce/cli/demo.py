"""``vivavoce demo``: a whole show by itself."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from vivavoce.cli import say
from vivavoce.cli.serve import Host, Json, Port, StudioPort

DemoData = Annotated[
    Optional[Path],  # noqa: UP045  typer reads Optional
    typer.Option("--data", help="The data folder [default: a temporary one]"),
]


def add_to(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(demo)


def demo(
    host: Host = None,
    port: Port = None,
    studio_port: StudioPort = None,
    data: DemoData = None,
    starts_in: Annotated[float, typer.Option(help="Seconds until the show begins")] = 10.0,
    once: Annotated[bool, typer.Option("--once", help="Stop when the show has ended")] = False,
    json: Json = False,
) -> None:
    """Run a server and a whole show by itself, with two recorded voices; Ctrl-C stops it."""
    import anyio  # noqa: PLC0415

    from vivavoce.cli.remote import Remote  # noqa: PLC0415
    from vivavoce.clock import SystemClock  # noqa: PLC0415
    from vivavoce.demo import show  # noqa: PLC0415

    def tell(what: str, shown: Mapping[str, Any]) -> None:
        if json:
            say.as_json({"event": what, **shown})
        else:
            _tell(what, shown, starts_in, once=once)

    flags = {"host": host, "port": port, "studio-port": studio_port}

    async def whole() -> None:
        clock = SystemClock()
        await show.run(flags, data, Remote, clock, tell, once=once, lead_s=starts_in)

    anyio.run(whole)


def _tell(what: str, show: Mapping[str, Any], starts_in: float, *, once: bool) -> None:
    if what == "planned":
        say.rows(
            {"Listen": show["listen_url"], "Owner's link": show["owner_url"]},
            title=f"Open the listen link: the show begins in {starts_in:.0f} seconds.",
        )
    elif what == "live":
        say.rows({}, below="On air: Vera and Otto talk for half a minute.")
    else:
        stays = "" if once else " Ctrl-C stops the demo."
        say.rows({}, below=f"The show is over. The same link now plays it again.{stays}")
