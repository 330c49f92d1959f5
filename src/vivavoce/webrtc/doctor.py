"""The connection doctor's judgement of the way that sound takes, in plain words. Pure.

``vivavoce doctor`` finds the facts out and prints what is made of them here.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from typing import Final

from vivavoce.webrtc.ice import Credentials

PROBE: Final = "doctor"
"""The user fragment under which the server answers its own doctor."""


def probe_of(command_line: bytes) -> Credentials:
    """Return the credentials of the doctor's checks, from the digest of the command line's token.

    Who may stop the server may ask whether its port is open; to all others it is silent.
    """
    return Credentials(PROBE, hashlib.sha256(b"vivavoce doctor" + command_line).hexdigest()[:32])


class Verdict(StrEnum):
    """How it is."""

    GOOD = "good"
    WARNING = "warning"
    """It works here; somebody elsewhere may be shut out."""
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    code: str
    verdict: Verdict
    words: str
    remedy: str = ""
    """What to do about it; empty if nothing is to be done."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What was found out."""

    running: bool
    """Whether the server runs (then it answers; else the doctor held the port itself)."""
    port: int
    answered: dict[str, bool] = field(default_factory=dict)
    """For each address of this machine, whether a datagram to the port there was answered."""
    taken: str | None = None
    """Why the port cannot be had, though no server of ours runs."""
    announced: dict[str, bool] = field(default_factory=dict)
    """For each announced address, whether it answered."""
    turn: bool = False
    secure: bool = True
    """Whether hosts and guests open the studio by HTTPS, or on this machine."""


def findings(facts: Facts) -> Iterator[Finding]:
    """Yield what the facts mean, in the order in which sound travels."""
    yield from _port(facts)
    yield from _announced(facts)
    yield from _reach(facts)
    if not facts.secure:
        yield Finding(
            "no_https",
            Verdict.WARNING,
            "The studio is opened by http from other machines, where browsers give no microphone.",
            "Set tls_cert and tls_key, or put a proxy with a certificate before it and name its "
            "address with studio_url.",
        )


def _port(facts: Facts) -> Iterator[Finding]:
    name = f"UDP port {facts.port}"
    if facts.taken is not None:
        yield Finding("udp_port_taken", Verdict.BAD, facts.taken, "Or stop what has it.")
        return
    closed = [host for host, open_ in facts.answered.items() if not open_]
    if not closed:
        who = "The server answers" if facts.running else "A datagram arrives"
        where = ", ".join(facts.answered)
        yield Finding("udp_port_open", Verdict.GOOD, f"{who} on {name} of {where}.")
        return
    yield Finding(
        "udp_port_closed",
        Verdict.BAD,
        f"Nothing comes through to {name} of {', '.join(closed)}, not even from this machine.",
        f"Open UDP {facts.port} inbound in this machine's firewall "
        f"(ufw allow {facts.port}/udp, or firewall-cmd --add-port={facts.port}/udp).",
    )


def _announced(facts: Facts) -> Iterator[Finding]:
    for address, answered in facts.announced.items():
        if answered:
            yield Finding("announce_reached", Verdict.GOOD, f"Announced: {address}; it answers.")
        else:
            yield Finding(
                "announce_unanswered",
                Verdict.WARNING,
                f"Announced: {address}; nothing comes back from it to this machine. Some routers "
                "do not let a machine reach itself from outside, so this may still be right.",
                f"See that UDP {facts.port} of {address} is forwarded to this machine, and try "
                "from another network, such as a phone's hotspot.",
            )


def _reach(facts: Facts) -> Iterator[Finding]:
    told = list(facts.announced or facts.answered)
    if any(ip_address(address).is_global for address in told):
        yield Finding(
            "reachable_by_address",
            Verdict.GOOD,
            "Browsers are told a public address.",
            f"Let UDP {facts.port} in wherever a firewall stands before this machine (a cloud's "
            "security group, a router).",
        )
    else:
        yield Finding(
            "private_addresses",
            Verdict.WARNING,
            f"Browsers are told {', '.join(told)} only: people outside of this network will not "
            "be heard.",
            "If they are to be, name the public address with --announce, and forward "
            f"UDP {facts.port} to this machine.",
        )
    if not facts.turn:
        yield Finding(
            "no_turn",
            Verdict.WARNING,
            "There is no TURN server: who sits behind a firewall that blocks UDP cannot speak.",
            "Run coturn and set [turn] urls and secret (docs/OPERATING.md, Sound).",
        )


def exit_code(found: list[Finding]) -> int:
    """Return 1 if anything is bad, else 0."""
    return int(any(finding.verdict is Verdict.BAD for finding in found))
