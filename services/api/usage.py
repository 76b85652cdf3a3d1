"""Usage: how many people use which space, when and how often; what became of bookings; partners; charging; as CSV."""

from dataclasses import asdict
from typing import Annotated

from fastapi import Query, Response

from services.api import present, usagecsv
from services.api.deps import Deps, Wired
from services.api.identity import Caller
from services.api.language import Lang
from services.api.moments import Bound, Moment, begin_of, end_of
from services.api.problems import RefusalError
from services.api.usageanswers import ExportTable
from services.api.usageperiod import Asked, Period, asked, period
from services.contracts.instants import to_datetime, to_millis, to_rfc3339
from services.contracts.names import DAY, Millis
from services.usage.charging import charging_use
from services.usage.families import Row
from services.usage.heat import heat
from services.usage.partners import contributions
from services.usage.privacy import K

Site = Annotated[str | None, Query(max_length=64, description="default: the only one")]
Spaces = Annotated[list[str] | None, Query(alias="space", max_length=500, description="default: all")]
Functions = Annotated[
    list[str] | None, Query(alias="function", max_length=50, description="spaces that are used as one of them")
]
From = Annotated[Bound | None, Query(alias="from", description="default: 28 days before `to`")]
To = Annotated[Bound | None, Query(description="default: now")]
CompareFrom = Annotated[Bound | None, Query(description="compare with the period that begins then")]
CompareTo = Annotated[Bound | None, Query(description="default: as long as the period itself")]


def usage(
    deps: Wired,
    caller: Caller,
    site: str | None = None,
    from_: Annotated[Moment | None, Query(alias="from", description="default: a day before `to`")] = None,
    to: Annotated[Moment | None, Query(description="default: now")] = None,
) -> present.Json:
    """Minutes booked, given back and used again, of every space. For those outside staff see GET /usage/figures."""
    until = deps.clock.now() if to is None else to_millis(to)
    since = until - DAY if from_ is None else to_millis(from_)
    if until <= since:
        raise RefusalError("invalid", "end_before_start", start="from", end="to")
    items: list[present.Json] = []
    for one in [one.id for one in deps.catalogue.view().community.sites if site in (None, one.id)]:
        what = asked(deps, caller, one)
        start, end = since, until
        if what.restricted:
            start, end = period(deps, what, from_, to, DAY)
        rows = [{**asdict(row), "suppressed": False} for row in deps.bookings.usage(one, start, end)]
        items += _without_small(deps, what, start, end, rows) if what.restricted else rows
    return present.page(items, None)


def figures(
    deps: Wired,
    caller: Caller,
    site: Site = None,
    from_: From = None,
    to: To = None,
    space: Spaces = None,
    function: Functions = None,
    compare_from: CompareFrom = None,
    compare_to: CompareTo = None,
) -> present.Json:
    """Everything that communities ask for of a period, and of another one to compare it with.

    Of what nobody could observe nothing is said: unknown and unobserved time is never counted as empty. Outside staff
    roles every figure that rests on fewer than five people, bookings or groups is null and `suppressed`, and so is
    whatever it could be computed from; periods are widened to whole local days.
    """
    what = asked(deps, caller, site, space, function)
    start, end = period(deps, what, from_, to)
    this = Period(deps, what, start, end)
    other = _other(deps, what, start, end, compare_from, compare_to)
    return {
        **_span(what, this),
        **_tables(what, this),
        "compare": None if other is None else _compared(what, other),
        "next": None,
    }


def heatmap(
    deps: Wired,
    caller: Caller,
    site: Site = None,
    from_: From = None,
    to: To = None,
    space: Spaces = None,
    function: Functions = None,
) -> present.Json:
    """Weekday × hour of the local clock: people on average and how often occupied, with how much was observed."""
    what = asked(deps, caller, site, space, function)
    this = Period(deps, what, *period(deps, what, from_, to))
    summed = this.summed()
    pieces = [piece for id, of in this.pieces().items() if id in summed for piece in of]
    return {**_span(what, this), **present.page([asdict(cell) for cell in heat(pieces, what.k)], None)}


def partners(deps: Wired, caller: Caller, site: Site = None, from_: From = None, to: To = None) -> present.Json:
    """Hours that partners lend, what of them is booked and used, bookings and groups. Partners see their own."""
    what = asked(deps, caller, site)
    this = Period(deps, what, *period(deps, what, from_, to))
    lent = {key: of for key, of in this.lent().items() if caller.role != "partner" or key[0] == caller.name}
    rows = contributions(lent, this.pieces(), this.promises, what.k)
    names = _names(what)
    items = [{**asdict(row), "name": names.get(row.space, row.space)} for row in rows]
    return {**_span(what, this), **present.page(items, None)}


