"""What the studio tells Prometheus: each part keeps its own numbers, and is read here."""

from vivavoce.bus.feed_server import Feed
from vivavoce.control.shows import Shows
from vivavoce.metrics import Metrics
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
    endpoint: UdpEndpoint,
) -> None:
    """Add the studio's metrics to ``metrics``."""

    on_air = stages.on_air
    metrics.read("vivavoce_shows_live", "Shows that are live", lambda: len(shows.live()))
    metrics.read("vivavoce_shows_known", "All shows", lambda: len(shows.all()))
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
    metrics.read_total(
        "vivavoce_media_unsent_total",
        "Datagrams to the stage that the system did not take",
        lambda: endpoint.unsent,
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
