"""The stage socket: one window's microphone and status; see docs/PROTOCOL.md."""

import re
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import anyio
from starlette.responses import JSONResponse
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from vivavoce.clock import Clock
from vivavoce.errors import PeerError, Problem
from vivavoce.stage.doors import admit, check_open
from vivavoce.stage.messages import (
    AnswerHand,
    Ask,
    Down,
    Error,
    Leave,
    LowerAll,
    Mute,
    Offer,
    Ping,
    Removed,
    Report,
    Restart,
    Trickle,
    WantProgramme,
    read,
    write,
)
from vivavoce.stage.ports import Gate
from vivavoce.stage.rate import Rate
from vivavoce.stage.seats import Seat
from vivavoce.stage.stage import Stage
from vivavoce.stage.stages import Stages
from vivavoce.webrtc.fragment import Fragment, checked

# Offers and mutes come by hand; 20 a second is a program gone wild.
MESSAGES_PER_S: Final = 20

# A page that reads takes one message a second. One that is this far behind is let go; it connects
# again, and status tells it all.
OUTBOX: Final = 64

_STATUS_S: Final = 1.0
# How long a window may go on whose link was replaced.
RECHECK_S: Final = 10.0
_POLICY, _BEHIND = 1008, 4408
_WINDOW: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")


class PageWindow:
    """A page's window for as long as one socket of it lives."""

    def __init__(self, name: str, seat: Seat) -> None:
        self.id = name
        self.seat = seat
        self.behind = anyio.Event()
        self._send, self.outbox = anyio.create_memory_object_stream[Down](OUTBOX)
        self._changed = anyio.Event()

    def tell(self, message: Down) -> None:
        """Queue a message; a window that does not read is let go."""
        try:
            self._send.send_nowait(message)
        except anyio.WouldBlock:
            self.behind.set()
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            pass  # the socket is gone, and who came after it is told

    def poke(self) -> None:
        """Have the status sent now."""
        self._changed.set()

    def close(self) -> None:
        """Take no more messages."""
        self._send.close()
        self.outbox.close()

    async def changed(self, within_s: float) -> None:
        """Wait for a poke, but not longer than ``within_s``."""
        with anyio.move_on_after(within_s):
            await self._changed.wait()
        self._changed = anyio.Event()


class Signalling:
    """Serves ``/api/shows/SHOW/stage``."""

    def __init__(self, stages: Stages, gate: Gate, clock: Clock) -> None:
        self._stages = stages
        self._gate = gate
        self._clock = clock

    def route(self) -> WebSocketRoute:
        """Return the route."""
        return WebSocketRoute("/api/shows/{show}/stage", self._serve)

    async def _serve(self, socket: WebSocket) -> None:
        show: str = socket.path_params["show"]
        try:
            seat = await admit(self._gate, self._stages, socket, show)
            stage = await self._stages.open(show)
            stage.check_room(seat)
        except Problem as problem:
            body = {"code": problem.code, "message": problem.message}
            await socket.send_denial_response(JSONResponse(body, problem.status))
            return
        asked = socket.query_params.get("window", "")
        name = asked if _WINDOW.fullmatch(asked) else secrets.token_urlsafe(12)
        window = PageWindow(name, seat)
        stage.attach(window)  # before anybody else's turn comes
        try:
            await socket.accept()
            await _Talk(self._stages, stage, self._gate, self._clock, socket, window).run()
        finally:
            stage.detach(window)
            window.close()


