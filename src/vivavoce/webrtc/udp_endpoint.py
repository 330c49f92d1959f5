"""Our own WebRTC end: all peers on one UDP port, behind ``vivavoce.webrtc.endpoint.Endpoint``.

The shell: sockets, the table that says whose a datagram is, and what falls due with time.
Everything that judges a datagram is in ``udp_peer`` and below; the voice is taken by whoever mixes.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

import anyio
from anyio.abc import TaskGroup

from vivavoce.clock import Clock
from vivavoce.errors import PeerError
from vivavoce.media import SILENCE, Frame, Packet, Played
from vivavoce.webrtc import demux, stun
from vivavoce.webrtc.dtls import Identity
from vivavoce.webrtc.endpoint import OnState, PeerState
from vivavoce.webrtc.fragment import Fragment
from vivavoce.webrtc.ice import Credentials, ufrag_of
from vivavoce.webrtc.local import local_addresses
from vivavoce.webrtc.offer import parse_offer
from vivavoce.webrtc.quality import Quality
from vivavoce.webrtc.stun import Address
from vivavoce.webrtc.udp_peer import Counts, UdpPeer
from vivavoce.webrtc.udp_socket import Arrival, Port, bind_all
from vivavoce.webrtc.voice import NewVoice

logger = logging.getLogger(__name__)

# Reports are due each second, retransmissions after one: a tenth of it is near enough.
LOOK_S: Final = 0.1
MAX_PEERS: Final = 500
_RTP: Final = demux.Kind.RTP  # nearly all that comes
HELD_S: Final = 10.0  # an address that its peer still checks is nobody else's


@dataclass(slots=True)
class EndpointCounts:
    """Datagrams that reached no peer, by why."""

    unknown: int = 0
    """No protocol of ours."""
    strangers: int = 0
    """DTLS or media from an address that no check admitted; checks for nobody."""
    contested: int = 0
    """Authentic checks from an address that another peer holds."""
    failed: int = 0
    """Datagrams on which we failed ourselves; each ends its peer."""


@dataclass(slots=True)
class _Route:
    """Whose an address is, and the way back to it."""

    seat: "UdpConnection"
    arrival: Arrival


class UdpConnection:
    """``vivavoce.webrtc.endpoint.Peer``: one peer on the endpoint's port."""

    def __init__(self, endpoint: "UdpEndpoint", peer: UdpPeer) -> None:
        self.peer = peer
        self.ufrags: tuple[str, ...] = ()
        """Under which the endpoint finds it."""
        self._endpoint = endpoint

    @property
    def sdp(self) -> str:
        """The latest answer."""
        return self.peer.sdp

    def close(self) -> None:
        """End the connection; see ``vivavoce.webrtc.endpoint.Peer``."""
        self._endpoint.send(self, self.peer.close())
        self._endpoint.forget(self)

    def restart(self, offer_sdp: str) -> str:
        """Answer a later offer of the same peer; see ``vivavoce.webrtc.endpoint.Peer``."""
        self.peer.addresses = self._endpoint.addresses()
        self.peer.restart(parse_offer(offer_sdp))
        self._endpoint.admit(self)
        return self.peer.sdp

    def trickle(self, fragment: Fragment) -> str | None:
        """Take candidates or an ICE restart; see ``vivavoce.webrtc.endpoint.Peer``."""
        self.peer.addresses = self._endpoint.addresses()
        answer = self.peer.trickle(fragment)
        self._endpoint.admit(self)
        return answer

    def send(self, packet: Packet) -> bool:
        """Send Opus to the peer; whether it left. Never waits."""
        datagram = self.peer.send(packet, self._endpoint.clock.now())
        arrival = None if datagram is None else self._endpoint.way_to(self)
        if datagram is None or arrival is None:
            return False
        arrival.port.send(datagram, arrival.source)
        return True

    @property
    def heard_at(self) -> float | None:
        """See ``vivavoce.webrtc.endpoint.Peer``."""
        return self.peer.media_at

    def frame(self, now: float) -> Frame:
        """Return the next 20 ms; a bug of ours here costs this peer, nobody else."""
        peer = self.peer
        try:
            return SILENCE if peer.media_at is None else peer.voice.tick(now)
        except Exception:
            logger.exception("a peer failed")
            self._endpoint.fail(self)
            return SILENCE

    def played(self) -> tuple[Played, ...]:
        """Return the pieces that began in the newest frame."""
        return self.peer.voice.played

    def quality(self) -> Quality:
        """See ``vivavoce.webrtc.endpoint.Peer``."""
        return self.peer.quality()


