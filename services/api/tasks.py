"""What stewards have to do between two uses of a space."""

from typing import Annotated

from fastapi import Query

from services.api import present
from services.api.bodies import zone_of
from services.api.deps import Wired
from services.api.moments import Moment
from services.api.problems import RefusalError
from services.bookings.tasks import Task, tasks_of
from services.contracts.instants import to_millis
from services.contracts.names import DAY


def list_tasks(
    deps: Wired,
    site: str | None = None,
    from_: Annotated[Moment | None, Query(alias="from", description="default: now")] = None,
    to: Annotated[Moment | None, Query(description="default: a day after `from`; at most a week")] = None,
) -> present.Json:
    """Changeovers and cleaning that can be begun between two instants, with the time there is for each."""
    view = deps.catalogue.view()
    if site is not None:
        zone_of(view, site)
    start = deps.clock.now() if from_ is None else to_millis(from_)
    end = start + DAY if to is None else to_millis(to)
    if end <= start:
        raise RefusalError("invalid", "end_before_start", start="from", end="to")
    end = min(end, start + 7 * DAY)
    found = []
    for one in view.community.sites:
        if site in (None, one.id):
            bookings, _ = deps.bookings.between(one.id, start - DAY, end + DAY)
            tasks = tasks_of(one.id, bookings, view.availability, start, end)
            found += [_shown(task, one.id, one.timezone) for task in tasks]
    return present.page(found, None)


def _shown(task: Task, site: str, zone: str) -> present.Json:
    return {
        "kind": task.kind,
        "site": site,
        "space": task.space,
        "start": present.instant(task.start, zone),
        "due": present.instant(task.due, zone),
        "minutes": task.minutes,
        "short": task.short,
        "before": task.before or None,
        "after": task.after or None,
        "booking": task.after_booking,
    }
