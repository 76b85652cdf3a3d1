"""Notes the books and the fleet once a minute where Grafana can draw them: samples of what /metrics says at any moment.

A minute in which the time series is away is missing from the drawing and nowhere else: the books themselves lie in
the gateway's own files.
"""

import threading
from collections import Counter as Tally
from collections.abc import Sequence
from typing import get_args

from prometheus_client import CollectorRegistry, Counter

from gateway.work import Loader
from services.contracts.community import Community
from services.contracts.errors import FoldspaceError
from services.contracts.heartbeats import Presence
from services.contracts.names import Millis
from services.journal.books import Books
from services.journal.records import Account
from services.journal.wellbeing import LOW_PERCENT, newest_lives, presence_of
from services.kit.clock import Clock
from services.kit.logs import logger
from services.timeseries.ports import FigurePoint, FigureSink

ACCOUNT, FLEET = "account", "fleet"
EVERY_S = 60.0
_NS = 1_000_000

log = logger("figures")


def account_point(account: Account, unclaimed: int, sizes: dict[str, int], now: Millis) -> FigurePoint:
    """Return the five numbers of the accounting, with what is missing and what lies on disk."""
    fields = {
        "received": account.received,
        "stored": account.stored,
        "duplicate": account.duplicate,
        "quarantined": account.quarantined,
        "pending": account.pending,
        "missing": sum(last - first + 1 for one in account.devices for first, last in one.gaps),
        "unclaimed": unclaimed,
        **{f"{name}_bytes": size for name, size in sizes.items()},
    }
    return FigurePoint(ACCOUNT, {}, fields, now * _NS)


def fleet_points(community: Community, account: Account, now: Millis) -> list[FigurePoint]:
    """Return for every site how many of its devices are how."""
    lives = newest_lives(account.devices)
    points = []
    for site in community.sites:
        devices = [device for device in community.devices if device.site == site.id]
        known = [(device, lives.get((device.site, device.id))) for device in devices]
        how = Tally(presence_of(device, life, now) for device, life in known)
        heard = [life for _, life in known if life is not None]
        fields = {
            "devices": len(devices),
            **{presence: how[presence] for presence in get_args(Presence)},
            "battery_low": sum(life.battery_pct is not None and life.battery_pct < LOW_PERCENT for life in heard),
            "doubted": sum(life.doubt is not None for life in heard),
        }
        points.append(FigurePoint(FLEET, {"site": site.id}, fields, now * _NS))
    return points


class FigureNoter:
    """`run(stop)` until told to stop. No fault ends it: the next minute has its own figures."""

    def __init__(
        self, books: Books, sink: FigureSink, clock: Clock, load_community: Loader, registry: CollectorRegistry
    ) -> None:
        self._books = books
        self._sink = sink
        self._clock = clock
        self._load_community = load_community
        self._noted = Counter("foldspace_figures_noted", "Figures written for drawing.", registry=registry)
        self._failures = Counter("foldspace_figures_failed", "Minutes whose figures are missing.", registry=registry)

    def run(self, stop: threading.Event) -> None:
        """Note the figures every minute of the machine's clock until `stop` is set."""
        while not stop.wait(EVERY_S):
            self.try_note(self._clock.now())

    def try_note(self, now: Millis) -> bool:
        """Note the figures of now; tell whether they were kept."""
        try:
            points = self._points(now)
            self._sink.note(points)
        except FoldspaceError as error:
            log.warning("figures_missing", reason=str(error))
        except Exception:  # the drivers' own errors: a drawing must not end the gateway it lives beside
            log.exception("figures_faulted")
        else:
            self._noted.inc(len(points))
            return True
        self._failures.inc()
        return False

    def _points(self, now: Millis) -> Sequence[FigurePoint]:
        account = self._books.account()
        books = account_point(account, len(self._books.unclaimed()), self._books.sizes(), now)
        return [books, *fleet_points(self._load_community()[1], account, now)]
