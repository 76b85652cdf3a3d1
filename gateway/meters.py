"""The gateway's Prometheus metrics."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60)


class Meters:
    """Counts since this process started; the books over all time are the journal's."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, text: str, labels: tuple[str, ...] = ()) -> Counter:
            return Counter(f"foldspace_gateway_{name}", text, labels, registry=registry)

        self.received = counter("received", "Messages journalled")
        self.own = counter("own", "Messages of foldspace itself, acknowledged and not journalled")
        self.stored = counter("stored", "Messages durably in the time series")
        self.duplicate = counter("duplicate", "Messages that arrived again")
        self.quarantined = counter("quarantined", "Messages not understood", ("fault",))
        self.late = counter("late", "Readings too old on arrival to tell of the present")
        self.clock_corrected = counter("clock_corrected", "Readings of device clocks ahead by up to a day")
        self.failures = counter("failures", "Faults of our own, by place", ("place",))
        self.sink_refusals = counter("sink_refusals", "Writes the time series did not take; they wait in the backlog")
        self.unacknowledged = counter(
            "unacknowledged", "Messages dropped unread with their connection; the broker redelivers"
        )
        self.pending = Gauge("foldspace_gateway_pending", "Messages journalled and not settled", registry=registry)
        self.seconds = Histogram(
            "foldspace_gateway_state_seconds",
            "From the arrival of a message to the room state it changed",
            buckets=_SECONDS,
            registry=registry,
        )
