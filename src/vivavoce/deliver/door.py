"""What all connections of an edge share: the desk, the fan-out, patience, the limit."""

import asyncio
from collections.abc import Callable, Sequence
from email.utils import format_datetime
from typing import Final, Protocol

from vivavoce.bus.relay import Relay
from vivavoce.clock import Clock
from vivavoce.deliver.answers import Answers
from vivavoce.deliver.cache import NotInMemory
from vivavoce.deliver.desk import Desk
from vivavoce.deliver.disk import Disk
from vivavoce.deliver.fanout import Fanout
from vivavoce.deliver.held import Hold, Line, Place
from vivavoce.deliver.http import Request, Response, Rest
from vivavoce.deliver.patience import Patience, Wait
from vivavoce.deliver.push import Listen
from vivavoce.deliver.totals import Totals
from vivavoce.errors import PeerError, Problem

# A clip needs its card, its playlist, two lists and itself; some more, should any be evicted.
_READS_LIMIT: Final = 8

# Answers given in one go to those who waited: about 4 ms, then others have their turn.
_SLICE: Final = 256


class Peer(Protocol):
    """A connection, as the door sees it."""

    def answer(self, request: Request, answer: Response | Listen | Problem) -> None:
        """Send the answer to ``request``; nothing happens if the peer has left."""

    def piece(self, data: bytes | None) -> None:
        """Send the next piece of a file; None if it is gone."""

    def late(self, wait: Wait) -> None:
        """Close the connection: it kept us waiting too long."""

    def abort(self) -> None:
        """Close the connection at once."""


