"""What ``/metrics`` says of an edge, in Prometheus' text format; no label tells listeners apart."""

from collections.abc import Callable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from vivavoce.deliver.files import NO_STORE
from vivavoce.deliver.http import Response
from vivavoce.deliver.totals import Totals

_PREFIX: Final = "vivavoce_edge_"

_COUNTERS = (
    ("batches_outbound", "Batches sent to listeners.", "batches_sent"),
    ("pushed_outbound_bytes", "Bytes sent to listeners after their opening.", "bytes_sent"),
    ("parts_inbound", "Parts received from the studio.", "parts_received"),
    ("parts_inbound_refused", "Parts that were old, unknown or malformed.", "parts_refused"),
    ("parts_outbound_skipped", "Parts not sent to listeners who were behind.", "parts_skipped"),
    ("listeners_inbound", "Listeners who joined.", "listeners_joined"),
    ("listeners_let_go", "Listeners let go after being behind too long.", "listeners_let_go"),
    ("connections_inbound", "Connections let in.", "connections_accepted"),
    ("connections_inbound_refused", "Connections over the limit.", "connections_refused"),
    ("requests_inbound_refused", "Heads that were no request.", "heads_refused"),
    ("peers_timed_out", "Peers that kept the edge waiting too long.", "peers_timed_out"),
    ("files_inbound", "Files read from disk.", "files_read"),
    ("files_inbound_refused", "Reads not begun: too many under way.", "files_refused"),
    ("files_kept", "Segments and heads written down here.", "files_kept"),
    ("files_unkept", "Segments not written down: disk, or too many.", "files_unkept"),
    ("files_pulled", "Files asked of where the feed comes from.", "files_pulled"),
    ("playlists_rendered", "Low-latency playlists made.", "playlists_rendered"),
    ("requests_held", "Requests that waited for a part.", "requests_held"),
    ("requests_held_refused", "Requests not let wait: limit.", "requests_held_refused"),
    ("requests_held_late", "Requests that waited in vain.", "requests_held_late"),
    ("studio_connected", "Times the studio was connected.", "studio_connected"),
    ("sweeps", "Sweeps over the listeners of a channel.", "sweeps"),
    ("sweep_seconds", "Time spent in sweeps.", "sweep_seconds"),
)

Gauges = Callable[[], dict[str, tuple[str, float]]]
"""Present values by name, each with its help."""


class EdgeMetrics(Collector):
    """Collects an edge's totals at each scrape; counting itself costs an integer's addition."""

    def __init__(self, totals: Totals, gauges: Gauges) -> None:
        self._totals = totals
        self._gauges = gauges
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics of this edge."""
        for name, about, attribute in _COUNTERS:
            value = float(getattr(self._totals, attribute))
            yield CounterMetricFamily(f"{_PREFIX}{name}", about, value=value)
        answered = CounterMetricFamily(
            f"{_PREFIX}responses_outbound", "Responses.", labels=["status"]
        )
        for status, count in sorted(self._totals.responses.items()):
            answered.add_metric([str(status)], count)
        yield answered
        for name, (about, value) in self._gauges().items():
            yield GaugeMetricFamily(f"{_PREFIX}{name}", about, value=value)

    def response(self) -> Response:
        """Return the answer to a scrape."""
        fields = (("Content-Type", CONTENT_TYPE_LATEST), NO_STORE)
        return Response(200, fields, generate_latest(self._registry))
