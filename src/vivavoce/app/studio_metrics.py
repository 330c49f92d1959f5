"""What the studio tells Prometheus: each part keeps its own numbers, and is read here."""

from collections.abc import Callable

from vivavoce.bus.feed_server import Feed
from vivavoce.control.shows import Shows
from vivavoce.export.jobs import Jobs
from vivavoce.metrics import Metrics
from vivavoce.mix.jitter import Tally
from vivavoce.people.attempts import Attempts
from vivavoce.stage.stages import Stages
from vivavoce.webrtc.udp_endpoint import UdpEndpoint


def tell_of(
    metrics: Metrics,
    *,
    feed: Feed,
    stages: Stages,
    shows: Shows,
    attempts: Attempts,
) -> None:
    """Add what is on air, and who is there, to ``metrics``."""
    on_air = stages.on_air
    metrics.read("vivavoce_shows_live", "Shows that are live", lambda: len(shows.live()))
    metrics.read("vivavoce_shows_known", "All shows", lambda: len(shows.all()))
    metrics.read(
        "vivavoce_players_listening",
        "Players connected at this moment, at all edges; one person may use several",
        lambda: sum(_listening(feed, show.show) for show in shows.live()),
    )
    metrics.read("vivavoce_feed_edges", "Edges connected", lambda: feed.edges)
    metrics.read(
        "vivavoce_stage_ticks_late",
        "Ticks that came late, of the shows on air now",
        lambda: sum(show.overruns for show in on_air()),
    )
    metrics.read(
        "vivavoce_floor_ticks_late",
        "Ticks of the mix that came late, of the shows that anybody was on",
        lambda: stages.ticks_late,
    )
    metrics.read(
        "vivavoce_stage_frames_lost",
        "Frames that became silence, of the shows on air now",
        lambda: sum(show.lost for show in on_air()),
    )
    metrics.read_total("vivavoce_feed_messages_total", "Messages published", lambda: feed.published)
    metrics.read_total(
        "vivavoce_feed_edges_behind_total", "Edges let go for being behind", lambda: feed.let_go
    )
    metrics.read_total(
        "vivavoce_sessions_refused_total",
        "Tries to sign in refused for their number",
        lambda: attempts.refused,
    )


def _listening(feed: Feed, show: str) -> int:
    count = feed.count(show)
    return count.push + count.hls


def tell_of_recording(metrics: Metrics, stages: Stages, jobs: Callable[[], Jobs]) -> None:
    """Add how recordings and exports stand; what is lost is of the shows on air now."""
    on_air = stages.on_air
    metrics.read(
        "vivavoce_recordings_troubled",
        "Live shows whose hosts read that their recording is in trouble",
        lambda: sum(show.notice is not None for show in on_air()),
    )
    metrics.read(
        "vivavoce_recording_parts_waiting",
        "Parts of the programme that wait for the disk",
        lambda: sum(show.unwritten for show in on_air()),
    )
    metrics.read(
        "vivavoce_recording_parts_lost",
        "Parts of the programme missing from the recording, of the shows on air now",
        lambda: sum(show.unrecorded[0] for show in on_air()),
    )
    metrics.read(
        "vivavoce_recording_ticks_lost",
        "20 ms missing from all tracks, of the shows on air now",
        lambda: sum(show.unrecorded[1] for show in on_air()),
    )
    metrics.read("vivavoce_exports_waiting", "Exports that wait", lambda: jobs().waiting)
    metrics.read_total(
        "vivavoce_exports_refused_total", "Exports refused: too many wait", lambda: jobs().refused
    )


def tell_of_media(metrics: Metrics, endpoint: UdpEndpoint, heard: Tally) -> None:
    """Add what comes and goes by the UDP port; ``heard`` counts all voices' packets and frames."""

    def total(name: str, text: str, value: Callable[[], int]) -> None:
        metrics.read_total(f"vivavoce_media_{name}_total", text, value)

    counts, thrown = endpoint.counts, endpoint.thrown_away
    metrics.read(
        "vivavoce_media_peers", "Connections of people on stage", lambda: endpoint.sizes()[0]
    )
    total("unsent", "Datagrams to the stage that the system did not take", lambda: endpoint.unsent)
    total("unknown", "Datagrams of no protocol of ours", lambda: counts.unknown)
    total("strangers", "Datagrams of nobody who is on a stage", lambda: counts.strangers)
    total("contested", "Checks from an address that another holds", lambda: counts.contested)
    total("failed", "Connections ended by a fault of ours", lambda: counts.failed)
    total("flood", "Datagrams above a peer's share, not read", lambda: thrown().flood)
    total("early", "Media that came before its keys", lambda: thrown().early)
    total("malformed", "Datagrams of peers that are no media", lambda: thrown().malformed)
    total("foreign", "Media of another kind than was agreed", lambda: thrown().foreign)
    total("frames_concealed", "Pieces of voices made up for lost ones", lambda: heard.concealed)
    total("frames_recovered", "Pieces of voices repaired by FEC", lambda: heard.recovered)
    total("packets_late", "Packets of voices that came too late", lambda: heard.late)
    total("packets_dropped", "Packets that fell out of a full buffer", lambda: heard.dropped)
