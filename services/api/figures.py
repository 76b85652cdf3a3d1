"""Figures of the moment of a scrape: accounting, quarantine, devices, gaps, sizes and alerts."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import get_args

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from services.api.deps import Deps
from services.api.deviceview import DeviceView
from services.contracts.errors import FoldspaceError
from services.contracts.events import AlertLevel
from services.contracts.heartbeats import Presence
from services.kit.logs import logger

_LINES = ("received", "stored", "duplicate", "quarantined", "pending")

log = logger("api")


class Figures(Collector):
    """Read anew for every scrape; what cannot be read is left out, and the log says so."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    def collect(self) -> Iterable[Metric]:
        """Yield the metrics."""
        for family in (self._books, self._quarantine, self._repairs, self._alerts):
            try:
                yield from family()
            except FoldspaceError as error:
                log.warning("figures_unreadable", figures=family.__name__.strip("_"), reason=str(error))

    def _books(self) -> Iterator[Metric]:
        books, account = self._deps.books, self._deps.heard.account()
        yield _gauge(
            "account_readings", "Messages by where they are.", "line", {n: getattr(account, n) for n in _LINES}
        )
        missing = sum(last - first + 1 for one in account.devices for first, last in one.gaps)
        yield _gauge(
            "readings_missing", "Readings whose number was passed over and that did not arrive yet.", "", missing
        )
        yield _gauge("file_bytes", "Bytes on disk of the journal and of its books.", "file", books.sizes())
        yield _gauge(
            "devices_unclaimed", "Devices that speak and are not in the catalogue.", "", len(books.unclaimed())
        )
        boots, now = self._deps.heard.boots(), self._deps.clock.now()
        presence: Counter[str] = Counter(dict.fromkeys(get_args(Presence), 0))
        for device in self._deps.catalogue.view().community.devices:
            presence[DeviceView(device, "UTC", boots.get((device.site, device.id), ()), now).presence] += 1
        yield _gauge("devices", "Devices of the catalogue by how they are.", "presence", presence)

    def _quarantine(self) -> Iterator[Metric]:
        tallies, dropped = self._deps.books.quarantine_tally()
        kinds = {tally.kind: tally.count for tally in tallies}
        yield _gauge("quarantine_messages", "Messages in quarantine by sort of fault.", "kind", kinds)
        yield CounterMetricFamily("foldspace_quarantine_dropped", "Messages dropped from a full quarantine.", dropped)

    def _repairs(self) -> Iterator[Metric]:
        known = [one for repairs in self._deps.twins.repairs().values() for one in repairs]
        lost = sum(one.count for one in known if one.state == "unrepairable")
        yield _gauge("readings_lost", "Missing readings that no device can send any more.", "", lost)

    def _alerts(self) -> Iterator[Metric]:
        levels: Counter[str] = Counter(dict.fromkeys(get_args(AlertLevel), 0))
        levels.update(one.alert.level for one in self._deps.live.level.alerts())
        yield _gauge("alerts", "Alerts that stand, by level.", "level", levels)


def _gauge(name: str, text: str, label: str, values: dict[str, int] | int) -> Metric:
    if isinstance(values, int):
        return GaugeMetricFamily(f"foldspace_{name}", text, value=values)
    family = GaugeMetricFamily(f"foldspace_{name}", text, labels=[label])
    for value, figure in values.items():
        family.add_metric([value], figure)
    return family
