"""What a rehearsal was worth: each release that was only rehearsed on a day, judged by what happened afterwards."""

from collections import Counter
from typing import Any

from pydantic import BaseModel

from services.api import present
from services.api.day import Day_, Site, bounds, site_of
from services.api.deps import Deps, Wired
from services.api.language import Lang
from services.bookings import rehearsals
from services.bookings.records import Booking, Decision
from services.bookings.rehearsals import Judgement, Seen
from services.contracts.errors import NotFoundError
from services.contracts.names import MINUTE, Millis
from services.contracts.texts import text
from services.timeseries.spans import spans

_AT_MOST = 500
"""A day's rehearsed releases that are judged; each costs the time series a question."""


class Judged(BaseModel):
    """One rehearsed release. `verdict` is right, wrong, open (its time is not over) or untold (nobody can tell)."""

    decision: str
    at: str
    space: str
    name: str
    summary: str
    verdict: str
    text: str
    used_min: float
    freed_min: float


class Rehearsal(BaseModel):
    """What the rehearsals of a day were worth: `released` = `right` + `wrong` + `open` + `untold`."""

    site: str
    day: str
    released: int
    right: int
    wrong: int
    open: int
    untold: int
    freed_min: float
    summary: str
    items: list[Judged]
    next: str | None


def site_rehearsal(deps: Wired, lang: Lang, site: Site = None, day: Day_ = None) -> present.Json:
    """Judge every release that was only rehearsed on a day: would it have been right?"""
    view, now = deps.catalogue.view(), deps.clock.now()
    site = site_of(view, site)
    zone, local, start, end = bounds(view, site, day, now)
    found = deps.bookings.decisions(site, start=start, end=end, kinds=rehearsals.REHEARSED, shadow=True, limit=_AT_MOST)
    items: list[dict[str, Any]] = []
    tally: Counter[str] = Counter(dict.fromkeys(("right", "wrong", "open", "untold"), 0))
    freed: Millis = 0
    for record in found:
        judged = _judge(deps, record, now)
        tally[judged.verdict] += 1
        freed += judged.freed if judged.verdict == "right" else 0
        used_min = round(judged.used / MINUTE, 1)
        items.append(
            {
                "decision": record.id,
                "at": present.instant(record.at, zone),
                "space": record.space,
                "name": view.availability.name(site, record.space),
                "summary": present.summary(record, view, lang),
                "verdict": judged.verdict,
                "text": text(f"decide.judged_{judged.reason}", lang, {"minutes": f"{used_min:g}"}),
                "used_min": used_min,
                "freed_min": round(judged.freed / MINUTE, 1),
            }
        )
    figures = {"released": len(found), **tally}
    return {
        "site": site,
        "day": local.isoformat(),
        **figures,
        "freed_min": round(freed / MINUTE, 1),
        "summary": _summary(figures, lang),
        **present.page(items, None),
    }


def _judge(deps: Deps, record: Decision, now: Millis) -> Judgement:
    booking: Booking | None = None
    try:
        booking = None if record.booking is None else deps.bookings.booking(record.booking)
    except NotFoundError:
        booking = None
    last = min(rehearsals.until(record, booking), now)
    seen: list[Seen] = []
    if last > record.at:
        points = deps.history.states(record.site, record.space, record.at, last)
        seen = [
            Seen(since, until, None if point is None else point.occupancy)
            for since, until, point in spans(points, record.at, last)
        ]
    return rehearsals.judge(record, booking, seen, now)


def _summary(figures: dict[str, int], language: str) -> str:
    if not figures["released"]:
        return text("decide.shadow_none", language)
    said = text("decide.shadow_summary", language, figures)
    for name in ("wrong", "open", "untold"):
        if figures[name]:
            said += text(f"decide.shadow_{name}", language, figures)
    return said + text("decide.full_stop", language)
