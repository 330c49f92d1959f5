"""A raised hand's socket: where it is in the queue, and what becomes of it; docs/PROTOCOL.md."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, Literal

import anyio
import msgspec
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from vivavoce.clock import Clock
from vivavoce.errors import UNREADABLE
from vivavoce.people import keys
from vivavoce.stage.hands import Hand, HandState
from vivavoce.stage.rate import Rate
from vivavoce.stage.stage import Stage
from vivavoce.stage.stages import Stages

# One lowers one's hand once.
_MESSAGES_PER_S: Final = 5
_LONGEST: Final = 1_024
# Of one hand: a page, and the sockets that it had before a change of network.
_PAGES: Final = 4
_POLICY: Final = 1008

# A queue of hundreds moves for everybody with each hand: half a second takes many moves in one.
_PAUSE_S: Final = 0.5


class HandIs(msgspec.Struct, tag="hand", frozen=True, kw_only=True):
    """Down: what became of a hand; while it waits, its place, from 1."""

    state: Literal["waiting", "accepted", "declined", "lowered"]
    place: int
    of: int
    seat: str | None
    """Once accepted: the seat that the hand's token opens now."""


class Lower(msgspec.Struct, tag="lower", frozen=True):
    """Up: lower one's hand."""


def lowers(text: str | bytes) -> bool:
    """Whether a message says to lower the hand; there is nothing else to say."""
    try:
        msgspec.json.decode(text, type=Lower)
    except UNREADABLE:
        return False
    return True


class HandSocket:
    """Serves ``/api/shows/SHOW/hand?token=``. ``welcome`` knows the pages that may ask."""

    def __init__(
        self, stages: Stages, clock: Clock, welcome: Callable[[HTTPConnection], bool]
    ) -> None:
        self._stages = stages
        self._clock = clock
        self._welcome = welcome

    def route(self) -> WebSocketRoute:
        """Return the route."""
        return WebSocketRoute("/api/shows/{show}/hand", self._serve)

    async def _serve(self, socket: WebSocket) -> None:
        found = await self._find(socket)
        if found is None:
            words = "This hand is not up. Raise it again."
            body = {"code": "hand_unknown", "message": words}
            await socket.send_denial_response(JSONResponse(body, 403))
            return
        stage, hand = found
        if hand.pages >= _PAGES:
            words = "Your hand is up in too many windows. Close some of them."
            body = {"code": "too_many_windows", "message": words}
            await socket.send_denial_response(JSONResponse(body, 429))
            return
        page = _Page(self._clock, socket, stage, hand)
        stage.pages.append(page)
        stage.hands.open(hand)
        try:
            await socket.accept()
            await page.run()
        finally:
            stage.hands.close(hand, self._clock.now())
            stage.pages.remove(page)

    async def _find(self, socket: WebSocket) -> tuple[Stage, Hand] | None:
        show, token = socket.path_params["show"], socket.query_params.get("token", "")
        known = self._stages.card(show) is not None and self._welcome(socket)
        if not known or not token or len(token) > keys.LONGEST_KEY:
            return None
        stage = await self._stages.open(show)
        hand = stage.hands.of_token(keys.digest(token))
        return None if hand is None else (stage, hand)


class _Page:
    """One socket, until one side ends it or the hand is settled."""

    def __init__(self, clock: Clock, socket: WebSocket, stage: Stage, hand: Hand) -> None:
        self._clock = clock
        self._socket = socket
        self._stage = stage
        self._hand = hand
        self._changed = anyio.Event()

    def poke(self) -> None:
        """Have the hand told again."""
        self._changed.set()

    async def run(self) -> None:
        """Talk."""
        code = 1000

        async def until_over(part: Callable[[], Awaitable[int]]) -> None:
            nonlocal code
            with suppress(WebSocketDisconnect):
                code = await part()
            tasks.cancel_scope.cancel()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(until_over, self._tell)
            tasks.start_soon(until_over, self._listen)
        if self._socket.client_state is WebSocketState.CONNECTED:
            with anyio.move_on_after(1), suppress(RuntimeError, WebSocketDisconnect):
                await self._socket.close(code)

    async def _tell(self) -> int:
        while True:
            self._changed = anyio.Event()
            hand = self._hand
            await self._socket.send_text(msgspec.json.encode(self._news()).decode())
            if hand.state is not HandState.WAITING:
                return 1000
            await self._changed.wait()
            await anyio.sleep(_PAUSE_S)

    def _news(self) -> HandIs:
        hands = self._stage.hands
        return HandIs(
            state=self._hand.state.value,
            place=hands.place(self._hand),
            of=len(hands.waiting()),
            seat=self._hand.seat,
        )

    async def _listen(self) -> int:
        rate = Rate(_MESSAGES_PER_S)
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return 1000
            text = message.get("text") or ""
            if not rate.allows(self._clock.now()) or len(text) > _LONGEST:
                return _POLICY
            if not lowers(text):
                return _POLICY
            if self._hand.state is HandState.WAITING:
                hands, now = self._stage.hands, self._clock.now()
                hands.settle(self._hand.id, HandState.LOWERED, now)
                self._stage.tell_hands()
