"""What the front door counts, for `/metrics`: refusals, cuts, messages held back."""

import threading
from collections import Counter
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

_ABOUT = {
    "refused": "Connections refused at the embedded broker's door",
    "cut": "Connections of devices ended by the door",
    "held_back": "Messages of devices that were read more slowly than sent",
}


class DoorCounts(Collector):
    """Counts by event and cause. Register it with a `CollectorRegistry` to have it in `/metrics`."""

    def __init__(self) -> None:
        self.connected = 0
        """Connections that came in with credentials and are open now."""
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def add(self, event: str, cause: str) -> None:
        """Count one."""
        with self._lock:
            self._counts[event, cause] += 1

    def of(self, event: str, cause: str) -> int:
        """Return how many there were."""
        with self._lock:
            return self._counts[event, cause]

    def collect(self) -> Iterator[Metric]:
        """Yield the counts as Prometheus wants them."""
        with self._lock:
            counts = dict(self._counts)
        for event, about in _ABOUT.items():
            family = CounterMetricFamily(f"foldspace_door_{event}", about, labels=["cause"])
            for (counted, cause), value in sorted(counts.items()):
                if counted == event:
                    family.add_metric([cause], value)
            yield family
        yield GaugeMetricFamily("foldspace_door_connections", "Connections with credentials now", self.connected)
