"""Counting HLS players, who come and go by single requests. Pure; nobody is remembered.

A player is an address and a user agent, hashed with a salt that this process drew at its start
and never tells: the hash is good for telling players apart for twelve seconds, for nothing else.
"""

from hashlib import blake2b
from typing import Final

# Six segments: a player asks for a playlist or a segment every 2 s, and keeps its place through a
# stall of a few seconds.
WINDOW_S: Final = 12.0

# Far above what one edge can serve; keeps a crowd of made-up user agents from filling the memory.
PLAYERS_LIMIT: Final = 200_000


class HlsPlayers:
    """The distinct players of each show in the last ``window_s`` seconds."""

    def __init__(self, salt: bytes, window_s: float = WINDOW_S, limit: int = PLAYERS_LIMIT) -> None:
        self._salted = blake2b(key=salt, digest_size=8)
        self._window_s = window_s
        self._limit = limit
        # Oldest first: who is seen again moves to the end, so expiry only looks at the front.
        self._seen: dict[tuple[str, bytes], float] = {}
        self._counts: dict[str, int] = {}
        self.refused = 0
        """Sightings not counted because the limit was reached."""

    def seen(self, show: str, address: str, agent: str, *, now: float) -> None:
        """Note that a player asked for a playlist or a segment of ``show``."""
        who = self._salted.copy()
        who.update(f"{address}\0{agent}".encode("utf-8", "surrogatepass"))
        key = (show, who.digest())
        if self._seen.pop(key, None) is None:
            if len(self._seen) >= self._limit:
                self.refused += 1
                return
            self._counts[show] = self._counts.get(show, 0) + 1
        self._seen[key] = now

    def counts(self, *, now: float) -> dict[str, int]:
        """Return the number of players by show; shows without any are absent."""
        while self._seen:
            key = next(iter(self._seen))
            if now - self._seen[key] <= self._window_s:
                break
            del self._seen[key]
            self._leave(key[0])
        return dict(self._counts)

    def _leave(self, show: str) -> None:
        self._counts[show] -= 1
        if not self._counts[show]:
            del self._counts[show]
