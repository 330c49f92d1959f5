"""What an edge has counted since its start; ``metrics.py`` tells it to Prometheus. Pure."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Totals:
    """Counters that only grow. None of them is about a single listener."""

    batches_sent: int = 0
    bytes_sent: int = 0
    parts_received: int = 0
    parts_refused: int = 0
    """Parts that were older than the newest, of an unknown show, or malformed."""
    parts_skipped: int = 0
    """Parts that listeners did not get because they had fallen behind."""
    listeners_joined: int = 0
    listeners_let_go: int = 0
    """Listeners that were behind for too long."""
    connections_accepted: int = 0
    connections_refused: int = 0
    heads_refused: int = 0
    peers_timed_out: int = 0
    files_read: int = 0
    files_refused: int = 0
    """Reads from disk that were not begun because too many were under way."""
    files_kept: int = 0
    """Segments and heads written down by an edge on another machine."""
    files_unkept: int = 0
    """Those that were not: the disk is full or refuses, or too many waited for it."""
    files_pulled: int = 0
    """Files asked of where the feed comes from."""
    playlists_rendered: int = 0
    """Low-latency playlists: one per part and codec, whatever the number of readers."""
    requests_held: int = 0
    """Requests that waited for a part."""
    requests_held_refused: int = 0
    """Requests that were not let wait: too many did."""
    requests_held_late: int = 0
    """Requests that waited in vain."""
    studio_connected: int = 0
    sweep_seconds: float = 0.0
    sweeps: int = 0
    responses: dict[int, int] = field(default_factory=dict)
    """By status."""

    def answered(self, status: int) -> None:
        """Count one response."""
        self.responses[status] = self.responses.get(status, 0) + 1
