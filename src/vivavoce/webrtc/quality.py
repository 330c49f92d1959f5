"""How well a connection carries sound, both ways, in the units in which people talk of it. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quality:
    """Of the last seconds. ``None``: not known yet."""

    loss: float | None = None
    """Share of the peer's packets that did not come, 0 to 1."""
    jitter_ms: float | None = None
    """Of the peer's packets (RFC 3550 section 6.4.1)."""
    delay_ms: float | None = None
    """How long a packet of the peer's waits here until it is played."""
    return_loss: float | None = None
    """Share of our packets that the peer did not get, as it says."""
    rtt_ms: float | None = None
    """Round trip, by the peer's receiver reports."""