class UdpEndpoint:
    """``vivavoce.webrtc.endpoint.Endpoint`` on one UDP port; an async context.

    ``new_voice`` makes what turns a peer's packets into frames. ``hosts`` are the local addresses
    to bind, by default those that ``local_addresses`` finds; ``announced`` those that answers tell
    (a public address behind NAT 1:1), by default the bound ones. ``port`` 0 takes any free one.
    """

    def __init__(
        self,
        clock: Clock,
        new_voice: NewVoice,
        *,
        port: int = 0,
        hosts: Sequence[str] = (),
        announced: Sequence[str] = (),
        probe: Credentials | None = None,
    ) -> None:
        self.clock = clock
        self._probe = probe
        self._new_voice = new_voice
        self.counts = EndpointCounts()
        self._gone = Counts()
        self.port = port
        self._hosts = hosts or local_addresses()
        self._announced = announced
        self._ports: list[Port] = []
        self._routes: dict[Address, _Route] = {}
        self._ufrags: dict[str, UdpConnection] = {}
        self._peers: set[UdpConnection] = set()
        self._some = anyio.Event()
        self._identity = Identity(clock.wall())
        self._tasks: TaskGroup

    async def __aenter__(self) -> Self:
        sockets, self.port = bind_all(self._hosts, self.port)
        self._ports = [Port(sock, self.receive, self.clock) for sock in sockets]
        self._tasks = await anyio.create_task_group().__aenter__()
        self._tasks.start_soon(self._run)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        for connection in list(self._peers):
            connection.close()
        self._tasks.cancel_scope.cancel()
        try:
            return await self._tasks.__aexit__(kind, error, trace)
        finally:
            for port in self._ports:
                port.close()

    async def answer(
        self, offer_sdp: str, on_state: OnState, *, returns: bool = True
    ) -> UdpConnection:
        """Answer one offer; see ``Endpoint``. ``returns``: we will ``send`` to this peer."""
        offer = parse_offer(offer_sdp)
        if len(self._peers) >= MAX_PEERS:
            raise PeerError("server_full", "This server has no free seat. Try again.", status=503)
        peer = UdpPeer(
            identity=self._identity,
            offer=offer,
            addresses=self.addresses(),
            new_voice=self._new_voice,
            on_state=on_state,
            began=self.clock.now(),
            returns=returns,
        )
        connection = UdpConnection(self, peer)
        self._peers.add(connection)
        self.admit(connection)
        self._some.set()
        on_state(PeerState.CONNECTING, None)
        return connection

    def admit(self, connection: UdpConnection) -> None:
        """Let checks find the peer by its present user fragments, and by no earlier ones."""
        present = connection.peer.ice.ufrags
        for ufrag in connection.ufrags:
            if ufrag not in present:
                self._ufrags.pop(ufrag, None)
        connection.ufrags = present
        self._ufrags.update(dict.fromkeys(present, connection))

    def addresses(self) -> tuple[Address, ...]:
        """Return where the port is reached, best first."""
        return tuple((host, self.port) for host in self._announced or self._hosts)

    def thrown_away(self) -> Counts:
        """Return what was thrown away of all peers so far, those that are gone included."""
        total = Counts()
        for counts in (self._gone, *(connection.peer.counts for connection in self._peers)):
            total.add(counts)
        return total

    def sizes(self) -> tuple[int, int, int]:
        """Return how many peers, user fragments and addresses are held; for metrics."""
        return len(self._peers), len(self._ufrags), len(self._routes)

    def forget(self, connection: UdpConnection) -> None:
        """Drop a peer that has ended from all tables."""
        if connection in self._peers:
            self._peers.remove(connection)
            self._gone.add(connection.peer.counts)
        self._ufrags = {u: c for u, c in self._ufrags.items() if c is not connection}
        self._routes = {a: r for a, r in self._routes.items() if r.seat is not connection}

    def send(self, connection: UdpConnection, datagrams: Iterable[bytes]) -> bool:
        """Send to where the peer wants it; whether there is such a place."""
        arrival = self.way_to(connection)
        if arrival is None:
            return False
        for datagram in datagrams:
            arrival.reply(datagram)
        return True

    def way_to(self, connection: UdpConnection) -> Arrival | None:
        """Return where the peer wants to be sent to, if there is such a place."""
        selected = connection.peer.ice.selected
        route = None if selected is None else self._routes.get(selected)
        return None if route is None else route.arrival

    def gather(self) -> None:
        """See ``vivavoce.webrtc.endpoint.Endpoint``."""
        for port in self._ports:
            port.gather()

    @property
    def unsent(self) -> int:
        """Datagrams that the system did not take."""
        return sum(port.unsent for port in self._ports)

    def receive(self, data: bytes, arrival: Arrival, at: float) -> None:
        """Take one datagram of anybody, which came at ``at``.

        Never raises: what goes wrong ends one peer at most.
        """
        kind = demux.kind_of(data)
        if kind is not _RTP:
            if kind is demux.Kind.UNKNOWN:
                self.counts.unknown += 1
                return
            if kind is demux.Kind.STUN:
                self._check(data, arrival, at)
                return
        route = self._routes.get(arrival.address)
        if route is None:
            self.counts.strangers += 1
            return
        seat = route.seat
        try:
            if kind is _RTP:
                seat.peer.media(data, at)
            elif kind is demux.Kind.RTCP:
                seat.peer.control(data, at)
            else:
                self.send(seat, seat.peer.handshake(data, at))
        except Exception:
            logger.exception("a peer failed")
            self.fail(seat)
        if not seat.peer.live:
            self.forget(seat)

    def _check(self, data: bytes, arrival: Arrival, now: float) -> None:
        message = stun.parse(data)
        ufrag = None if message is None else ufrag_of(message)
        seat = None if ufrag is None else self._ufrags.get(ufrag)
        if message is not None and seat is None and self._is_probe(message, ufrag):
            arrival.reply(stun.success(message, arrival.address, self._probe_password))
            return
        if message is None or seat is None:
            self.counts.strangers += 1  # no answer: the port is not to be found by probing
            return
        route = self._routes.get(arrival.address)
        if route is not None and route.seat is not seat and _holds(route.seat, arrival, now):
            self.counts.contested += 1
            return
        checked = seat.peer.check(message, arrival.address, now)
        if checked is None:
            return
        if checked.good:
            self._routes[arrival.address] = _Route(seat, arrival)
        for address in checked.forgotten:
            self._routes.pop(address, None)
        arrival.reply(checked.reply)

    def _is_probe(self, message: stun.Message, ufrag: str | None) -> bool:
        probe = self._probe
        return probe is not None and ufrag == probe.ufrag and message.signed_by(probe.password)

    @property
    def _probe_password(self) -> str:
        return "" if self._probe is None else self._probe.password

    def fail(self, seat: UdpConnection) -> None:
        """A bug of ours, met by one peer's datagram: it costs that peer, nobody else."""
        self.counts.failed += 1
        seat.peer.end(
            PeerState.LOST, PeerError("media_failed", "Your connection failed. Connect it again.")
        )
        self.forget(seat)

    async def _run(self) -> None:
        """Look after the peers while there is anybody."""
        while True:
            await self._some.wait()
            while self._peers:
                await anyio.sleep(LOOK_S)
                self._look()
            self._some = anyio.Event()

    def _look(self) -> None:
        now, wall = self.clock.now(), self.clock.wall()
        for seat in list(self._peers):
            try:
                self.send(seat, seat.peer.tick(now, wall))
            except Exception:
                logger.exception("a peer failed")
                self.fail(seat)
            if not seat.peer.live:
                self.forget(seat)


def _holds(seat: UdpConnection, arrival: Arrival, now: float) -> bool:
    checked = seat.peer.ice.addresses.get(arrival.address)
    return seat.peer.live and checked is not None and now - checked < HELD_S
