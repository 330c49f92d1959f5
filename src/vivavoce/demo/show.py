"""``vivavoce demo``: a server, a show announced for a moment from now, two voices, the replay.

Everything goes through the doors that people use: the API makes the show and its seats, the voices
are WebRTC peers that come in by WHIP.
"""

import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

import anyio
import anyio.to_thread

from vivavoce.clock import Clock, unix_ms
from vivavoce.demo.server import running_server
from vivavoce.demo.talk import Cue, Line
from vivavoce.demo.voices import VOICES, load
from vivavoce.testing.speaker import Speaker

LEAD_S: Final = 10.0
"""Time to open the link before the show begins."""

# From a microphone to the last part on disk: playout buffer, encoder, and a part of 320 ms.
_TAIL_S: Final = 1.0

TITLE: Final = "Two voices, one show"
DESCRIPTION: Final = "Vera asks, Otto answers. A recorded conversation, live through the real door."

Tell = Callable[[str, Mapping[str, Any]], None]
"""Hears what happens: planned, live, ended; with the show as the API tells it."""


class Api(Protocol):
    """The studio's API of a running server; blocking."""

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Send a request and return the answer, or raise a ``Problem``."""


async def run(
    flags: Mapping[str, object],
    data: Path | None,
    connect: Callable[[Path], Api],
    clock: Clock,
    tell: Tell,
    *,
    once: bool = False,
    lead_s: float = LEAD_S,
) -> None:
    """Give the show, then keep the server running until SIGINT or SIGTERM; ``once`` stops then.

    ``flags`` are the server's; ``connect`` finds its API by the data folder; no folder is a
    temporary one.
    """
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_stop_on_signal, tasks.cancel_scope)
        with _folder(data) as folder:
            async with running_server(folder, flags) as server:
                await give(connect(folder), clock, partial(_with_owner, tell, server), lead_s)
                if not once:
                    await anyio.sleep_forever()
        tasks.cancel_scope.cancel()


async def give(api: Api, clock: Clock, tell: Tell, lead_s: float) -> None:
    """Make a show on a running server, speak it, end it."""
    begins = unix_ms(clock.wall()) + int(lead_s * 1000)
    at = anyio.current_time() + lead_s
    plan = {"title": TITLE, "description": DESCRIPTION, "language": "en", "starts_ms": begins}
    show = await _ask(api, "/api/shows", plan)
    address = f"/api/shows/{show['show']}"
    tell("planned", show)
    await anyio.sleep_until(at)
    tell("live", await _ask(api, f"{address}/start"))
    await _speak(api, address)
    tell("ended", await _ask(api, f"{address}/end"))


async def _speak(api: Api, address: str) -> None:
    cue = Cue()
    ends = [anyio.Event() for _ in VOICES]
    async with AsyncExitStack() as stack:
        for voice, end in zip(VOICES, ends, strict=True):
            seat = await _ask(api, f"{address}/seats", {"name": voice.name, "role": "speaker"})
            line = Line(load(voice), cue, end.set)
            speaker = await stack.enter_async_context(Speaker(line))
            await speaker.whip(seat["whip_url"], seat["whip_token"])
        cue.given = True
        for end in ends:
            await end.wait()
        await anyio.sleep(_TAIL_S)


async def _ask(api: Api, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    answer: dict[str, Any] = await anyio.to_thread.run_sync(api.ask, "POST", path, body)
    return answer


def _with_owner(tell: Tell, server: Mapping[str, Any], what: str, show: Mapping[str, Any]) -> None:
    tell(what, {**show, "owner_url": server["owner_url"]} if what == "planned" else show)


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is not None:
        yield data
        return
    with tempfile.TemporaryDirectory(prefix="vivavoce-demo-") as folder:
        yield Path(folder)


async def _stop_on_signal(scope: anyio.CancelScope) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            scope.cancel()
