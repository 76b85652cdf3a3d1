"""The gateway's Prometheus metrics."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from gateway.line import Report

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60)


class Meters:
    """Counts since this process started; the books over all time are the ledger's."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, text: str, labels: tuple[str, ...] = ()) -> Counter:
            return Counter(f"foldspace_gateway_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str) -> Histogram:
            return Histogram(f"foldspace_gateway_{name}", text, buckets=_SECONDS, registry=registry)

        self.stored = counter("stored", "Messages durably in the time series")
        self.duplicate = counter("duplicate", "Messages that arrived again")
        self.quarantined = counter("quarantined", "Messages not understood", ("fault",))
        self.late = counter("late", "Readings too old on arrival to tell of the present")
        self.clock_corrected = counter("clock_corrected", "Readings whose device time was corrected")
        self.failures = counter("failures", "Faults of our own, by place", ("place",))
        self.sink_refusals = counter("sink_refusals", "Writes the time series did not take; they wait in the backlog")
        self.history_corrected_spaces = counter(
            "history_corrected_spaces", "Times late readings changed what was believed of a space in the past"
        )
        self.history_corrected_minutes = counter(
            "history_corrected_minutes", "Minutes of the past of which something else is believed since"
        )
        self.history_put_off = counter(
            "history_put_off", "Corrections of history that have to wait for the time series"
        )
        self.intake_starts = counter("intake_starts", "Starts of the intake process")
        self.pending = Gauge("foldspace_gateway_pending", "Messages journalled and not settled", registry=registry)
        self.seconds = histogram("state_seconds", "From the arrival of a message to the room state it changed")
        self.store_seconds = histogram("store_seconds", "One hand-over of points to the time series")
        self.checkpoint_seconds = histogram("checkpoint_seconds", "Keeping one checkpoint of the fold's memory")
        self.intake = IntakeMeters()
        registry.register(self.intake)


class IntakeMeters(Collector):
    """What the intake process counts, as it last reported; the counts of intakes that ended are kept."""

    def __init__(self) -> None:
        self._ended = Report()
        self._now = Report()

    def take(self, report: Report) -> None:
        """Take a report of the running intake."""
        self._now = report

    def ended(self) -> None:
        """The intake ended: the next one counts from zero."""
        old, last = self._ended, self._now
        self._ended = Report(
            received=old.received + last.received,
            own=old.own + last.own,
            unacknowledged=old.unacknowledged + last.unacknowledged,
            failures=old.failures + last.failures,
        )
        self._now = Report()

    def collect(self) -> Iterable[Metric]:
        """Yield the metrics."""
        now, old = self._now, self._ended
        for name, text, value in (
            ("received", "Messages journalled", old.received + now.received),
            ("own", "Messages of foldspace itself, acknowledged and not journalled", old.own + now.own),
            (
                "unacknowledged",
                "Messages whose connection was lost before the acknowledgement; the broker may redeliver",
                old.unacknowledged + now.unacknowledged,
            ),
            ("journal_failures", "Times the journal could not be written", old.failures + now.failures),
        ):
            yield CounterMetricFamily(f"foldspace_gateway_{name}", text, value)
        yield GaugeMetricFamily("foldspace_gateway_connected", "Whether the intake has its broker", int(now.connected))
        yield GaugeMetricFamily(
            "foldspace_gateway_taking_in", "Whether the journal takes messages", int(not now.trouble)
        )
        yield GaugeMetricFamily("foldspace_gateway_journal_fill_percent", "Of the journal's bound", now.fill_percent)