class Door:
    """The public port of one edge, without its sockets."""

    def __init__(  # noqa: PLR0913  the parts of the port, each once
        self,
        desk: Desk,
        disk: Disk,
        fanout: Fanout,
        clock: Clock,
        totals: Totals,
        *,
        relay: Relay,
        limit: int,
        start: Callable[..., object],
    ) -> None:
        self.desk = desk
        self.relay = relay
        self.fanout = fanout
        self.totals = totals
        self.low = desk.hls.low
        self.proxies = desk.proxies
        self.answers = Answers()
        self.now = clock.now
        self.date = ""
        """The ``Date`` field, renewed by ``tick``."""
        self._disk = disk
        self._clock = clock
        self._limit = limit
        self._start = start
        self._peers: dict[Peer, None] = {}
        self._patience: Patience[Peer] = Patience()
        self._line: Line[Peer] = Line()
        self._asked: dict[Peer, tuple[Request, str]] = {}
        self.tick()

    @property
    def peers(self) -> int:
        """Connections that are open now."""
        return len(self._peers) + self.fanout.bare

    @property
    def room(self) -> bool:
        """Whether the limit is not reached."""
        return self.peers < self._limit

    def has_room_beside(self, shaking: int) -> bool:
        """Whether the limit is not reached, with so many who shake hands still."""
        return self.peers + shaking < self._limit

    def admit(self) -> None:
        """Count a peer who became a listener without being a connection first."""
        self.totals.connections_accepted += 1
        self.totals.answered(200)

    @property
    def held(self) -> int:
        """Requests that wait for a part now."""
        return len(self._line)

    def enter(self, peer: Peer) -> bool:
        """Let a peer in; False if the limit is reached."""
        if not self.room:
            self.totals.connections_refused += 1
            return False
        self._peers[peer] = None
        self.totals.connections_accepted += 1
        return True

    def leave(self, peer: Peer) -> None:
        """Forget a peer whose connection is lost."""
        self._peers.pop(peer, None)
        self._patience.end(peer)
        self._unhold(peer)

    def wait(self, peer: Peer, wait: Wait) -> None:
        """Wait for the peer from now on, but not for ever."""
        self._patience.begin(peer, wait, now=self.now())

    def waiting(self, peer: Peer) -> Wait | None:
        """Return what the peer is waited for."""
        return self._patience.waiting(peer)

    def waits_no_more(self, peer: Peer) -> None:
        """Stop waiting: it is our turn."""
        self._patience.end(peer)

    def tick(self) -> None:
        """Renew the date, close who is late, try again with who is behind, hear who follows."""
        self.date = format_datetime(self._clock.wall(), usegmt=True)
        for peer, wait in self._patience.expired(now=self.now()):
            self.totals.peers_timed_out += 1
            peer.late(wait)
        self.fanout.tick()
        self.relay.tick()
        self._tick_held()

    def close(self) -> None:
        """Let go of everybody."""
        for peer in list(self._peers):
            peer.abort()
        self.fanout.close()
        self.relay.lost()

    def read(self, peer: Peer, request: Request, address: str, wish: NotInMemory) -> None:
        """Begin to read what an answer lacks; at most one such task a connection."""
        self._start(self._read_and_answer, peer, request, address, wish)

    def read_piece(self, peer: Peer, piece: Rest) -> None:
        """Read what comes next of a file that is not in memory, and hand it to ``peer``."""
        self._start(self._read_piece, peer, piece)

    def hold(self, peer: Peer, request: Request, address: str, hold: Hold) -> None:
        """Let a request wait for what ``hold`` says; refused if too many wait."""
        if not self._line.join(peer, hold, now=self.now()):
            self.totals.requests_held_refused += 1
            peer.answer(request, _busy())
            return
        self.totals.requests_held += 1
        self._asked[peer] = (request, address)

    def release(self, place: Place) -> None:
        """Answer all who waited at ``place`` for what is there now."""
        position = self.low.position(place)
        if position is not None:
            self._answer_held(self._line.due(place, position))

    def give_up(self, place: Place) -> None:
        """Look again for all who wait at ``place``: nothing more comes there."""
        for peer, _ in self._line.due(place, None):
            self._again(peer)

    def _tick_held(self) -> None:
        for peer in self._line.expired(now=self.now()):
            self.totals.requests_held_late += 1
            request, _ = self._asked.pop(peer)
            peer.answer(request, _busy())
        for place in self._line.places:
            # A part is missing, and the disk will say what became of it. One looks for all.
            if self.low.waits(place) and (found := self._line.one(place)) is not None:
                self._again(found[0])
            self.release(place)

    def _answer_held(self, waiting: Sequence[tuple[Peer, Hold]], start: int = 0) -> None:
        last, answer = None, None
        for peer, hold in waiting[start : start + _SLICE]:
            asked = self._asked.pop(peer, None)
            if asked is None:
                continue  # has left
            if hold is not last:  # those who asked alike stand together
                last, answer = hold, self.desk.hls.fulfil(hold)
            peer.answer(asked[0], answer if answer is not None else _busy())
        if start + _SLICE < len(waiting):
            loop = asyncio.get_running_loop()
            loop.call_soon(self._answer_held, waiting, start + _SLICE)

    def _again(self, peer: Peer) -> None:
        asked = self._asked.pop(peer, None)
        if asked is not None:
            self._start(self._read_and_answer, peer, *asked, None)

    def _unhold(self, peer: Peer) -> None:
        self._line.leave(peer)
        self._asked.pop(peer, None)

    async def _read_piece(self, peer: Peer, piece: Rest) -> None:
        peer.piece(await self._disk.piece(piece))

    async def _read_and_answer(
        self, peer: Peer, request: Request, address: str, wish: NotInMemory | None
    ) -> None:
        asked = self.now()
        answer: Response | Listen | Hold | Problem = _busy()
        try:
            for _ in range(_READS_LIMIT):
                if wish is not None:
                    await self._disk.load(wish.name)
                try:
                    answer = self.desk.answer(request, address, asked=asked)
                    break
                except NotInMemory as next_wish:
                    wish = next_wish
        except PeerError as problem:
            answer = problem
        if isinstance(answer, Hold):
            self.hold(peer, request, address, answer)
        else:
            peer.answer(request, answer)


def _busy() -> PeerError:
    return PeerError("busy", "This server is busy. Try again in a second.", status=503)
