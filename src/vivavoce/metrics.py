"""Metrics in Prometheus' form, and the rules for their names.

A name is ``vivavoce_noun_direction_unit`` in lower case, counters end in ``_total``. Labels are few
and closed (``codec``, ``role``); never a listener, a session or an address, nor anything else whose
values an outsider chooses.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

LABELS: Final = frozenset({"codec", "role", "door", "show", "reason", "kind"})

_NAME: Final = re.compile(r"vivavoce(_[a-z0-9]+){2,}")


class Metrics:
    """The metrics of one process; made once by the composition root and handed to the parts."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()

    def counter(self, name: str, help_: str, labels: Sequence[str] = ()) -> Counter:
        """Return a new counter; ``name`` must end in ``_total``. Wrong names are ``ValueError``."""
        if not name.endswith("_total"):
            raise ValueError(f"{name} counts, so its name ends in _total")
        return Counter(_checked(name, labels), help_, labels, registry=self._registry)

    def gauge(self, name: str, help_: str, labels: Sequence[str] = ()) -> Gauge:
        """Return a new gauge. Wrong names are ``ValueError``."""
        return Gauge(_checked(name, labels), help_, labels, registry=self._registry)

    def read(self, name: str, help_: str, value: Callable[[], float]) -> None:
        """Add a gauge that is read when somebody looks: the part keeps the number itself."""
        self.gauge(name, help_).set_function(value)

    def read_total(self, name: str, help_: str, value: Callable[[], float]) -> None:
        """Add a counter that is read when somebody looks; ``value`` never falls while we run."""
        if not name.endswith("_total"):
            raise ValueError(f"{name} counts, so its name ends in _total")
        self._registry.register(_Total(_checked(name, ()), help_, value))

    def text(self) -> bytes:
        """Return all metrics in Prometheus' text form."""
        return generate_latest(self._registry)


class _Total(Collector):
    """A counter whose number another part keeps."""

    def __init__(self, name: str, help_: str, value: Callable[[], float]) -> None:
        self._name = name
        self._help = help_
        self._value = value

    def collect(self) -> Iterable[Metric]:
        """Return the counter as it stands."""
        yield CounterMetricFamily(self._name, self._help, value=self._value())

    def describe(self) -> Iterable[Metric]:
        """Return what ``collect`` returns, without asking for the number."""
        yield CounterMetricFamily(self._name, self._help)


def _checked(name: str, labels: Sequence[str]) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name} is not vivavoce_noun_direction_unit")
    if outside := set(labels) - LABELS:
        raise ValueError(f"{name} has labels that are not in LABELS: {sorted(outside)}")
    return name
