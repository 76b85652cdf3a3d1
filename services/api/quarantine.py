"""The quarantine as a workbench: what was not understood and why, out again after a fix, and out of the house."""

from collections.abc import Callable
from itertools import chain
from typing import Annotated

from fastapi import Path as PathPart
from fastapi import Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.api import present
from services.api.deps import Deps, Wired
from services.api.identity import Caller, actor, expect_everywhere
from services.api.language import Lang
from services.api.paging import Limit, paged
from services.catalogue.view import CatalogueView
from services.contracts.errors import FieldError, NotFoundError, TopicError
from services.contracts.instants import to_rfc3339
from services.contracts.names import Name
from services.contracts.retelling import told
from services.contracts.texts import text
from services.contracts.topics import PREFIX, parse
from services.journal.journal import Journal
from services.journal.ledger import QUARANTINE_ROWS
from services.journal.records import QuarantineRow
from services.journal.workbench import NotReplayed, choose, export_line, replay_each, walk
from services.kit.logs import logger

_RAW_SHOWN = 2_000
"""Bytes of a message in the list; asked for by itself it is shown whole."""
_AT_ONCE = 1_000
"""Replayed by one request: each is a durable write, and a request should be answered within seconds."""

JournalId = Annotated[int, Field(ge=0, lt=2**63)]
Kind = Annotated[str | None, Query(max_length=32, description="sort of fault")]

log = logger("api")


class DeviceName(BaseModel):
    """A device, of the catalogue or not."""

    model_config = ConfigDict(extra="forbid")

    site: Name
    device: Name


class Replay(BaseModel):
    """The body of POST /quarantine/replay: which messages get another chance, named in one of three ways."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[JournalId] | None, Field(min_length=1, max_length=_AT_ONCE)] = None
    kind: Annotated[str | None, Field(min_length=1, max_length=32, description="all of one sort of fault")] = None
    device: Annotated[DeviceName | None, Field(description="all that came in this device's name")] = None

    @model_validator(mode="after")
    def _one_way(self) -> "Replay":
        if sum(way is not None for way in (self.ids, self.kind, self.device)) != 1:
            raise FieldError("fault_one_way")
        return self


def list_quarantine(
    deps: Wired,
    lang: Lang,
    kind: Kind = None,
    after: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
    limit: Limit = 50,
) -> present.Json:
    """Messages that could not be understood, the newest first."""
    view = deps.catalogue.view()
    return paged(
        lambda most: deps.books.quarantine(after, most, kind),
        limit,
        lambda row: row.id,
        lambda row: _shown(row, view, lang, _RAW_SHOWN),
    )


def one_quarantined(deps: Wired, lang: Lang, id: Annotated[JournalId, PathPart()]) -> present.Json:
    """One message, whole."""
    row = deps.books.quarantined(id)
    return _shown(row, deps.catalogue.view(), lang, len(row.raw))


def summary(deps: Wired, lang: Lang) -> present.Json:
    """How many of which sort, and how near the quarantine is to its bound."""
    tallies, dropped = deps.books.quarantine_tally()
    zone = present.shown_zone(deps.catalogue.view(), "")
    total = sum(tally.count for tally in tallies)
    return {
        "total": total,
        "by_kind": [
            {
                "kind": tally.kind,
                "fault": _fault(tally.kind, lang),
                "count": tally.count,
                "last_at": to_rfc3339(tally.last_at, zone),
            }
            for tally in tallies
        ],
        "dropped": dropped,
        "bounded": {"rows": total, "limit": QUARANTINE_ROWS},
    }


def replay(deps: Wired, caller: Caller, lang: Lang, body: Replay) -> present.Json:
    """Give messages another chance after a fix; the gateway takes them up by itself.

    `left` tells that there are more of this kind or device: ask again for the rest.
    """
    expect_everywhere(caller)
    rows, failed, left = _chosen(deps, body)
    with Journal.open(deps.books.path, owner=False) as journal:
        result = replay_each(journal, rows)
    failed += result.failed
    log.info("quarantine_replayed_by", replayed=len(result.done), failed=len(failed), by=actor(caller))
    return {
        "replayed": len(result.done),
        "failed": [{"id": one.id, "reason": one.why.said(lang)} for one in failed],
        "left": left,
    }


def export(deps: Wired, kind: Kind = None) -> StreamingResponse:
    """Every message as it came, a JSON object a line, the newest first."""
    rows = walk(deps.books, kind)
    first = next(rows, None)  # a journal that cannot be read is a problem document, not an answer that breaks off
    lines = map(export_line, () if first is None else chain([first], rows))
    headers = {"Content-Disposition": 'attachment; filename="quarantine.ndjson"'}
    return StreamingResponse(lines, media_type="application/x-ndjson", headers=headers)


def _chosen(deps: Deps, body: Replay) -> tuple[list[QuarantineRow], list[NotReplayed], bool]:
    """Return the messages a body names, those it names that are not there, and whether there are more."""
    if body.ids is None:
        named = _named(deps, body.device) if body.device is not None else lambda _row: True
        rows, left = choose(walk(deps.books, body.kind), named, _AT_ONCE)
        return rows, [], left
    rows, missing = [], []
    for id in dict.fromkeys(body.ids):
        try:
            rows.append(deps.books.quarantined(id))
        except NotFoundError as error:
            missing.append(NotReplayed(id, error))
    return rows, missing, False


def _named(deps: Deps, named: DeviceName) -> Callable[[QuarantineRow], bool]:
    """Return what tells whether a message came in a device's name: ours, or its vendor's topic."""
    below = [f"{PREFIX}/{named.site}/dev/{named.device}/"]
    try:
        topic = deps.catalogue.device(named.site, named.device).topic
    except NotFoundError:
        topic = None  # not in the catalogue, and perhaps for that in quarantine
    if topic:
        below.append(f"{topic.rstrip('/')}/")
    return lambda row: f"{row.topic}/".startswith(tuple(below))


def _shown(row: QuarantineRow, view: CatalogueView, lang: str, most: int) -> present.Json:
    return {
        "id": row.id,
        "at": to_rfc3339(row.at, present.shown_zone(view, _site(row.topic))),
        "topic": row.topic,
        "kind": row.kind,
        "fault": _fault(row.kind, lang),
        "reason": told(row.reason, lang),
        "bytes": len(row.raw),
        "raw": row.raw[:most].decode("utf-8", "backslashreplace"),
        "hex": row.raw[:most].hex(),
    }


def _fault(kind: str, lang: str) -> str:
    return text(f"states.fault_{kind}", lang)


def _site(topic: str) -> str:
    try:
        return parse(topic).site
    except TopicError:
        return ""