class _Talk:
    """One socket's conversation, until one side ends it."""

    def __init__(
        self,
        stages: Stages,
        stage: Stage,
        gate: Gate,
        clock: Clock,
        socket: WebSocket,
        window: PageWindow,
    ) -> None:
        self._stages = stages
        self._stage = stage
        self._lead = stages.leading(stage)
        self._gate = gate
        self._clock = clock
        self._socket = socket
        self._seat = window.seat
        self._window = window

    async def run(self) -> None:
        """Talk; the first of the four that is over says how the socket is closed."""
        code = 1000

        async def until_over(part: Callable[[], Awaitable[int]]) -> None:
            nonlocal code
            try:
                code = await part()
            except WebSocketDisconnect:
                if part != self._listen:
                    return  # the page is gone; what it said before is still read
            tasks.cancel_scope.cancel()

        async with anyio.create_task_group() as tasks:
            for part in (self._listen, self._write, self._tell_status, self._let_go):
                tasks.start_soon(until_over, part)
        if self._socket.client_state is WebSocketState.CONNECTED:
            # Who does not read will not read a goodbye either.
            with anyio.move_on_after(1), suppress(RuntimeError, WebSocketDisconnect):
                await self._socket.close(code)

    async def _listen(self) -> int:
        rate = Rate(MESSAGES_PER_S)
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return 1000
            if not rate.allows(self._clock.now()):
                await self._say(_WILD)
                return _POLICY
            try:
                await self._follow(message.get("text"))
            except Problem as problem:
                self._window.tell(Error(problem.code, problem.message))

    async def _follow(self, text: str | None) -> None:
        if text is None:
            raise PeerError("bad_message", "The stage socket speaks JSON text.")
        match read(text):
            case Offer(sdp, take, attempt):
                check_open(self._stages, self._seat.show)
                await self._stage.sit(self._seat, self._window, sdp, take=take, attempt=attempt)
            case Restart(sdp, attempt):
                await self._stage.restart(self._seat, self._window, sdp, attempt)
            case Trickle(candidates, complete):
                fragment = Fragment(candidates=checked(candidates), complete=complete)
                self._stage.trickle(self._seat, self._window, fragment)
            case Leave():
                await self._stage.rise(self._seat, self._window)
                await self._lead.leave(self._seat.id)
            case Mute(muted):
                self._stage.mute(self._seat, self._window, muted=muted)
            case WantProgramme(wanted):
                self._stage.want_programme(self._seat.id, wanted=wanted)
            case Report() as report:
                self._stage.report(self._seat.id, report)
            case Ping():
                self._window.poke()
            case command:
                await self._manage(command)

    async def _manage(self, message: Ask | AnswerHand | LowerAll) -> None:
        match message:
            case Ask(command, seat):
                await self._lead.ask(self._seat.id, command, seat)
            case AnswerHand(hand, command):
                await self._lead.answer_hand(self._seat.id, hand, command)
            case LowerAll():
                await self._lead.lower_all(self._seat.id)

    async def _write(self) -> int:
        async for message in self._window.outbox:
            await self._socket.send_text(write(message))
            if isinstance(message, Removed):
                return _POLICY
        return 1000

    async def _tell_status(self) -> int:
        checked = self._clock.now()
        while True:
            card = self._stages.card(self._seat.show)
            if card is None:
                return 1000  # the show was deleted
            self._window.tell(self._stages.status(card, self._seat, self._window))
            await self._window.changed(_STATUS_S)
            if self._clock.now() - checked >= RECHECK_S:
                checked = self._clock.now()
                if not await self._still_allowed():
                    return _POLICY

    async def _still_allowed(self) -> bool:
        """Take the seat from a window whose right to it has ended meanwhile."""
        try:
            await admit(self._gate, self._stages, self._socket, self._seat.show)
        except Problem as problem:
            await self._stage.rise(self._seat, self._window)
            await self._say(problem)
            return False
        return True

    async def _let_go(self) -> int:
        await self._window.behind.wait()
        return _BEHIND

    async def _say(self, problem: Problem) -> None:
        """Send an error past the queue, as the last thing."""
        await self._socket.send_text(write(Error(problem.code, problem.message)))


_WILD: Final = PeerError(
    "too_many_messages", "More than 20 messages in a second. Connect again, and more slowly."
)
