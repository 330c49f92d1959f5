"""The answering half of ICE (RFC 8445), as ICE-lite: always controlled, never checks by itself.

Pure. A browser on the other side is a full agent: it finds the path, and every path that it finds
begins with a check that carries our user fragment and is signed with our password. So a check is
the only thing that adds an address, moves the selected one, or proves that the peer is there.
"""

from dataclasses import dataclass, field
from typing import Final

from vivavoce.webrtc import stun
from vivavoce.webrtc.stun import Address, Attribute, Message

CONSENT_S: Final = 30.0  # RFC 7675 section 5.1: without a check for so long, sending must stop
MAX_ADDRESSES: Final = 8  # a laptop has two interfaces with two families each, and may be relayed


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user fragment and a password (RFC 8445 section 5.3)."""

    ufrag: str
    password: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What one check led to."""

    reply: bytes
    good: bool = False
    """It was authentic: ``source`` belongs to the peer from now on."""
    forgotten: tuple[Address, ...] = ()
    """Addresses that were given up in favour of newer ones."""


@dataclass(slots=True)
class IceLite:
    """One peer's paths. ``local`` are our credentials, ``remote`` the peer's."""

    local: Credentials
    remote: Credentials
    selected: Address | None = None
    """Where we send: the address that was nominated last."""
    checked_at: float | None = None
    addresses: dict[Address, float] = field(default_factory=dict)
    """Addresses with an authentic check, and when the last one came, oldest first."""
    _previous: tuple[Credentials, Credentials] | None = None

    @property
    def ufrags(self) -> tuple[str, ...]:
        """Our user fragments under which checks are taken at present."""
        old = () if self._previous is None else (self._previous[0].ufrag,)
        return (self.local.ufrag, *old)

    def restart(self, local: Credentials, remote: Credentials) -> None:
        """Begin anew with other credentials (section 9).

        The path in use stays, and the credentials that it is checked with hold, until a check with
        the new ones came: also over several restarts of which none led anywhere.
        """
        if self._previous is None:
            self._previous = (self.local, self.remote)
        self.local, self.remote = local, remote

    def receive(self, check: Message, source: Address, now: float) -> Checked | None:
        """Judge one Binding request; ``None`` means: not even worth an answer."""
        if check.kind is not stun.Kind.REQUEST:
            return None
        refused = self._refuse(check)
        if refused is not None:
            return refused
        local = self._credentials(check)
        if local is None:
            return Checked(stun.refusal(check, 401))
        if Attribute.ICE_CONTROLLED in check.attributes:
            # A full agent that takes us, who are lite, for controlling: it has to switch.
            return Checked(stun.refusal(check, 487, local.password))
        if check.unknown:
            return Checked(stun.refusal(check, 420, local.password))
        if local is self.local and self._previous is not None:
            self._previous = None
        forgotten = self._admit(source, now)
        if Attribute.USE_CANDIDATE in check.attributes or self.selected is None:
            # Nothing says that sending must wait for a nomination (section 12.1): DTLS can begin
            # on the first path that works, and goes over to the nominated one.
            self.selected = source
        return Checked(stun.success(check, source, local.password), good=True, forgotten=forgotten)

    def consented(self, now: float) -> bool:
        """Whether we may send: a check came in the last 30 s."""
        return self.checked_at is not None and now - self.checked_at < CONSENT_S

    def _refuse(self, check: Message) -> Checked | None:
        if Attribute.USERNAME not in check.attributes or check.signed is None:
            return Checked(stun.refusal(check, 400))  # RFC 8489 section 9.1.3
        return None

    def _credentials(self, check: Message) -> Credentials | None:
        """Return those of ours that the check was made with."""
        pairs = [(self.local, self.remote)]
        if self._previous is not None:
            pairs.append(self._previous)
        for local, remote in pairs:
            if check.username == f"{local.ufrag}:{remote.ufrag}":
                return local if check.signed_by(local.password) else None
        return None

    def _admit(self, source: Address, now: float) -> tuple[Address, ...]:
        self.checked_at = now
        self.addresses.pop(source, None)
        self.addresses[source] = now
        if len(self.addresses) <= MAX_ADDRESSES:
            return ()
        oldest = next(a for a in self.addresses if a != self.selected)
        del self.addresses[oldest]
        return (oldest,)


def ufrag_of(check: Message) -> str | None:
    """Return the user fragment that a check is addressed to, without judging it."""
    name = check.username
    return None if name is None or ":" not in name else name.partition(":")[0]
