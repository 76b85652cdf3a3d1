"""The audit as admins read it: who changed what, who looked at what, who came and went."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Annotated

from fastapi import Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from services.api.deps import Deps, Wired
from services.api.identity import resident_actor
from services.api.language import Lang
from services.api.moments import Moment
from services.api.paging import Limit
from services.api.session import first_zone
from services.audit.records import Asked, Entry, Kind
from services.audit.wording import PlaceName, sentence
from services.catalogue.view import CatalogueView
from services.contracts.errors import NotFoundError
from services.contracts.instants import to_millis, to_rfc3339
from services.contracts.names import is_handle

_AT_ONCE = 500
_COLUMNS = (
    "at", "kind", "sentence", "who", "role", "via", "method", "route", "site", "space", "status", "address", "fields",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a cell that begins so for a formula."""


Who = Annotated[str | None, Query(max_length=64, description="user, token, or handle of a resident")]
Site = Annotated[str | None, Query(max_length=64)]
Since = Annotated[Moment | None, Query(description="from then on")]
Until = Annotated[Moment | None, Query(description="before then")]


class AuditEntry(BaseModel):
    """What somebody did, or tried to."""

    id: int
    at: str
    kind: Kind
    sentence: str
    who: Annotated[str, Field(description="user, token or resident:HANDLE; empty: nobody known")]
    role: str
    via: Annotated[str, Field(description="session, token, password, oidc, code or passkey")]
    event: Annotated[str, Field(description="of a session: signed_in, sign_in_failed …")]
    method: str
    route: str
    params: dict[str, str]
    site: str | None
    space: str | None
    status: Annotated[int | None, Field(description="of HTTP; null: begun, and never heard of again")]
    address: str
    fields: Annotated[list[str], Field(description="names of what was said, never what was said")]


class AuditPage(BaseModel):
    """A page of the audit, the newest first."""

    items: list[AuditEntry]
    next: str | None


def list_audit(
    deps: Wired,
    lang: Lang,
    who: Who = None,
    site: Site = None,
    kind: Kind | None = None,
    since: Since = None,
    until: Until = None,
    after: Annotated[int | None, Query(ge=0, lt=2**63, description="the `next` of the page before")] = None,
    limit: Limit = 100,
) -> AuditPage:
    """Who changed what, who looked at what of other people's, who came and went; the newest first."""
    asked = _asked(who, site, kind, since, until)
    found = [] if asked is None else deps.audit.entries(asked, after, limit + 1)
    shown = found[:limit]
    more = str(shown[-1].id) if len(found) > limit else None
    return AuditPage(items=_shown(deps, shown, lang), next=more)


def export_audit(
    deps: Wired,
    lang: Lang,
    who: Who = None,
    site: Site = None,
    kind: Kind | None = None,
    since: Since = None,
    until: Until = None,
) -> StreamingResponse:
    """The same as CSV, whole."""
    asked = _asked(who, site, kind, since, until)
    first = [] if asked is None else deps.audit.entries(asked, None, _AT_ONCE)
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
    return StreamingResponse(_csv(deps, asked, first, lang), media_type="text/csv; charset=utf-8", headers=headers)


def _asked(
    who: str | None, site: str | None, kind: Kind | None, since: Moment | None, until: Moment | None
) -> Asked | None:
    """Return what is asked for; None for names that nobody can have, which PostgreSQL would not even look for."""
    if not all(one.isprintable() for one in (who, site) if one is not None):
        return None
    if who is not None and is_handle(who.strip().upper()):
        who = resident_actor(who.strip().upper())
    start, end = (None if at is None else to_millis(at) for at in (since, until))
    return Asked(who or None, site or None, kind, start, end)


def _csv(deps: Deps, asked: Asked | None, entries: Sequence[Entry], lang: str) -> Iterator[str]:
    yield "\ufeff" + _line(_COLUMNS)  # the mark by which spreadsheets know UTF-8
    while entries and asked is not None:
        for one in _shown(deps, entries, lang):
            told = one.model_dump()
            told["fields"] = " ".join(one.fields)
            yield _line(["" if told[column] is None else str(told[column]) for column in _COLUMNS])
        entries = deps.audit.entries(asked, entries[-1].id, _AT_ONCE)


def _line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(f"'{one}" if one.startswith(_FORMULA) else one for one in cells)
    return line.getvalue()


def _shown(deps: Deps, entries: Sequence[Entry], lang: str) -> list[AuditEntry]:
    view, zone = deps.catalogue.view(), first_zone(deps)
    named = _named(view)
    return [
        AuditEntry(
            id=one.id,
            at=to_rfc3339(one.at, _zone(view, one.act.site) or zone),
            kind=one.act.kind,
            sentence=sentence(one.act, lang, named),
            who=one.act.who,
            role=one.act.role,
            via=one.act.via,
            event=one.act.event,
            method=one.act.method,
            route=one.act.route,
            params=dict(one.act.params),
            site=one.act.site,
            space=one.act.space,
            status=one.act.status,
            address=one.act.address,
            fields=list(one.act.fields),
        )
        for one in entries
    ]


def _zone(view: CatalogueView, site: str | None) -> str | None:
    try:
        return None if site is None else view.zone(site)
    except NotFoundError:
        return None


def _named(view: CatalogueView) -> PlaceName:
    sites = {one.id: one.name for one in view.community.sites}

    def name_of(site: str, space: str | None) -> str:
        if space is None:
            return sites.get(site, site)
        try:
            return view.space(site, space).name
        except NotFoundError:
            return f"{site}/{space}"

    return name_of