def charging(deps: Wired, caller: Caller, site: Site = None, from_: From = None, to: To = None) -> present.Json:
    """Sessions, energy, hours in use and faults of the charging ports."""
    what = asked(deps, caller, site)
    this = Period(deps, what, *period(deps, what, from_, to))
    names = _names(what)
    items = [{**asdict(row), "name": names.get(row.space, row.space)} for row in charging_use(this.charged(), what.k)]
    return {**_span(what, this), **present.page(items, None)}


def export(
    deps: Wired,
    caller: Caller,
    lang: Lang,
    site: Site = None,
    from_: From = None,
    to: To = None,
    space: Spaces = None,
    function: Functions = None,
    table: Annotated[ExportTable, Query(description="which of the tables")] = "spaces",
) -> Response:
    """One table as CSV (RFC 4180, UTF-8 with a byte order mark), headed in the language asked for."""
    if table == "groups" and asked(deps, caller, site).restricted:
        raise RefusalError("forbidden", "usage_groups_for_staff")
    if table == "heatmap":
        answer = heatmap(deps, caller, site, from_, to, space, function)
    elif table == "partners":
        answer = partners(deps, caller, site, from_, to)
    elif table == "charging":
        answer = charging(deps, caller, site, from_, to)
    else:
        answer = figures(deps, caller, site, from_, to, space, function)
    return Response(
        usagecsv.export(answer, table, lang),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{usagecsv.file_name(answer, table)}"'},
    )


def _span(what: Asked, this: Period) -> present.Json:
    zone = what.site.timezone
    return {
        "site": {"id": what.site.id, "name": what.site.name, "zone": zone},
        "from": to_rfc3339(this.start, zone),
        "to": to_rfc3339(this.end, zone),
        "until": to_rfc3339(this.until, zone),
        "restricted": what.restricted,
        "k": K,
    }


def _other(
    deps: Deps,
    what: Asked,
    start: Millis,
    end: Millis,
    compare_from: Bound | None,
    compare_to: Bound | None,
) -> Period | None:
    """Return the period to compare with. Raises RefusalError where an outsider's two periods share days."""
    if compare_from is None and compare_to is None:
        return None
    if compare_from is None:
        raise RefusalError("invalid", "usage_compare_from")
    zone = what.site.timezone
    begins = begin_of(compare_from, zone)
    ends = begins + end - start if compare_to is None else end_of(compare_to, zone)
    if ends <= begins:
        raise RefusalError("invalid", "end_before_start", start="compare_from", end="compare_to")
    begins, ends = period(deps, what, to_datetime(begins), to_datetime(ends))
    if what.restricted and begins < end and ends > start:
        raise RefusalError("invalid", "usage_periods_overlap")
    return Period(deps, what, begins, ends)


def _tables(what: Asked, this: Period) -> present.Json:
    found = this.tables()
    wanted = {space.id: space for space in what.spaces}
    return {
        "total": _row(found.total),
        "items": [
            {
                "space": row.key,
                "name": wanted[row.key].name,
                "group": wanted[row.key].group,
                "capacity": wanted[row.key].capacity,
                "functions": wanted[row.key].functions,
                "in_total": row.key in found.in_total,
                **_row(row),
            }
            for row in found.spaces
        ],
        "days": [{"day": row.key, **_row(row)} for row in found.days],
        "functions": [{"function": row.key, **_row(row)} for row in found.functions],
        "groups": None if what.restricted else [{"group": row.key, **_row(row)} for row in found.groups],
    }


def _compared(what: Asked, other: Period) -> present.Json:
    span, found = _span(what, other), _tables(what, other)
    return {
        **{name: span[name] for name in ("from", "to", "until")},
        **{name: found[name] for name in ("total", "items", "days")},
    }


def _row(row: Row) -> present.Json:
    shown = asdict(row.booked)
    if row.watched is not None and row.use is not None:
        shown |= {"watched": asdict(row.watched), "use": asdict(row.use)}
    return shown


def _names(what: Asked) -> dict[str, str]:
    return {space.id: space.name for space in what.scope}


def _without_small(deps: Deps, what: Asked, start: Millis, end: Millis, rows: list[present.Json]) -> list[present.Json]:
    """Return the rows of an outsider: of the spaces they may see, without the figures that are hidden elsewhere too."""
    found = {row.key: row.booked for row in Period(deps, what, start, end).booked_only().spaces}
    shown: list[present.Json] = []
    for row in rows:
        booked = found.get(row["space"])
        if booked is None:
            continue
        few, given = booked.bookings.suppressed, booked.released.suppressed
        shown.append(
            {
                **row,
                "booked_min": None if few else row["booked_min"],
                "released_min": None if few or given else row["released_min"],
                "reused_min": None if few or given else row["reused_min"],
                "suppressed": few or given,
            }
        )
    return shown
