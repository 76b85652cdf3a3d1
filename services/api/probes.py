"""Whether the API lives, whether its parts are ready, and its numbers for Prometheus."""

from collections.abc import Callable, Iterable

from fastapi import Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from services.api.deps import Deps, Wired
from services.api.language import Lang
from services.api.problems import problem
from services.api.spaceview import stale_after
from services.contracts.errors import FoldspaceError
from services.contracts.texts import text
from services.journal.books import Books
from services.kit.logs import logger

log = logger("api")


def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


def readyz(deps: Wired, lang: Lang) -> JSONResponse:
    """Each part by name; 503 while any of them is not ready."""
    parts = {name: _holds(name, check, deps) for name, check in _CHECKS.items()}
    failing = [name for name, holds in parts.items() if not holds]
    if failing:
        detail = text("problems.not_ready", lang, {"parts": ", ".join(failing)})
        return problem("start", 503, detail, lang, parts=parts, failing=failing)
    return JSONResponse({"status": "ok", "parts": parts}, headers={"Cache-Control": "no-store"})


def metrics(deps: Wired) -> Response:
    """The registry of the process and the accounting of readings."""
    books = CollectorRegistry(auto_describe=False)
    books.register(_Accounting(deps.books))
    return Response(generate_latest(deps.registry) + generate_latest(books), media_type=CONTENT_TYPE_LATEST)


def _states_arrive(deps: Deps) -> bool:
    if not deps.catalogue.view().community.spaces:
        return True  # nothing is there to be heard of
    newest = deps.live.level.newest()
    return newest is not None and deps.clock.now() - newest <= stale_after(deps.clock)


_CHECKS: dict[str, Callable[[Deps], bool]] = {
    "broker": lambda deps: deps.live.connected,
    "database": lambda deps: deps.catalogue_store.version() >= 0,
    "states": _states_arrive,
    "journal": lambda deps: deps.books.account().received >= 0,
}


def _holds(name: str, check: Callable[[Deps], bool], deps: Deps) -> bool:
    try:
        return check(deps)
    except Exception as error:  # noqa: BLE001  # whatever a part fails with, the answer is its name and 503
        log.warning("not_ready", part_name=name, reason=str(error))
        return False


class _Accounting(Collector):
    """The five numbers of the account at the moment of the scrape."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def collect(self) -> Iterable[Metric]:
        readings = GaugeMetricFamily("foldspace_account_readings", "Readings by where they are.", labels=["line"])
        try:
            account = self._books.account()
        except FoldspaceError as error:
            log.warning("account_unreadable", reason=str(error))
            return
        for line in ("received", "stored", "duplicate", "quarantined", "pending"):
            readings.add_metric([line], getattr(account, line))
        yield readings
