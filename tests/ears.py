"""An endpoint whose peers are listened to: each frame of theirs goes into a sink, tick by tick."""

from typing import Protocol, Self

import anyio

from vivavoce.clock import SystemClock
from vivavoce.media import Frame
from vivavoce.mix.opus import Decoder
from vivavoce.mix.schedule import TICK_S, Schedule
from vivavoce.mix.voice import Voice
from vivavoce.units import FRAME_SAMPLES, Samples
from vivavoce.webrtc.endpoint import OnState, PeerState
from vivavoce.webrtc.udp_endpoint import UdpConnection, UdpEndpoint

HOST = "127.0.0.1"


class Sink(Protocol):
    """Takes one peer's frames; ``time`` counts them from the connection on."""

    def push(self, time: Samples, frame: Frame) -> None: ...


class HearingEndpoint(UdpEndpoint):
    """On loopback by default."""

    def __init__(self, *hosts: str, port: int = 0, announced: tuple[str, ...] = ()) -> None:
        super().__init__(
            SystemClock(),
            lambda: Voice(Decoder()),
            hosts=hosts or (HOST,),
            port=port,
            announced=announced,
        )
        self._sinks: list[tuple[UdpConnection, Sink, list[int]]] = []

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self._tasks.start_soon(self._hear)
        return self

    async def listen(
        self, offer_sdp: str, sink: Sink, on_state: OnState, *, returns: bool = False
    ) -> UdpConnection:
        """Answer, and hear the peer while it is connected."""
        connection = await self.answer(offer_sdp, on_state, returns=returns)
        self._sinks.append((connection, sink, [0]))
        return connection

    async def _hear(self) -> None:
        schedule = Schedule(self.clock.now())
        while True:
            at = schedule.next_at()
            self.gather()
            for n in range(schedule.due(self.clock.now())):
                for connection, sink, time in self._sinks:
                    if connection.peer.state is PeerState.CONNECTED:
                        sink.push(Samples(time[0]), connection.frame(at + n * TICK_S))
                        time[0] += FRAME_SAMPLES
            await anyio.sleep(max(0.0, schedule.next_at() - self.clock.now()))
