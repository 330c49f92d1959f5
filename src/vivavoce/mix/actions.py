"""What a jitter buffer holds, and what it tells its player to do next. Pure.

None of these is written to. They are not ``frozen`` because one is made for each packet and frame,
and a frozen dataclass takes three times as long to make.
"""

from dataclasses import dataclass


@dataclass(slots=True)
class Voiced:
    """A packet with its counters unwrapped. ``samples`` is what it holds, ``time`` where."""

    sequence: int
    time: int
    samples: int
    payload: bytes
    silent: bool = False
    """The sender says that there is nothing in it (RFC 6464)."""


@dataclass(slots=True)
class Play:
    """Decode this packet."""

    packet: Voiced


@dataclass(slots=True)
class Recover:
    """Make ``samples`` from the FEC in the packet after the hole."""

    following: bytes
    samples: int


@dataclass(slots=True)
class Conceal:
    """Make ``samples`` up."""

    samples: int


@dataclass(slots=True)
class Rest:
    """Nothing was said for ``samples``; decode nothing."""

    samples: int


Action = Play | Recover | Conceal | Rest
