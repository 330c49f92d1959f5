"""One peer of the shared port: its paths, keys and voice, as one machine. No sockets.

Order of trust: an ICE check with the right password admits an address; only an admitted address
may shake hands; only the certificate of the offer gets keys; only what the keys open is heard.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from vivavoce.errors import PeerError, Problem
from vivavoce.media import SILENCE, Frame, Packet, Played
from vivavoce.webrtc import rtcp, rtp, stun
from vivavoce.webrtc.answer import Local, answered, build_answer
from vivavoce.webrtc.budget import Budget
from vivavoce.webrtc.credentials import new_credentials
from vivavoce.webrtc.dtls import Dtls, Identity
from vivavoce.webrtc.endpoint import OnState, PeerState
from vivavoce.webrtc.fragment import Fragment, build_fragment
from vivavoce.webrtc.health import UNREACHABLE, UNREADABLE, VANISHED
from vivavoce.webrtc.ice import Checked, Credentials, IceLite
from vivavoce.webrtc.offer import Offer
from vivavoce.webrtc.quality import Quality
from vivavoce.webrtc.reception import ReceptionStatistics, ReturnQuality
from vivavoce.webrtc.rtp import Unwrapper
from vivavoce.webrtc.sender import Sender
from vivavoce.webrtc.srtp import MAX_PACKET, Srtp
from vivavoce.webrtc.stun import Address
from vivavoce.webrtc.voice import NewVoice, VoiceBuffer

CONNECT_S: Final = 10.0
VANISHED_S: Final = 10.0  # browsers check their path every 2 to 5 s, also while muted
REPORT_S: Final = 1.0  # how soon a sender learns that it should add FEC
DATAGRAMS_PER_S: Final = 500  # ten times a voice: 50 packets and some reports
CHECKS_PER_S: Final = 100  # a browser makes one each 50 ms at most (RFC 8445 section 14.2)
MAX_CANDIDATES: Final = 128  # of one end between two restarts; a browser has some ten an interface
_UNREADABLE: Final = 100  # packets in a row, 2 s

# A sender's own level (RFC 6464) below which its packets hold no voice, and for how many packets:
# as the console's gate has it, which would let nothing of them through.
_SILENT_DBOV: Final = -60
_SILENT_PACKETS: Final = 25

CNAME: Final = "viva-voce"


@dataclass(slots=True)
class Counts:
    """Datagrams of one peer that were thrown away, by why."""

    flood: int = 0
    early: int = 0
    """Media before there were keys."""
    malformed: int = 0
    foreign: int = 0
    """Authentic RTP of another payload type or a second SSRC."""

    def add(self, other: "Counts") -> None:
        """Count what ``other`` counted too."""
        self.flood += other.flood
        self.early += other.early
        self.malformed += other.malformed
        self.foreign += other.foreign


@dataclass(slots=True)
class UdpPeer:
    """A connection from its offer to its end. Its methods return the datagrams to send."""

    identity: Identity
    offer: Offer
    addresses: tuple[Address, ...]
    """Where our port is reached, best first."""
    new_voice: NewVoice
    on_state: OnState
    began: float
    returns: bool = False
    """Whether we send to this peer."""
    state: PeerState = PeerState.CONNECTING
    live: bool = True
    """Whether it may still become or be connected."""
    counts: Counts = field(default_factory=Counts)
    session: int = field(default_factory=lambda: secrets.randbits(62))
    version: int = 1
    sdp: str = field(init=False)
    ice: IceLite = field(init=False)
    dtls: Dtls = field(init=False)
    voice: VoiceBuffer = field(init=False)
    sender: Sender = field(init=False)
    reception: ReceptionStatistics | None = None
    srtp: Srtp | None = None
    level_dbov: int | None = None
    """What the peer last said of its own level (RFC 6464)."""
    media_at: float | None = None
    """When authentic sound last came."""
    _wanted: bool = False
    """Whether the peer takes what we send."""
    _candidates: int = 0
    _low: int = 0
    _quality: ReturnQuality = field(default_factory=ReturnQuality)
    _sequences: Unwrapper = field(default_factory=lambda: Unwrapper(16))
    _times: Unwrapper = field(default_factory=lambda: Unwrapper(32))
    _heard_at: float = field(init=False)
    _dtls_at: float | None = None
    _report_at: float = 0.0
    _checks: Budget = field(default_factory=lambda: Budget(CHECKS_PER_S))
    _datagrams: Budget = field(default_factory=lambda: Budget(DATAGRAMS_PER_S))

    def __post_init__(self) -> None:
        self.ice = IceLite(new_credentials(), self.offer.remote)
        self.dtls = Dtls(self.identity, self.offer.fingerprints)
        self.voice = self.new_voice()
        self.sender = Sender(
            self.offer.payload_type,
            secrets.randbits(32),
            secrets.randbits(15),
            secrets.randbits(32),
        )
        self._heard_at = self.began
        self.sdp = self._answer()

    def restart(self, offer: Offer) -> str:
        """Answer a later offer of the same peer: an ICE restart, or another direction.

        The association and its keys stay, so the certificate and Opus' number must (RFC 8842).
        """
        if set(offer.fingerprints).isdisjoint(self.offer.fingerprints):
            raise PeerError("bad_offer", "A later offer must keep its certificate.")
        if offer.payload_type != self.offer.payload_type:
            raise PeerError("bad_offer", "A later offer must keep the number of Opus.")
        self._renew(offer.remote)
        self.offer = offer
        self.version += 1
        self.sdp = self._answer()
        return self.sdp

    def trickle(self, fragment: Fragment) -> str | None:
        """Take candidates, or an ICE restart in a fragment; see ``endpoint.Peer``."""
        restarted = fragment.credentials is not None and self._renew(fragment.credentials)
        self._candidates += len(fragment.candidates)
        if self._candidates > MAX_CANDIDATES:
            raise PeerError("too_many_candidates", f"More than {MAX_CANDIDATES} candidates.")
        if not restarted:
            return None
        mid = self.offer.sections[self.offer.audio].mid
        return build_fragment(mid, self.ice.local, self.addresses)

    def _renew(self, remote: Credentials) -> bool:
        """Restart ICE, unless these are the peer's credentials already."""
        if remote == self.ice.remote:
            return False
        self.ice.restart(new_credentials(), remote)
        self._candidates = 0
        return True

    def check(self, message: stun.Message, source: Address, now: float) -> Checked | None:
        """Take an ICE check; its reply goes back to where it came from."""
        if not self._checks.affordable(now):
            self.counts.flood += 1
            return None
        checked = self.ice.receive(message, source, now)
        if checked is not None and checked.good:
            self._heard_at = now
        return checked

    def handshake(self, datagram: bytes, now: float) -> list[bytes]:
        """Take DTLS from an admitted address."""
        if not self._affordable(now):
            return []
        try:
            out = self.dtls.receive(datagram)
        except PeerError as error:
            self.end(PeerState.LOST, error)
            return []
        self._after_dtls(now)
        return out

    def media(self, datagram: bytes, now: float) -> None:
        """Take SRTP from an admitted address."""
        if not self._datagrams.affordable(now):
            self.counts.flood += 1
            return
        if self.srtp is None:
            self.counts.early += 1
            return
        plain = self.srtp.open(datagram)
        if plain is None:
            return
        packet = rtp.parse(plain)
        if packet is None:
            self.counts.malformed += 1
        elif self._ours(packet):
            self._heard_at = self.media_at = now
            self._hear(packet, now)

    def control(self, datagram: bytes, now: float) -> None:
        """Take SRTCP from an admitted address."""
        if not self._affordable(now):
            return
        if self.srtp is None:
            self.counts.early += 1
            return
        plain = self.srtp.open_control(datagram)
        if plain is None:
            return
        reports = rtcp.parse(plain)
        if reports is None:
            self.counts.malformed += 1
            return
        for block in reports.receptions:
            if block.ssrc == self.sender.ssrc:
                self._quality.told(block, now)
        for info in reports.senders:
            if self.reception is not None and info.ssrc == self.reception.ssrc:
                self.reception.heard(info, now)

    def tick(self, now: float, wall: datetime) -> list[bytes]:
        """Let time pass: timeouts, retransmissions, reports. At least every 100 ms or so."""
        if not self.live:
            return []
        problem = self._given_up(now)
        if problem is not None:
            self.end(PeerState.LOST, problem)
            return self.dtls.close()
        out: list[bytes] = []
        if self._dtls_at is not None and now >= self._dtls_at:
            try:
                out += self.dtls.timeout()
            except PeerError as error:
                self.end(PeerState.LOST, error)
                return []
            self._after_dtls(now)
        if self.srtp is not None and now >= self._report_at and self.ice.consented(now):
            self._report_at = now + REPORT_S
            out.append(self.srtp.seal_control(self._report(now, wall)))
        return out

    def frame(self, now: float) -> Frame:
        """Return the next 20 ms of the peer's voice."""
        return self.voice.tick(now) if self.media_at is not None else SILENCE

    def played(self) -> tuple[Played, ...]:
        """Return the pieces that began in the newest frame."""
        return self.voice.played

    def quality(self) -> Quality:
        """Return how well sound comes and goes."""
        arriving = self.reception
        return Quality(
            loss=None if arriving is None else arriving.loss,
            jitter_ms=None if arriving is None else arriving.jitter / 48,
            delay_ms=None if self.media_at is None else self.voice.delay_s() * 1000,
            return_loss=self._quality.loss,
            rtt_ms=self._quality.rtt_ms,
        )

    def send(self, packet: Packet, now: float) -> bytes | None:
        """Return the datagram that carries Opus to the peer; ``None`` if it cannot be sent now."""
        if self.srtp is None or not self._wanted or not self.ice.consented(now):
            return None
        data = self.sender.packet(packet, now)
        return self.srtp.seal(data) if len(data) <= MAX_PACKET else None

    def close(self) -> list[bytes]:
        """End the connection from our side; return the goodbyes."""
        if not self.live:
            return []
        out: list[bytes] = []
        if self.srtp is not None:
            out.append(self.srtp.seal_control(rtcp.bye(self.sender.ssrc, CNAME)))
        out += self.dtls.close()
        self.end(PeerState.CLOSED, None)
        return out

    def end(self, state: PeerState, problem: Problem | None) -> None:
        """Reach a final state, once."""
        if self.live:
            self.state, self.live = state, state in {PeerState.CONNECTING, PeerState.CONNECTED}
            self.on_state(state, problem)

    def _answer(self) -> str:
        self._wanted = answered(self.offer.direction, self.returns).sends
        local = Local(
            session=self.session,
            version=self.version,
            credentials=self.ice.local,
            fingerprint=self.identity.fingerprint,
            addresses=self.addresses,
            ssrc=self.sender.ssrc,
            cname=CNAME,
            returns=self.returns,
        )
        return build_answer(self.offer, local)

    def _affordable(self, now: float) -> bool:
        affordable = self._datagrams.affordable(now)
        if not affordable:
            self.counts.flood += 1
        return affordable

    def _after_dtls(self, now: float) -> None:
        if self.dtls.keys is not None and self.srtp is None:
            self.srtp = Srtp(self.dtls.keys)
            self.state = PeerState.CONNECTED
            self.on_state(self.state, None)
        if self.dtls.closed:
            self.end(PeerState.LOST, VANISHED)
        wait = self.dtls.timeout_in()
        self._dtls_at = None if wait is None else now + wait

    def _ours(self, packet: rtp.RtpPacket) -> bool:
        """Whether the packet is of the one voice that we take; another SSRC begins it anew."""
        if packet.payload_type != self.offer.payload_type or not packet.payload:
            self.counts.foreign += 1
            return False
        if self.reception is None or packet.ssrc != self.reception.ssrc:
            self.reception = ReceptionStatistics(packet.ssrc)
            self.voice = self.new_voice()
            self._sequences, self._times = Unwrapper(16), Unwrapper(32)
        return True

    def _hear(self, packet: rtp.RtpPacket, now: float) -> None:
        assert self.reception is not None
        sequence = self._sequences.unwrap(packet.sequence)
        time = self._times.unwrap(packet.timestamp)
        self.voice.push(sequence, time, packet.payload, self._silent(packet), now)
        self.reception.observe(sequence, time, now)
        if self.voice.undecodable >= _UNREADABLE:
            self.end(PeerState.LOST, UNREADABLE)

    def _silent(self, packet: rtp.RtpPacket) -> bool:
        number = self.offer.level_extension
        level = self.level_dbov = None if number is None else packet.level_dbov(number)
        if level is None or level >= _SILENT_DBOV:
            self._low = 0
            return False
        self._low += 1
        return self._low > _SILENT_PACKETS

    def _given_up(self, now: float) -> Problem | None:
        if self.state is PeerState.CONNECTING:
            return UNREACHABLE if now - self.began >= CONNECT_S else None
        return VANISHED if now - self._heard_at >= VANISHED_S else None

    def _report(self, now: float, wall: datetime) -> bytes:
        blocks = [] if self.reception is None else [self.reception.report(now)]
        info = self.sender.info(now, wall)
        if info is not None:
            self._quality.reported(info, now)
        if info is None:
            return rtcp.receiver_report(self.sender.ssrc, CNAME, blocks)
        return rtcp.sender_report(info, CNAME, blocks)
