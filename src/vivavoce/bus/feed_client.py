"""An edge's end of the feed: follows a studio for ever, and reports who listens."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NoReturn

import anyio
import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

from vivavoce.backoff import Backoff
from vivavoce.bus.messages import FEED_VERSION, Down, Hello, Report, read_down
from vivavoce.bus.tally import LOOK_EVERY_S, Sayings
from vivavoce.clock import Clock

_log = logging.getLogger(__name__)

# The studio on the same machine is back within a second; its edges should not all ask at once.
_FIRST_S: Final = 0.2
_CAP_S: Final = 2.0
_SETTLED_S: Final = 5.0
# Six recent parts of every codec of a show are 30 KB; a message is one part. Far above both.
_MESSAGE_LIMIT: Final = 1024 * 1024
# A studio whose machine vanished without a word is noticed within twice the one and the other.
# While a show is live its sound says that it is there, and no pings have to be answered.
_QUIET_S: Final = 2.5
_PONG_WITHIN_S: Final = 5.0


async def follow(
    url: str,
    token: str | None,
    handle: Callable[[Down], None],
    here: Callable[[bool], None],
    report: Callable[[], Report],
    clock: Clock,
) -> NoReturn:
    """Follow the feed at ``url`` (``ws://…/feed``), connecting again whenever it is lost.

    ``handle`` gets every message; ``here`` is told True after a studio's hello and False when it is
    lost; ``report`` is asked once a second while connected, and sent if due. Never returns;
    ends by cancellation.
    """
    backoff = Backoff(first_s=_FIRST_S, cap_s=_CAP_S, settled_s=_SETTLED_S)
    while True:
        backoff.started(clock.now())
        try:
            await _follow_once(url, token, handle, here, report, clock)
        except _LOST as error:
            why = type(error).__name__
        else:
            why = "closed"
        here(False)
        wait_s = backoff.next(clock.now())
        _log.info("the studio is not there", extra={"why": why, "again_in_s": round(wait_s, 2)})
        await anyio.sleep(wait_s)


_LOST: Final = (OSError, TimeoutError, ConnectionClosed, InvalidHandshake, InvalidMessage)


async def _follow_once(
    url: str,
    token: str | None,
    handle: Callable[[Down], None],
    here: Callable[[bool], None],
    report: Callable[[], Report],
    clock: Clock,
) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    link = connect(
        url,
        additional_headers=headers,
        compression=None,  # sound does not shrink
        proxy=None,  # the feed is our own; an HTTP proxy in the environment is not meant for it
        open_timeout=5,
        close_timeout=1,
        ping_interval=None,  # by ourselves, when nothing is heard
        max_size=_MESSAGE_LIMIT,
    )
    async with link as socket, anyio.create_task_group() as tasks:
        sayings, heard = Sayings(), _Heard()
        tasks.start_soon(_report, socket, report, clock, sayings)
        tasks.start_soon(_ask, socket, heard)
        await _receive(socket, handle, here, sayings, heard)
        tasks.cancel_scope.cancel()


@dataclass(slots=True)
class _Heard:
    """Whether anything came since this was looked at last."""

    anything: bool = True


async def _receive(
    socket: ClientConnection,
    handle: Callable[[Down], None],
    here: Callable[[bool], None],
    sayings: Sayings,
    heard: _Heard,
) -> None:
    while True:
        try:
            data = await socket.recv(decode=False)
        except ConnectionClosed:
            return
        heard.anything = True
        message = read_down(data)
        if message is None:
            _log.warning("the studio said something unknown", extra={"bytes": len(data)})
            continue
        handle(message)
        if isinstance(message, Hello):
            if message.version != FEED_VERSION:
                _log.warning("the studio speaks another version", extra={"it": message.version})
            sayings.silence_s = message.silence_s
            here(True)


async def _ask(socket: ClientConnection, heard: _Heard) -> None:
    """End the connection when nothing comes, not even an answer."""
    while True:
        heard.anything = False
        await anyio.sleep(_QUIET_S)
        if heard.anything:
            continue
        try:
            with anyio.move_on_after(_PONG_WITHIN_S) as waiting:
                await (await socket.ping())
        except ConnectionClosed:
            return  # the receiving end says so too
        if waiting.cancelled_caught and not heard.anything:
            socket.transport.abort()
            return


async def _report(
    socket: ClientConnection, report: Callable[[], Report], clock: Clock, sayings: Sayings
) -> None:
    encoder = msgspec.msgpack.Encoder()
    while True:
        counts = report()
        if sayings.due(counts, clock.now()):
            try:
                await socket.send(encoder.encode(counts))
            except ConnectionClosed:
                return  # the receiving end says so too, and ends the block
        await anyio.sleep(LOOK_EVERY_S)
