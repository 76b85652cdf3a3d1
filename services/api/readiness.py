"""Whether each part the API leans on is ready, and what a person should look at when one is not."""

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from services.api.deps import Deps
from services.api.spaceview import stale_after
from services.contracts.names import SECOND, Millis
from services.contracts.topics import SCHEDULER_STATUS_TOPIC
from services.kit.logs import logger

LEAST_FREE_BYTES = 64 * 1024 * 1024
"""Less than this is minutes away from a full disk."""
SCHEDULER_SILENT: Millis = 60 * SECOND
"""It says that it lives every 15 s."""

_REFUSING = frozenset({"gateway/journal", "gateway/books", "gateway/intake"})
"""Alerts of a gateway that takes nothing in."""

log = logger("api")


def not_ready(deps: Deps) -> dict[str, str | None]:
    """Return every part by name, with None, or with why it is not ready as a key of the text catalogue."""
    return {part: _why(part, check, deps) for part, check in _CHECKS.items()}


def _why(part: str, check: Callable[[Deps], str | None], deps: Deps) -> str | None:
    try:
        why = check(deps)
    except Exception as error:  # noqa: BLE001  # whatever a part fails with, the answer is its name and 503
        log.warning("not_ready", part_name=part, reason=str(error))
        return f"problems.not_ready_{part}"
    return None if why is None else f"problems.not_ready_{why}"


def _broker(deps: Deps) -> str | None:
    return None if deps.live.connected else "broker"


def _database(deps: Deps) -> str | None:
    deps.catalogue_store.version()
    return None


def _states(deps: Deps) -> str | None:
    if not deps.catalogue.view().community.spaces:
        return None  # nothing is there to be heard of
    newest = deps.live.level.newest()
    fresh = newest is not None and deps.clock.now() - newest <= stale_after(deps.clock)
    return None if fresh else "states"


def _journal(deps: Deps) -> str | None:
    deps.heard.boots()
    if any(one.alert.key in _REFUSING and one.alert.level == "critical" for one in deps.live.level.alerts()):
        return "journal_refuses"
    return folder_fault(deps.books.path.parent)


def folder_fault(folder: Path) -> str | None:
    """Return `disk` or `read_only` for a data folder that can hardly be written; a gateway elsewhere has its own."""
    if not folder.is_dir():
        return None
    if not os.access(folder, os.W_OK):
        return "read_only"
    return "disk" if shutil.disk_usage(folder).free < LEAST_FREE_BYTES else None


def _timeseries(deps: Deps) -> str | None:
    deps.history.states("readiness", "readiness", 0, 1)
    return None


def _scheduler(deps: Deps) -> str | None:
    signs = deps.live.signs
    age = signs.age(SCHEDULER_STATUS_TOPIC)
    alive = age is not None and age <= SCHEDULER_SILENT and not signs.gone(SCHEDULER_STATUS_TOPIC)
    return None if alive else "scheduler"


_CHECKS: Mapping[str, Callable[[Deps], str | None]] = {
    "broker": _broker,
    "database": _database,
    "states": _states,
    "journal": _journal,
    "timeseries": _timeseries,
    "scheduler": _scheduler,
}
